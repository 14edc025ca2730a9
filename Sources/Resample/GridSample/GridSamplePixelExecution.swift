import CShims

/// One run of grid_sample that copies sixteen channels at a time to pixels of sixteen samples, which one load reads. It has
/// the bits of GridSampleExecution, and is faster where each sample is read often.
struct GridSamplePixelExecution: ~Copyable {
  private let input: SourcePlanes
  private let output: TargetPlanes
  private let pixelRows: PixelRows
  private let sampling: rsk_sampling
  private let samplePixels: rsk_sample
  private let located: LocatedPoints
  /// Blocks of sixteen channels that are pixels at a time, and the bytes of one.
  private let blocksAtOnce: Int
  private let blockSize: Int
  /// The rows of the input that are copied to pixels, and those of the output.
  private let copies: BlockGrid
  private let samples: BlockGrid
  private let scratch: Scratch
  private let pixels: Buffer<UInt8>
  private let regions: Regions

  private struct Regions {
    /// The pixels of some points, and their channels.
    var sums: RowRegion
    var convertedSums: RowRegion
    var convertedRows: RowRegion
  }

  /// What blocks of pixels may take, unless a single one takes more.
  private static let pixelBytes = 4 << 20

  /// Whether copying, loading whole pixels and putting the channels of the result apart takes less time than reading each
  /// sample by itself. The result does not depend on it.
  static func pays(_ format: SumFormat, _ input: Tensor, _ output: Tensor, taps: Int) -> Bool {
    guard format.sampleSize == 4 else { return false }
    var (pixels, points) = (1.0, 1.0)
    for axis in 2..<input.shape.rank {
      pixels *= Double(input.shape[axis])
      points *= Double(output.shape[axis])
    }
    let channels = Double(input.shape.channels)
    let blocks = Double((input.shape.channels + PixelRows.mostChannels - 1) / PixelRows.mostChannels)
    let whole = blocks * (pixels * 12 + points * (12 + 2 * Double(taps)))
    // Each sample lies in a line of its own, as a rule. Where those of a row of points, all channels, leave the cache before
    // the next row reads their neighbours, a sample costs as much as four more.
    let linesOfRow = channels * Double(output.shape[output.shape.rank - 1]) * Double(ScratchLayout.cacheLine)
    return whole < channels * points * Double(taps + (linesOfRow > 0x1p19 ? 4 : 0))
  }

  /// Fails when there is no memory for scratch and pixels, before anything is written.
  init(
    _ options: GridSampleOptions, _ format: SumFormat, input: Tensor, grid: Tensor, output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let planes = SourcePlanes(reading: input)
    let dimensions = input.shape.spatialRank
    let tapCount = options.tapCount(dimensions: dimensions)
    let points = GridPoints(grid, format, kernels)
    let pixelRows = PixelRows(format, kernels)
    let inputRows = planes.height * planes.depth
    let copiedRowSize = try checkedProduct(planes.width, pixelRows.pixelSize)
    let blockSize = try checkedProduct(inputRows, copiedRowSize)
    let blocksAtOnce = max(
      1, min(pixelRows.blocks(planes.channels), GridSamplePixelExecution.pixelBytes / max(blockSize, 1)))
    let copies = BlockGrid(planes: blocksAtOnce, height: inputRows, rowCost: copiedRowSize)
    let samples = BlockGrid(
      planes: 1, height: points.rows, rowCost: GridSampleExecution.rowCost(output, taps: tapCount))

    var layout = ScratchLayout()
    let located = try LocatedPoints(points, tapCount: tapCount, format, in: &layout)
    let channelSize = located.pointsAtOnce * format.sampleSize
    let regions = Regions(
      sums: try layout.reserveRows(PixelRows.mostChannels, of: channelSize),
      convertedSums: try layout.reserveRows(
        PixelRows.mostChannels, of: try pixelRows.convertedSize(samples: located.pointsAtOnce)),
      convertedRows: try layout.reserveRows(
        PixelRows.mostChannels, of: try pixelRows.convertedSize(samples: planes.width)))
    let scratch = try Scratch(layout, threads: samples.threads)
    let pixels = try Buffer<UInt8>(count: try checkedProduct(blocksAtOnce, blockSize), isFilled: true)
    // Channels that do not exist are computed as well.
    if planes.channels % PixelRows.mostChannels != 0 { memset(pixels.start, 0, pixels.count) }

    self.input = planes
    self.output = TargetPlanes(writing: output)
    self.pixelRows = pixelRows
    sampling = rsk_sampling(packed: options, planes, dimensions: dimensions)
    samplePixels = kernels.samplings.pixels
    self.located = located
    (self.blocksAtOnce, self.blockSize) = (blocksAtOnce, blockSize)
    (self.copies, self.samples) = (copies, samples)
    self.scratch = scratch
    self.pixels = pixels
    self.regions = regions
  }

  func run() {
    withUnsafePointer(to: self) { execution in
      let channelsAtOnce = blocksAtOnce * PixelRows.mostChannels
      for image in 0..<input.images {
        for channel in stride(from: 0, to: input.channels, by: channelsAtOnce) {
          let channels = channel..<min(channel + channelsAtOnce, input.channels)
          // Each of them on threads that have scratch memory.
          ThreadPool.run(
            Copying(execution: execution, image: image, channels: channels), tasks: copies.count,
            threads: min(copies.threads, samples.threads))
          ThreadPool.run(
            Sampling(execution: execution, image: image, channels: channels), tasks: samples.count,
            threads: samples.threads)
        }
      }
    }
  }

  /// Makes pixels of some rows of the input.
  private struct Copying: ThreadedWork {
    let execution: UnsafePointer<GridSamplePixelExecution>
    let image: Int
    let channels: Range<Int>

    func run(task: Int, thread: Int) {
      let block = execution.pointee.copies[task]
      for number in block.planes {
        for row in block.rows {
          execution.pointee.copy(
            row, image: image, channels: channels.block(number), to: number, execution.pointee.scratch[thread])
        }
      }
    }
  }

  /// Makes some rows of the output.
  private struct Sampling: ThreadedWork {
    let execution: UnsafePointer<GridSamplePixelExecution>
    let image: Int
    let channels: Range<Int>

    func run(task: Int, thread: Int) {
      for row in execution.pointee.samples[task].rows {
        execution.pointee.sample(row, image: image, channels: channels, execution.pointee.scratch[thread])
      }
    }
  }

  private func blockOfPixels(_ number: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(pixels.start) + number * blockSize
  }

  private func copy(_ row: Int, image: Int, channels: Range<Int>, to block: Int, _ memory: ScratchMemory) {
    pixelRows.load(
      input.row(image: image, channel: channels.lowerBound, index: row), of: input, samples: input.width,
      channels: channels.count, into: blockOfPixels(block) + row * input.width * pixelRows.pixelSize,
      converted: memory[regions.convertedRows])
  }

  private func sample(_ row: Int, image: Int, channels: Range<Int>, _ memory: ScratchMemory) {
    for x in stride(from: 0, to: output.width, by: located.pointsAtOnce) {
      let points = x..<min(x + located.pointsAtOnce, output.width)
      var taps = located.taps(image: image, row: row, points: points, sampling, memory)
      for number in 0..<blocksAtOnce {
        let block = channels.block(number)
        if block.isEmpty { continue }
        samplePixels(blockOfPixels(number), points.count, &taps, memory[regions.sums])
        pixelRows.store(
          memory[regions.sums], samples: points.count, channels: block.count,
          to: output.row(image: image, channel: block.lowerBound, index: row) + x * output.pixelStride, of: output,
          converted: memory[regions.convertedSums])
      }
    }
  }
}

extension Range<Int> {
  /// The channels of the `number`-th block of these; empty after the last.
  fileprivate func block(_ number: Int) -> Range<Int> {
    let first = lowerBound + number * PixelRows.mostChannels
    return first..<Swift.max(first, Swift.min(first + PixelRows.mostChannels, upperBound))
  }
}
