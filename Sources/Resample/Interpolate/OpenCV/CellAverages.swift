import CShims

/// The means of cells of whole samples of an image (H, W) or (H, W, C), as OpenCV's area rounds them. Cells that leave the
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
      rowCost: min(samples, 1 << 30) * min(cell.height, shape[0]) * input.sampleSize)
    // Sums of columns are 16 bits then, and rows can be read where they lie.
    let isFast =
      dtype == .uint8 && cell.height <= CellAverages.tallestFastCell && input.byteStride(1) == channels
      && (channels == 1 || input.byteStride(2) == 1)
    var layout = ScratchLayout()
    let sums = try layout.reserveRows(isFast ? 1 : 0, of: try checkedProduct(samples, 2))
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
    kernels.add_rows(
      input.origin + y * cell.height * input.byteStride(0), input.byteStride(0), cell.height,
      cells * cell.width * channels, sums)
    kernels.average(
      sums, cells, cell.width, channels, halvesBytes ? 0 : 1 / Float(cell.height * cell.width),
      output.mutableOrigin + y * output.byteStride(0))
    return cells
  }

  /// Four integers are added, and half of four.
  private var halvesBytes: Bool { cell.height == 2 && cell.width == 2 && dtype.isInteger && channels != 2 }

  @inline(never)
  private func fill(_ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor) {
    if columns.isEmpty { return }
    switch dtype {
    case .uint8: fillIntegers(UInt8.self, y, columns, input, output)
    case .uint16: fillIntegers(UInt16.self, y, columns, input, output)
    case .int16: fillIntegers(Int16.self, y, columns, input, output)
    case .float32: fillFloats(y, columns, input, output)
    default: fillDoubles(y, columns, input, output)
    }
  }

  /// Calls `body` with the cell of each sample, and where its mean goes.
  @inline(__always)
  private func forEachCell(
    _ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor,
    _ body: (_ cell: Cell, _ x: Int, _ target: UnsafeMutableRawPointer) -> Void
  ) {
    let height = min(cell.height, shape[0] - y * cell.height)
    for x in columns {
      let width = min(cell.width, shape[1] - x * cell.width)
      for channel in 0..<channels {
        let start = y * cell.height * input.byteStride(0) + x * cell.width * input.byteStride(1)
        body(
          Cell(
            origin: input.origin + (start + (channels == 1 ? 0 : channel * input.byteStride(2))),
            rowStride: input.byteStride(0), columnStride: input.byteStride(1), height: height, width: width,
            isWhole: height == cell.height && width == cell.width),
          x,
          output.mutableOrigin
            + (y * output.byteStride(0) + x * output.byteStride(1)
              + (channels == 1 ? 0 : channel * output.byteStride(2))))
      }
    }
  }

  private func fillIntegers<Sample: FixedWidthInteger & BitwiseCopyable>(
    _ type: Sample.Type, _ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor
  ) {
    forEachCell(y, columns, input, output) { cell, _, target in
      let mean: Sample
      if halvesBytes && cell.isWhole {
        mean = Sample(truncatingIfNeeded: (cell.integerSum(type, 0..<4) &+ 2) >> 2)
      } else {
        let sum = type == UInt8.self ? Float(cell.integerSum(type, 0..<cell.count)) : cell.sumOfGroups(type)
        let number = cell.isWhole ? sum * (1 / Float(cell.count)) : sum / Float(cell.count)
        let whole: Float = 0x1.8p23
        mean = Sample(truncatingIfNeeded: Int(number + whole - whole))
      }
      target.storeBytes(of: mean, as: Sample.self)
    }
  }

  private func fillFloats(_ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor) {
    // Whole vectors of four pixels are added in pairs.
    let vectors = shape[1] / cell.width / 4 * 4
    let isHalved = cell.height == 2 && cell.width == 2
    forEachCell(y, columns, input, output) { cell, x, target in
      let mean: Float
      if isHalved && cell.isWhole && (channels == 4 || channels == 1 && x < vectors) {
        mean = ((cell.float(0) + cell.float(1)) + (cell.float(2) + cell.float(3))) * 0.25
      } else {
        var sum: Float = 0
        cell.forEachGroup { group in
          var part = cell.float(group.lowerBound)
          for index in group.dropFirst() { part += cell.float(index) }
          sum += part
        }
        mean = cell.isWhole ? sum * (1 / Float(cell.count)) : sum / Float(cell.count)
      }
      target.storeBytes(of: mean, as: Float.self)
    }
  }

  private func fillDoubles(_ y: Int, _ columns: Range<Int>, _ input: Tensor, _ output: Tensor) {
    forEachCell(y, columns, input, output) { cell, _, target in
      var sum = 0.0
      cell.forEachGroup { group in
        var part = cell.double(group.lowerBound)
        for index in group.dropFirst() { part += cell.double(index) }
        sum += part
      }
      // The factor, and the sum of a cell that is cut off, are OpenCV's float32.
      let mean = cell.isWhole ? sum * Double(1 / Float(cell.count)) : Double(Float(sum) / Float(cell.count))
      target.storeBytes(of: mean, as: Double.self)
    }
  }
}

/// The samples of a cell, row by row.
private struct Cell {
  let origin: UnsafeRawPointer
  let rowStride: Int
  let columnStride: Int
  let height: Int
  let width: Int
  /// Not cut off by the end of the image.
  let isWhole: Bool

  var count: Int { height * width }

  private func address(_ index: Int) -> UnsafeRawPointer {
    origin + (index / width * rowStride + index % width * columnStride)
  }

  func float(_ index: Int) -> Float { address(index).loadUnaligned(as: Float.self) }
  func double(_ index: Int) -> Double { address(index).loadUnaligned(as: Double.self) }

  func integerSum<Sample: FixedWidthInteger & BitwiseCopyable>(_ type: Sample.Type, _ samples: Range<Int>) -> Int {
    var sum = 0
    for index in samples { sum &+= Int(truncatingIfNeeded: address(index).loadUnaligned(as: type)) }
    return sum
  }

  /// Four samples are added at a time in their own type, as far as there are four; those of a cell that is cut off singly.
  func forEachGroup(_ body: (Range<Int>) -> Void) {
    var index = 0
    while isWhole && index + 4 <= count {
      body(index..<index + 4)
      index += 4
    }
    while index < count {
      body(index..<index + 1)
      index += 1
    }
  }

  /// The sum of 16-bit samples, whose groups are exact and added up in float32.
  func sumOfGroups<Sample: FixedWidthInteger & BitwiseCopyable>(_ type: Sample.Type) -> Float {
    var sum: Float = 0
    forEachGroup { sum += Float(integerSum(type, $0)) }
    return sum
  }
}
