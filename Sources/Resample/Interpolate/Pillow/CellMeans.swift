import ResampleGeometry

/// The means of the cells of an image (H, W) or (H, W, C), of its own dtype: Pillow's Image.reduce. The cells at the right and
/// at the bottom may be smaller.
struct CellMeans {
  private let dtype: Dtype
  private let cellHeight: Int
  private let cellWidth: Int
  /// The part of the image that is read.
  private let rows: Range<Int>
  private let columns: Range<Int>
  let outputShape: Shape

  /// `rows` and `columns` lie within the image.
  init(_ dtype: Dtype, _ shape: Shape, cellHeight: Int, cellWidth: Int, rows: Range<Int>, columns: Range<Int>) {
    self.dtype = dtype
    (self.cellHeight, self.cellWidth) = (cellHeight, cellWidth)
    (self.rows, self.columns) = (rows, columns)
    var output = shape
    output[0] = (rows.count + cellHeight - 1) / cellHeight
    output[1] = (columns.count + cellWidth - 1) / cellWidth
    outputShape = output
  }

  func run(_ input: Tensor, _ output: Tensor) {
    guard !output.isEmpty else { return }
    let channels = input.shape.rank == 3 ? input.shape[2] : 1
    for y in 0..<outputShape[0] {
      let top = rows.lowerBound + y * cellHeight
      for x in 0..<outputShape[1] {
        let left = columns.lowerBound + x * cellWidth
        for channel in 0..<channels {
          let inputChannel = channels == 1 ? 0 : channel * input.byteStride(2)
          let outputChannel = channels == 1 ? 0 : channel * output.byteStride(2)
          let cell = Cell(
            origin: input.origin + (top * input.byteStride(0) + left * input.byteStride(1) + inputChannel),
            rowStride: input.byteStride(0), columnStride: input.byteStride(1),
            height: min(cellHeight, rows.upperBound - top), width: min(cellWidth, columns.upperBound - left),
            isWhole: top + cellHeight <= rows.upperBound && left + cellWidth <= columns.upperBound)
          let target = output.mutableOrigin + (y * output.byteStride(0) + x * output.byteStride(1) + outputChannel)
          switch dtype {
          case .uint8: target.storeBytes(of: cell.byteMean, as: UInt8.self)
          case .int32: target.storeBytes(of: cell.integerMean, as: Int32.self)
          default: target.storeBytes(of: cell.mean, as: Float.self)
          }
        }
      }
    }
  }
}

/// The samples of a cell.
private struct Cell {
  let origin: UnsafeRawPointer
  let rowStride: Int
  let columnStride: Int
  let height: Int
  let width: Int
  /// Not cut off by the end of the image.
  let isWhole: Bool

  private func sample<Sample: BitwiseCopyable>(_ y: Int, _ x: Int) -> Sample {
    (origin + (y * rowStride + x * columnStride)).loadUnaligned(as: Sample.self)
  }

  /// The division is a multiplication by a quotient that float32 has, cut to an integer.
  var byteMean: UInt8 {
    let count = UInt32(truncatingIfNeeded: height * width)
    let divisor = count &* 256
    let factor = divisor == 0 ? 0 : UInt32(0x1p32 / Float(divisor))
    var sum = count / 2
    for y in 0..<height {
      for x in 0..<width { sum &+= UInt32(sample(y, x) as UInt8) }
    }
    return UInt8(truncatingIfNeeded: (sum &* factor) >> 24)
  }

  var integerMean: Int32 {
    let mean = sum(Int32.self) * (1 / Double(height * width))
    let rounded = mean < 0 ? mean - 0.5 : mean + 0.5
    return rounded.magnitude < 0x1p31 ? Int32(rounded) : .min
  }

  var mean: Float { Float(sum(Float.self) * (1 / Double(height * width))) }

  /// Whole cells add two and four samples in their own type, before the sums are added up in float64.
  private func sum<Sample: Summable>(_ type: Sample.Type) -> Double {
    var total = 0.0
    let step = isWhole ? 2 : 1
    for y in stride(from: 0, to: height, by: step) {
      let hasNextRow = isWhole && y + 1 < height
      for x in stride(from: 0, to: width, by: step) {
        let hasNext = isWhole && x + 1 < width
        var part: Sample = sample(y, x)
        if hasNext { part = part.adding(sample(y, x + 1)) }
        if hasNextRow { part = part.adding(sample(y + 1, x)) }
        if hasNext && hasNextRow { part = part.adding(sample(y + 1, x + 1)) }
        total += part.double
      }
    }
    return total
  }
}

/// Samples that are added in their own type: integers wrap around.
private protocol Summable: BitwiseCopyable {
  func adding(_ other: Self) -> Self
  var double: Double { get }
}

extension Int32: Summable {
  fileprivate func adding(_ other: Int32) -> Int32 { self &+ other }
  fileprivate var double: Double { Double(self) }
}

extension Float: Summable {
  fileprivate func adding(_ other: Float) -> Float { self + other }
}
