import CShims

/// The means of cells of whole samples of an image (H, W) or (H, W, C) of integers, as OpenCV's area rounds them. Cells that leave the
/// image have the mean of what is within it.
struct CellAverages {
  private let dtype: Dtype
  private let shape: Shape
  let outputShape: Shape
  private let cell: (height: Int, width: Int)
  private let channels: Int
  private let kernels: rsk_byte_cells

  init(
    _ dtype: Dtype, _ shape: Shape, _ outputShape: Shape, _ cell: (height: Int, width: Int),
    _ instructionSet: InstructionSet
  ) {
    (self.dtype, self.shape, self.outputShape, self.cell) = (dtype, shape, outputShape, cell)
    channels = shape.rank == 3 ? shape[2] : 1
    kernels = instructionSet.table.pointee.byte_cells
  }

  func run(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    let samples = shape[1] * channels
    let blocks = BlockGrid(
      planes: 1, height: outputShape[0],
      rowCost: cost(Double(samples) * Double(min(cell.height, shape[0]) * input.sampleSize)))
    // Sums of columns are 16 bits then, and rows can be read where they lie.
    let isFast =
      dtype == .uint8 && cell.height <= CellAverages.tallestFastCell && input.byteStride(1) == channels
      && (channels == 1 || input.byteStride(2) == 1)
    var layout = ScratchLayout()
    // The sums of a row, and a byte for each.
    let sums = try layout.reserveRows(isFast ? 1 : 0, of: try checkedProduct(samples, 3))
    let scratch = try Scratch(layout, threads: blocks.threads)
    withUnsafePointer(to: scratch) { scratch in
      ThreadPool.run(
        Tasks(
          averages: self, input: input, output: output, blocks: blocks, sums: isFast ? sums : nil, scratch: scratch),
        tasks: blocks.count, threads: blocks.threads)
    }
  }

  private static let tallestFastCell = 256

  private struct Tasks: ThreadedWork {
    let averages: CellAverages
    let input: Tensor
    let output: Tensor
    let blocks: BlockGrid
    /// nil: cell by cell.
    let sums: RowRegion?
    let scratch: UnsafePointer<Scratch>

    func run(task: Int, thread: Int) {
      for y in blocks[task].rows {
        var whole = 0
        if let sums, (y + 1) * averages.cell.height <= averages.shape[0] {
          whole = averages.fillRow(y, input, output, scratch.pointee[thread][sums])
        }
        averages.fill(y, whole..<averages.outputShape[1], input, output)
      }
    }
  }

  /// Bytes: the cells of a row that are all within the image, and how many those are.
  private func fillRow(_ y: Int, _ input: Tensor, _ output: Tensor, _ sums: UnsafeMutableRawPointer) -> Int {
    let cells = min(outputShape[1], shape[1] / cell.width)
    let isDense = output.byteStride(1) == channels && (channels == 1 || output.byteStride(2) == 1)
    guard isDense || outputShape[1] == 1 && (channels == 1 || output.byteStride(2) == 1) else { return 0 }
    let sums = sums.assumingMemoryBound(to: UInt16.self)
    let (source, stride) = (input.origin + y * cell.height * input.byteStride(0), input.byteStride(0))
    let target = output.mutableOrigin + y * output.byteStride(0)
    if halvesTwice && channels == 1 {
      kernels.halve(source, stride, cells, target)
      return cells
    }
    kernels.add_rows(source, stride, cell.height, cells * cell.width * channels, sums)
    kernels.average(
      sums, cells, cell.width, channels, halvesTwice ? 0 : 1 / Float(cell.height * cell.width),
      UnsafeMutableRawPointer(sums + shape[1] * channels).assumingMemoryBound(to: UInt8.self), target)
    return cells
  }

  /// Four integers are added, and half of four.
  private var halvesTwice: Bool { cell.height == 2 && cell.width == 2 && channels != 2 }

  /// Cell by cell.
  @inline(never)
  private func fill(_ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor) {
    let height = min(cell.height, shape[0] - y * cell.height)
    for x in columns {
      let width = min(cell.width, shape[1] - x * cell.width)
      for channel in 0..<channels {
        let start = y * cell.height * input.byteStride(0) + x * cell.width * input.byteStride(1)
        let target = output.mutableOrigin + (y * output.byteStride(0) + x * output.byteStride(1))
        let samples = CellSamples(
          origin: input.origin + (start + (channels == 1 ? 0 : channel * input.byteStride(2))),
          rowStride: input.byteStride(0), columnStride: input.byteStride(1), height: height, width: width, dtype: dtype)
        let mean = mean(samples, isWhole: height == cell.height && width == cell.width)
        let place = channels == 1 ? 0 : channel * output.byteStride(2)
        if dtype == .uint8 {
          target.storeBytes(of: UInt8(truncatingIfNeeded: mean), toByteOffset: place, as: UInt8.self)
        } else {
          target.storeBytes(of: UInt16(truncatingIfNeeded: mean), toByteOffset: place, as: UInt16.self)
        }
      }
    }
  }

  private func mean(_ samples: CellSamples, isWhole: Bool) -> Int {
    if isWhole && halvesTwice { return Int((samples.sum(0..<4) + 2) >> 2) }
    let sum = dtype == .uint8 ? Float(samples.sum(0..<samples.count)) : samples.sumOfGroups(isWhole: isWhole)
    let count = Float(samples.count)
    // Adding this leaves no fractional bits: halves go to even.
    let whole: Float = 0x1.8p23
    return Int((isWhole ? sum * (1 / count) : sum / count) + whole - whole)
  }
}

/// The samples of a cell, row by row.
private struct CellSamples {
  let origin: UnsafeRawPointer
  let rowStride: Int
  let columnStride: Int
  let height: Int
  let width: Int
  let dtype: Dtype

  var count: Int { height * width }

  /// Of samples with those numbers.
  func sum(_ samples: Range<Int>) -> Int64 {
    var (row, column) = (samples.lowerBound / width, samples.lowerBound % width)
    var sum: Int64 = 0
    for _ in samples {
      let address = origin + (row * rowStride + column * columnStride)
      switch dtype {
      case .uint8: sum += Int64(address.load(as: UInt8.self))
      case .uint16: sum += Int64(address.loadUnaligned(as: UInt16.self))
      default: sum += Int64(address.loadUnaligned(as: Int16.self))
      }
      column += 1
      if column == width { (row, column) = (row + 1, 0) }
    }
    return sum
  }

  /// Sums of float32: of four samples at a time, which are exact, as far as there are four; those of a cell that is cut off
  /// one by one.
  func sumOfGroups(isWhole: Bool) -> Float {
    // float32 holds them all.
    if count <= 256 { return Float(sum(0..<count)) }
    var (total, index) = (Float(0), 0)
    while index < count {
      let end = isWhole && index + 4 <= count ? index + 4 : index + 1
      total += Float(sum(index..<end))
      index = end
    }
    return total
  }
}
