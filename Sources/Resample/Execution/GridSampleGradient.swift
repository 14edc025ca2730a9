import CShims

/// One run of the gradients of grid_sample.
///
/// Input and gradient are images of pixels of sixteen channels each. The taps of some rows of points are computed once, and
/// serve all channels; then each block of channels, a task, goes through the points in order and adds their gradients to
/// those of the pixels that they read. So no two threads add to the same sample, and sums have one order.
struct GridSampleGradient {
  private let gradOutput: Tensor
  private let input: Tensor
  private let grid: Tensor
  private let gradInput: Tensor?
  private let gradGrid: Tensor?
  private let format: SumFormat
  private let sampling: rsk_sampling
  private let tapCount: Int
  private let locate: rsk_locate
  private let spread: rsk_spread
  private let passes: rsk_passes
  private let conversion: rsk_conversion
  private let pixelRows: PixelRows
  private let dimensions: Int
  private let blocks: Int
  /// Blocks whose sums make the gradient of the grid: none where it is 0.
  private let summedBlocks: Int
  private let blockSize: Int
  /// Rows of points, and of the input, whatever slice they are in.
  private let width: Int
  private let rows: Int
  private let inputWidth: Int
  private let inputRows: Int
  private let rowsAtOnce: Int
  /// From the taps of a row of points to those of the next, and from one tap to the next.
  private let rowStride: Int
  private let tapStride: Int
  private let threads: Int
  private let pixelOffset: Int
  private let gradientOffset: Int
  private let offsetOffset: Int
  private let insideOffset: Int
  private let weightOffset: Int
  private let slopeOffset: Int
  private let sumOffset: Int
  private let coordinateOffset: Int
  private let firstOffset: Int
  private let slopeRowOffset: Int
  private let pointOffset: Int
  private let rowPointerOffset: Int
  private let oneOffset: Int
  private let loadedOffset: Int
  private let sharedBytes: Int
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?
  /// While tasks run: what they do, and where.
  private var work = Work.loadPixels
  private var image = 0
  private var currentRows = 0..<0

  private enum Work {
    case loadPixels
    case clearGradients
    case locateRows
    case spreadBlocks
    case storeGridRows
    case storePixels
  }

  /// What the taps of the rows of one time may take.
  private static let tapBytes = 8 << 20
  /// Points whose gradients are pixels at a time.
  private static let pointsAtOnce = 512

  init(
    _ options: GridSampleOptions, _ format: SumFormat, _ gradOutput: Tensor, _ input: Tensor, _ grid: Tensor,
    gradInput: Tensor?, gradGrid: Tensor?, _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.gradOutput, self.input, self.grid) = (gradOutput, input, grid)
    (self.gradInput, self.gradGrid) = (gradInput, gradGrid)
    self.format = format
    let size = format.sampleSize
    let isDouble = size == 8
    locate = isDouble ? kernels.samplings.locate_float64! : kernels.samplings.locate_float32!
    spread = isDouble ? kernels.samplings.spread_float64! : kernels.samplings.spread_float32!
    passes = isDouble ? kernels.float64 : kernels.float32
    conversion = kernels.conversion(format.conversion)
    pixelRows = PixelRows(format, kernels)
    let rank = input.shape.rank
    dimensions = rank - 2
    let depth = rank == 5 ? input.shape[2] : 1
    (inputWidth, inputRows) = (input.shape[rank - 1], try checkedProduct(depth, input.shape[rank - 2]))
    let pixelCount = try checkedProduct(inputRows, inputWidth)
    guard pixelCount <= Int(Int32.max) else {
      throw .invalidValue("a channel of input has more than 2147483647 samples")
    }
    sampling = rsk_sampling(
      taps: Int32(options.mode.taps), padding_mode: options.paddingMode.kernelMode, dimensions: Int32(dimensions),
      align_corners: options.alignCorners, slope: -1,
      axes: (
        rsk_sampling_axis(length: inputWidth, stride: 1),
        rsk_sampling_axis(length: input.shape[rank - 2], stride: inputWidth),
        rsk_sampling_axis(length: depth, stride: rank == 5 ? inputWidth * input.shape[3] : 0)
      ))
    var tapCount = 1
    for _ in 0..<dimensions { tapCount *= options.mode.taps }
    self.tapCount = tapCount
    blocks = (input.shape.channels + PixelRows.channels - 1) / PixelRows.channels
    summedBlocks = gradGrid == nil || options.mode == .nearest ? 0 : blocks
    blockSize = try checkedProduct(pixelCount, pixelRows.pixelSize)

    width = gradOutput.shape[rank - 1]
    var rows = 1
    for axis in 2..<rank - 1 { rows = try checkedProduct(rows, gradOutput.shape[axis]) }
    self.rows = rows
    let lanes = Int(RSK_LANES)
    rowStride = (width + lanes - 1) / lanes * lanes
    let slopes = summedBlocks > 0 ? dimensions : 0
    let bytesOfPoint = try checkedProduct(tapCount, 8 + size * (1 + slopes))
    let sumsOfPoint = try checkedProduct(summedBlocks, dimensions * size)
    let bytesOfRow = try checkedProduct(max(rowStride, 1), max(bytesOfPoint, sumsOfPoint))
    rowsAtOnce = max(1, min(rows, GridSampleGradient.tapBytes / bytesOfRow))
    tapStride = try checkedProduct(rowsAtOnce, rowStride)
    let work = Double(rows) * Double(width) * Double(blocks) * Double(tapCount + 4) * Double(pixelRows.pixelSize)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)

    var layout = WorkspaceLayout()
    pixelOffset = try layout.reserve(summedBlocks, of: blockSize)
    gradientOffset = try layout.reserve(gradInput == nil ? 0 : blocks, of: blockSize)
    offsetOffset = try layout.reserve(tapCount, of: try checkedProduct(tapStride, MemoryLayout<Int32>.size))
    insideOffset = try layout.reserve(tapCount, of: try checkedProduct(tapStride, MemoryLayout<Int32>.size))
    weightOffset = try layout.reserve(tapCount, of: try checkedProduct(tapStride, size))
    slopeOffset = try layout.reserve(slopes * tapCount, of: try checkedProduct(tapStride, size))
    sumOffset = try layout.reserve(
      try checkedProduct(summedBlocks, dimensions), of: try checkedProduct(tapStride, size))
    oneOffset = try layout.reserve(max(summedBlocks, 1), of: size)
    sharedBytes = layout.bytes

    let points = min(GridSampleGradient.pointsAtOnce, max(width, 1))
    var threadLayout = WorkspaceLayout()
    coordinateOffset = try threadLayout.reserve(dimensions, of: try checkedProduct(rowStride, size))
    firstOffset = try threadLayout.reserve(rowStride, of: MemoryLayout<Int32>.size)
    slopeRowOffset = try threadLayout.reserve(rowStride, of: size)
    pointOffset = try threadLayout.reserve(points, of: pixelRows.pixelSize)
    rowPointerOffset = try threadLayout.reserve(summedBlocks, of: MemoryLayout<UnsafeRawPointer?>.stride)
    loadedOffset = try threadLayout.reserve(
      max(try pixelRows.scratchLength(inputWidth), try pixelRows.scratchLength(points)), of: size)
    threadBytes = threadLayout.bytes
    let (bytes, overflow) = try checkedProduct(threads, threadBytes).addingReportingOverflow(sharedBytes)
    guard !overflow else { throw .outOfMemory(bytes: .max) }
    self.bytes = bytes
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    self.memory = memory
    // Sums of blocks are the sums of rows whose weights are 1.
    format.fillWithOnes(memory + oneOffset, summedBlocks)
    for image in 0..<input.shape.batch {
      self.image = image
      if summedBlocks > 0 { run(.loadPixels, tasks: blocks * inputRows) }
      if gradInput != nil { run(.clearGradients, tasks: blocks) }
      var row = 0
      while row < rows && width > 0 {
        currentRows = row..<min(row + rowsAtOnce, rows)
        run(.locateRows, tasks: currentRows.count)
        run(.spreadBlocks, tasks: blocks)
        if gradGrid != nil { run(.storeGridRows, tasks: currentRows.count) }
        row = currentRows.upperBound
      }
      if gradInput != nil { run(.storePixels, tasks: blocks * inputRows) }
    }
  }

  private mutating func run(_ work: Work, tasks: Int) {
    self.work = work
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(tasks: tasks, threads: threads, UnsafeMutableRawPointer(mutating: execution)) {
        context, thread, index in
        context!.assumingMemoryBound(to: GridSampleGradient.self).pointee.runTask(index, thread)
      }
    }
  }

  private func runTask(_ index: Int, _ thread: Int) {
    let scratch = memory! + sharedBytes + thread * threadBytes
    switch work {
    case .loadPixels: loadPixels(index, scratch)
    case .clearGradients: clearGradients(index)
    case .locateRows: locateRow(index, scratch)
    case .spreadBlocks: spreadBlock(index, scratch)
    case .storeGridRows: storeGridRow(index, scratch)
    case .storePixels: storePixels(index, scratch)
    }
  }

  // MARK: Pixels

  private func channels(ofBlock block: Int) -> Int {
    min(PixelRows.channels, input.shape.channels - block * PixelRows.channels)
  }

  /// Row `row` of a block of channels of the input, or of its gradient.
  private func row(_ tensor: Tensor, _ block: Int, _ row: Int) -> UnsafeMutableRawPointer {
    let rank = tensor.shape.rank
    let (z, y) = row.quotientAndRemainder(dividingBy: tensor.shape[rank - 2])
    return tensor.origin + image * tensor.byteStride(0) + block * PixelRows.channels * tensor.byteStride(1)
      + (rank == 5 ? z * tensor.byteStride(2) : 0) + y * tensor.byteStride(rank - 2)
  }

  private func pixels(_ offset: Int, _ block: Int, _ row: Int) -> UnsafeMutableRawPointer {
    memory! + offset + block * blockSize + row * inputWidth * pixelRows.pixelSize
  }

  private func loadPixels(_ index: Int, _ scratch: UnsafeMutableRawPointer) {
    let (block, row) = index.quotientAndRemainder(dividingBy: inputRows)
    let target = pixels(pixelOffset, block, row)
    let count = channels(ofBlock: block)
    if count < PixelRows.channels { memset(target, 0, inputWidth * pixelRows.pixelSize) }
    pixelRows.load(
      self.row(input, block, row), input.byteStride(input.shape.rank - 1), input.byteStride(1), inputWidth,
      channels: count, target, scratch + loadedOffset)
  }

  private func clearGradients(_ block: Int) { memset(pixels(gradientOffset, block, 0), 0, blockSize) }

  private func storePixels(_ index: Int, _ scratch: UnsafeMutableRawPointer) {
    guard let gradInput else { return }
    let (block, row) = index.quotientAndRemainder(dividingBy: inputRows)
    pixelRows.store(
      pixels(gradientOffset, block, row), inputWidth, channels: channels(ofBlock: block),
      self.row(gradInput, block, row), gradInput.byteStride(gradInput.shape.rank - 1), gradInput.byteStride(1),
      scratch + loadedOffset)
  }

  // MARK: Points

  /// A row of points of the grid, or of its gradient.
  private func points(_ tensor: Tensor, _ row: Int) -> UnsafeMutableRawPointer {
    let rank = tensor.shape.rank
    let (z, y) = row.quotientAndRemainder(dividingBy: tensor.shape[rank - 3])
    return tensor.origin + image * tensor.byteStride(0) + (rank == 5 ? z * tensor.byteStride(1) : 0)
      + y * tensor.byteStride(rank - 3)
  }

  private func taps(_ index: Int, _ scratch: UnsafeMutableRawPointer) -> rsk_point_taps {
    let first = index * rowStride
    return rsk_point_taps(
      offsets: (memory! + offsetOffset).assumingMemoryBound(to: Int32.self) + first,
      inside: (memory! + insideOffset).assumingMemoryBound(to: Int32.self) + first,
      weights: memory! + weightOffset + first * format.sampleSize, stride: tapStride,
      first: (scratch + firstOffset).assumingMemoryBound(to: Int32.self), slopes: scratch + slopeRowOffset)
  }

  /// The derived weights of a row for a dimension, the width first.
  private func slopes(_ dimension: Int, _ index: Int) -> UnsafeMutableRawPointer {
    memory! + slopeOffset + (dimension * tapCount * tapStride + index * rowStride) * format.sampleSize
  }

  private func sums(_ block: Int, _ dimension: Int, _ index: Int) -> UnsafeMutableRawPointer {
    memory! + sumOffset + ((block * dimensions + dimension) * tapStride + index * rowStride) * format.sampleSize
  }

  private func locateRow(_ index: Int, _ scratch: UnsafeMutableRawPointer) {
    var taps = taps(index, scratch)
    locate(&taps, sampling, index, scratch)
    guard summedBlocks > 0 else { return }
    for dimension in 0..<dimensions {
      var derived = sampling
      derived.slope = Int32(dimension)
      taps.weights = slopes(dimension, index)
      locate(&taps, derived, index, scratch)
    }
  }

  private func locate(
    _ taps: inout rsk_point_taps, _ sampling: rsk_sampling, _ index: Int, _ scratch: UnsafeMutableRawPointer
  ) {
    let rank = grid.shape.rank
    let row = points(grid, currentRows.lowerBound + index)
    var coordinates: InlineArray<3, UnsafeMutableRawPointer?> = [nil, nil, nil]
    for dimension in 0..<dimensions {
      let target = scratch + coordinateOffset + dimension * rowStride * format.sampleSize
      conversion.load(
        row + dimension * grid.byteStride(rank - 1), grid.byteStride(rank - 2), width, 1, target)
      coordinates[dimension] = target
    }
    withUnsafeMutableBytes(of: &coordinates) { coordinates in
      withUnsafePointer(to: sampling) {
        locate(coordinates.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), width, $0, &taps)
      }
    }
  }

  /// All points of the rows, for the channels of a block.
  private func spreadBlock(_ block: Int, _ scratch: UnsafeMutableRawPointer) {
    let rank = gradOutput.shape.rank
    let stride = gradOutput.byteStride(rank - 1)
    let size = format.sampleSize
    let count = channels(ofBlock: block)
    let gradients = scratch + pointOffset
    if count < PixelRows.channels {
      memset(gradients, 0, min(GridSampleGradient.pointsAtOnce, width) * pixelRows.pixelSize)
    }
    for index in 0..<currentRows.count {
      let row = self.row(gradOutput, block, currentRows.lowerBound + index)
      var x = 0
      while x < width {
        let points = min(GridSampleGradient.pointsAtOnce, width - x)
        pixelRows.load(
          row + x * stride, stride, gradOutput.byteStride(1), points, channels: count, gradients,
          scratch + loadedOffset)
        var taps = taps(index, scratch)
        taps.offsets += x
        taps.inside += x
        taps.weights += x * size
        var target = rsk_pixel_gradients()
        target.dimensions = dimensions
        if gradInput != nil { target.pixel_gradients = pixels(gradientOffset, block, 0) }
        if summedBlocks > 0 {
          target.pixels = UnsafeRawPointer(pixels(pixelOffset, block, 0))
          let bytes = x * size
          target.slopes.0 = UnsafeRawPointer(slopes(0, index) + bytes)
          target.slopes.1 = UnsafeRawPointer(slopes(1, index) + bytes)
          target.sums.0 = sums(block, 0, index) + bytes
          target.sums.1 = sums(block, 1, index) + bytes
          if dimensions == 3 {
            target.slopes.2 = UnsafeRawPointer(slopes(2, index) + bytes)
            target.sums.2 = sums(block, 2, index) + bytes
          }
        }
        spread(gradients, points, tapCount, &taps, &target)
        x += points
      }
    }
  }

  /// Adds the sums of all blocks.
  private func storeGridRow(_ index: Int, _ scratch: UnsafeMutableRawPointer) {
    guard let gradGrid else { return }
    let rank = gradGrid.shape.rank
    let row = points(gradGrid, currentRows.lowerBound + index)
    let rowPointers = (scratch + rowPointerOffset).assumingMemoryBound(to: UnsafeRawPointer?.self)
    let total = scratch + coordinateOffset
    for dimension in 0..<dimensions {
      for block in 0..<summedBlocks { rowPointers[block] = UnsafeRawPointer(sums(block, dimension, index)) }
      passes.vertical(rowPointers, memory! + oneOffset, summedBlocks, 0, width, total, false)
      conversion.store(
        total, width, 1, -.infinity, .infinity, row + dimension * gradGrid.byteStride(rank - 1),
        gradGrid.byteStride(rank - 2))
    }
  }
}
