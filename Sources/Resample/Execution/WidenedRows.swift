import CShims

/// Rows of carafe's features at the distance of its output, each sample `scale` times, with zeros around: a tap of
/// neighbouring samples of the output reads neighbours.
struct WidenedRows {
  private let features: Tensor
  private let radius: Int
  private let scale: Int
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let interleave: rsk_interleave
  /// Samples of a row of the output, rounded up to a vector, and of a widened row: zeros on either side, and what a vector
  /// reads behind them.
  let rowLength: Int
  let length: Int

  init(
    _ features: Tensor, kernel: Int, scale: Int, _ format: SumFormat, _ kernels: rsk_table
  ) throws(ResampleError) {
    self.features = features
    self.scale = scale
    self.format = format
    radius = (kernel - 1) / 2
    conversion = kernels.conversion(format.conversion)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    let lanes = Int(RSK_LANES)
    rowLength = (features.shape[3] * scale + lanes - 1) / lanes * lanes
    let zeros = try checkedProduct(kernel - 1, scale)
    guard zeros <= Shape.addressSpace else { throw .outOfMemory(bytes: .max) }
    length = rowLength + zeros
  }

  /// The zeros before the first sample.
  var zeros: Int { radius * scale }

  /// Loads some rows of a channel; `unwidened` has room for one of them.
  func load(
    _ image: Int, _ channel: Int, _ rows: Range<Int>, _ unwidened: UnsafeMutableRawPointer,
    _ memory: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    let width = features.shape[3]
    for y in rows {
      let row = memory + (y - rows.lowerBound) * length * size
      conversion.load(
        features.origin + image * features.byteStride(0) + channel * features.byteStride(1)
          + y * features.byteStride(2), features.byteStride(3), width, 1, unwidened)
      memset(row, 0, zeros * size)
      interleave(unwidened, size, 0, row + zeros * size, scale * size, size, width, scale)
      let end = zeros + width * scale
      memset(row + end * size, 0, (length - end) * size)
    }
  }
}
