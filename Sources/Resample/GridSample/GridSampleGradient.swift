import CShims

/// One run of the gradients of grid_sample.
///
/// Input and gradient are images of pixels of sixteen channels each. The taps of some rows of points are computed once, and
/// serve all channels; then each block of channels, a task, goes through the points in order and adds their gradients to
/// those of the pixels that they read. So no two threads add to the same sample, and sums have one order.
struct GridSampleGradient: ~Copyable {
  private let input: SourcePlanes
  private let gradOutput: SourcePlanes
  private let gradInput: TargetPlanes?
  private let gradGrid: RowWriter?
  private let points: GridPoints
  private let format: SumFormat
  private let sampling: rsk_sampling
  private let tapCount: Int
  private let spread: rsk_spread
  private let rowSum: RowSum
  private let interleave: rsk_interleave
  private let pixelRows: PixelRows
  /// Blocks of channels, and those whose sums make the gradient of the grid: none where it is 0.
  private let blocks: Int
  private let summedBlocks: Int
  private let inputRows: Int
  private let rowsAtOnce: Int
  /// From the taps of a row of points to those of the next.
  private let rowStride: Int
  private let threads: Int
  private let shared: Scratch
  private let scratch: Scratch
  private let regions: Regions

  /// Shared by all threads.
  private struct SharedRegions {
    /// By block, by row.
    var pixels: RowRegion
    var gradients: RowRegion
    /// By row of points.
    var offsets: Region<Int32>
    var adjacent: Region<Int32>
    var weights: RowRegion
    /// Derived weights: by dimension, the width first, by row of points.
    var slopes: RowRegion
    /// By block, by dimension.
    var sums: RowRegion
    var ones: RowRegion
  }

  private struct Regions {
    var shared: SharedRegions
    var coordinates: RowRegion
    var locating: Region<UInt8>
    var gradients: RowRegion
    var converted: RowRegion
  }

  /// What the taps of the rows of one time may take.
  private static let tapBytes = 1 << 20
  /// Points whose gradients are pixels at a time.
  private static let pointsAtOnce = 512

  /// Fails when there is no memory for scratch, before anything is written.
  init(
    _ options: GridSampleOptions, _ format: SumFormat, gradOutput: Tensor, input: Tensor, grid: Tensor,
    gradInput: Tensor?, gradGrid: Tensor?, _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let planes = SourcePlanes(reading: input)
    let few = Int(RSK_FEW_CHANNELS)
    let pixelRows = PixelRows(
      format, channels: planes.channels > few ? PixelRows.mostChannels : planes.channels > 1 ? few : 1, kernels)
    let points = GridPoints(grid, format, kernels)
    let dimensions = points.dimensions
    let inputRows = try checkedProduct(planes.depth, planes.height)
    guard try checkedProduct(inputRows, planes.width) <= Int(Int32.max) else {
      throw .invalidValue("a channel of input has more than 2147483647 samples")
    }
    let tapCount = options.tapCount(dimensions: dimensions)
    let blocks = pixelRows.blocks(planes.channels)
    let summedBlocks = gradGrid == nil || options.mode == .nearest ? 0 : blocks
    let (width, rows) = (points.width, points.rows)
    let rowStride = width.roundedUpToVector
    let slopes = summedBlocks > 0 ? dimensions : 0
    let bytesOfPoint = try checkedProduct(tapCount, 4 + size * (1 + slopes))
    let sumsOfPoint = try checkedProduct(summedBlocks, dimensions * size)
    let bytesOfRow = try checkedProduct(max(rowStride, 1), max(bytesOfPoint, sumsOfPoint))
    let rowsAtOnce = max(1, min(rows, GridSampleGradient.tapBytes / bytesOfRow))
    let pointsOfRows = try checkedProduct(rowsAtOnce, rowStride)
    let sumSize = try checkedProduct(pointsOfRows, size)
    let work = Double(rows) * Double(width) * Double(blocks) * Double(tapCount + 4) * Double(pixelRows.pixelSize)
    let threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)

    let pixelRowSize = try checkedProduct(planes.width, pixelRows.pixelSize)
    var sharedLayout = ScratchLayout()
    let shared = SharedRegions(
      pixels: try sharedLayout.reserveRows(try checkedProduct(summedBlocks, inputRows), of: pixelRowSize),
      gradients: try sharedLayout.reserveRows(
        gradInput == nil ? 0 : try checkedProduct(blocks, inputRows), of: pixelRowSize),
      offsets: try sharedLayout.reserve(try checkedProduct(tapCount, pointsOfRows), of: Int32.self),
      adjacent: try sharedLayout.reserve(pointsOfRows, of: Int32.self),
      weights: try sharedLayout.reserveRows(1, of: try checkedProduct(tapCount, sumSize)),
      slopes: try sharedLayout.reserveRows(slopes, of: try checkedProduct(tapCount, sumSize)),
      sums: try sharedLayout.reserveRows(try checkedProduct(summedBlocks, dimensions), of: sumSize),
      ones: try sharedLayout.reserveRows(max(summedBlocks, 1), of: size))
    let pointsAtOnce = min(GridSampleGradient.pointsAtOnce, max(width, 1))
    var layout = ScratchLayout()
    let regions = Regions(
      shared: shared,
      coordinates: try layout.reserveRows(dimensions, of: try checkedProduct(rowStride, size)),
      locating: try layout.reserve(Int(RSK_LOCATING), of: UInt8.self),
      gradients: try layout.reserveRows(pointsAtOnce, of: pixelRows.pixelSize),
      converted: try layout.reserveRows(
        pixelRows.channels, of: try pixelRows.convertedSize(samples: max(planes.width, pointsAtOnce))))
    let sharedScratch = try Scratch(sharedLayout, isFilled: true)
    let threadScratch = try Scratch(layout, threads: threads)
    // Sums of blocks are the sums of rows whose weights are 1.
    format.fillWithOnes(sharedScratch[0][shared.ones], summedBlocks)

    self.input = planes
    self.gradOutput = SourcePlanes(reading: gradOutput)
    self.gradInput = gradInput.map { TargetPlanes(writing: $0) }
    self.gradGrid = gradGrid.map { RowWriter(Tensor(channelsFirst: $0), format, kernels) }
    self.points = points
    self.format = format
    sampling = rsk_sampling(packed: options, planes, dimensions: dimensions)
    self.tapCount = tapCount
    spread = kernels.spread(format, channels: pixelRows.channels)
    rowSum = RowSum(format, kernels)
    interleave = kernels.interleave(sampleSize: size)
    self.pixelRows = pixelRows
    (self.blocks, self.summedBlocks) = (blocks, summedBlocks)
    self.inputRows = inputRows
    (self.rowsAtOnce, self.rowStride) = (rowsAtOnce, rowStride)
    self.threads = threads
    self.shared = sharedScratch
    scratch = threadScratch
    self.regions = regions
  }

  func run() {
    for image in 0..<input.images {
      if summedBlocks > 0 { run(.loadPixels, image: image, tasks: blocks * inputRows) }
      if gradInput != nil { run(.clearGradients, image: image, tasks: blocks) }
      if points.width > 0 {
        for row in stride(from: 0, to: points.rows, by: rowsAtOnce) {
          let rows = row..<min(row + rowsAtOnce, points.rows)
          run(.locatePoints, image: image, rows: rows, tasks: rows.count)
          run(.spreadGradients, image: image, rows: rows, tasks: blocks)
          if gradGrid != nil { run(.storePoints, image: image, rows: rows, tasks: rows.count) }
        }
      }
      if gradInput != nil { run(.storePixels, image: image, tasks: blocks * inputRows) }
    }
  }

  private enum Work {
    /// A row of the input of a block of channels.
    case loadPixels, storePixels
    /// A block of channels.
    case clearGradients, spreadGradients
    /// A row of points.
    case locatePoints, storePoints
  }

  /// One kind of work on an image and, where it is about points, on some rows of them.
  private struct Step: ThreadedWork {
    let gradient: UnsafePointer<GridSampleGradient>
    let work: Work
    let image: Int
    let rows: Range<Int>

    func run(task: Int, thread: Int) {
      let memory = gradient.pointee.scratch[thread]
      switch work {
      case .loadPixels: gradient.pointee.loadPixels(task, image, memory)
      case .storePixels: gradient.pointee.storePixels(task, image, memory)
      case .clearGradients: gradient.pointee.clearGradients(task)
      case .spreadGradients: gradient.pointee.spreadGradients(ofBlock: task, image, rows, memory)
      case .locatePoints: gradient.pointee.locatePoints(ofRow: task, image, rows, memory)
      case .storePoints: gradient.pointee.storePoints(ofRow: task, image, rows, memory)
      }
    }
  }

  private func run(_ work: Work, image: Int, rows: Range<Int> = 0..<0, tasks: Int) {
    withUnsafePointer(to: self) {
      ThreadPool.run(Step(gradient: $0, work: work, image: image, rows: rows), tasks: tasks, threads: threads)
    }
  }

  // MARK: Pixels

  private func channels(ofBlock block: Int) -> Int {
    min(pixelRows.channels, input.channels - block * pixelRows.channels)
  }

  private func pixels(ofBlock block: Int, row: Int = 0) -> UnsafeMutableRawPointer {
    shared[0][regions.shared.pixels, block * inputRows + row]
  }

  private func gradients(ofBlock block: Int, row: Int = 0) -> UnsafeMutableRawPointer {
    shared[0][regions.shared.gradients, block * inputRows + row]
  }

  private func loadPixels(_ task: Int, _ image: Int, _ memory: ScratchMemory) {
    let (block, row) = task.quotientAndRemainder(dividingBy: inputRows)
    let (target, count) = (pixels(ofBlock: block, row: row), channels(ofBlock: block))
    if count < pixelRows.channels { memset(target, 0, input.width * pixelRows.pixelSize) }
    pixelRows.load(
      input.row(image: image, channel: block * pixelRows.channels, index: row), of: input, samples: input.width,
      channels: count, into: target, converted: memory[regions.converted])
  }

  private func clearGradients(_ block: Int) {
    memset(gradients(ofBlock: block), 0, inputRows * regions.shared.gradients.stride)
  }

  private func storePixels(_ task: Int, _ image: Int, _ memory: ScratchMemory) {
    guard let gradInput else { return }
    let (block, row) = task.quotientAndRemainder(dividingBy: inputRows)
    pixelRows.store(
      gradients(ofBlock: block, row: row), samples: input.width, channels: channels(ofBlock: block),
      to: gradInput.row(image: image, channel: block * pixelRows.channels, index: row), of: gradInput,
      converted: memory[regions.converted])
  }

  // MARK: Points

  /// The taps of the `number`-th of the rows, from point x on, the first one of a block of them.
  private func taps(ofRow number: Int, from x: Int = 0, _ memory: ScratchMemory) -> rsk_point_taps {
    let (memoryOfAll, entry) = (shared[0], (number * rowStride + x) * tapCount)
    var taps = rsk_point_taps()
    taps.count = tapCount
    taps.offsets = memoryOfAll[regions.shared.offsets] + entry
    taps.weights = memoryOfAll[regions.shared.weights] + entry * format.sampleSize
    func slopes(_ dimension: Int) -> UnsafeMutableRawPointer {
      memoryOfAll[regions.shared.slopes, dimension] + entry * format.sampleSize
    }
    if summedBlocks > 0 { taps.slopes = (slopes(0), slopes(1), points.dimensions == 3 ? slopes(2) : nil) }
    taps.adjacent = memoryOfAll[regions.shared.adjacent] + number * rowStride + x
    taps.scratch = UnsafeMutableRawPointer(memory[regions.locating])
    return taps
  }

  private func sums(_ block: Int, _ dimension: Int, ofRow number: Int) -> UnsafeMutableRawPointer {
    shared[0][regions.shared.sums, block * points.dimensions + dimension] + number * rowStride * format.sampleSize
  }

  private func locatePoints(ofRow number: Int, _ image: Int, _ rows: Range<Int>, _ memory: ScratchMemory) {
    var taps = taps(ofRow: number, memory)
    points.locate(
      image: image, row: rows.lowerBound + number, points: 0..<points.width, sampling,
      loaded: memory[regions.coordinates], stride: regions.coordinates.stride, into: &taps)
  }

  /// All points of the rows, for the channels of a block.
  private func spreadGradients(
    ofBlock block: Int, _ image: Int, _ rows: Range<Int>, _ memory: ScratchMemory
  ) {
    let count = channels(ofBlock: block)
    let pixels = memory[regions.gradients]
    let width = points.width
    if count < pixelRows.channels {
      memset(pixels, 0, min(GridSampleGradient.pointsAtOnce, width) * pixelRows.pixelSize)
    }
    for number in 0..<rows.count {
      let row = gradOutput.row(image: image, channel: block * pixelRows.channels, index: rows.lowerBound + number)
      for x in stride(from: 0, to: width, by: GridSampleGradient.pointsAtOnce) {
        let samples = min(GridSampleGradient.pointsAtOnce, width - x)
        pixelRows.load(
          row + x * gradOutput.pixelStride, of: gradOutput, samples: samples, channels: count, into: pixels,
          converted: memory[regions.converted])
        var taps = taps(ofRow: number, from: x, memory)
        var target = target(ofBlock: block, row: number, x)
        spread(pixels, samples, &taps, &target)
      }
    }
  }

  /// What the gradients of the points from column x of a row on are added to.
  private func target(ofBlock block: Int, row number: Int, _ x: Int) -> rsk_pixel_gradients {
    var target = rsk_pixel_gradients()
    target.dimensions = points.dimensions
    if gradInput != nil { target.pixel_gradients = gradients(ofBlock: block) }
    guard summedBlocks > 0 else { return target }
    target.pixels = UnsafeRawPointer(pixels(ofBlock: block))
    let bytes = x * format.sampleSize
    target.sums.0 = sums(block, 0, ofRow: number) + bytes
    target.sums.1 = sums(block, 1, ofRow: number) + bytes
    if points.dimensions == 3 { target.sums.2 = sums(block, 2, ofRow: number) + bytes }
    return target
  }

  /// Adds the sums of all blocks.
  private func storePoints(ofRow number: Int, _ image: Int, _ rows: Range<Int>, _ memory: ScratchMemory) {
    guard let gradGrid else { return }
    let (width, planes) = (points.width, gradGrid.planes)
    let target = planes.row(image: image, channel: 0, index: rows.lowerBound + number)
    for dimension in 0..<points.dimensions {
      let total = memory[regions.coordinates, dimension]
      let blocks = rsk_source_rows(
        start: sums(0, dimension, ofRow: number), stride: points.dimensions * regions.shared.sums.stride, mask: -1)
      rowSum.sum(blocks, count: summedBlocks, samples: width, ones: shared[0][regions.shared.ones], into: total)
      if !format.isDirect {
        gradGrid.store(total, samples: width, to: target + dimension * planes.channelStride)
      }
    }
    if format.isDirect {
      interleave(
        memory[regions.coordinates], format.sampleSize, regions.coordinates.stride, target, planes.pixelStride,
        planes.channelStride, width, points.dimensions)
    }
  }
}

extension rsk_table {
  /// The kernel for the gradients of points of a format, in pixels of many channels, few, or one.
  fileprivate func spread(_ format: SumFormat, channels: Int) -> rsk_spread {
    let isDouble = format.sampleSize == 8
    switch channels {
    case 1: return isDouble ? samplings.spread_one_double! : samplings.spread_one_float!
    case Int(RSK_FEW_CHANNELS): return isDouble ? samplings.spread_four_doubles! : samplings.spread_four_floats!
    default: return isDouble ? samplings.spread_float64! : samplings.spread_float32!
    }
  }
}
