import CShims

/// One run of carafe. A task makes some rows of the output of one group.
///
/// Rows of the features are widened. A few channels at a time, because they all read the same masks.
struct CarafeExecution: ~Copyable, ThreadedWork {
  private let request: CarafeRequest
  private let masks: RowReader
  private let output: RowWriter
  private let features: LoadedFeatures
  private let reassemble: rsk_reassemble
  private let sampleSize: Int
  /// Rows of sums are rows of the output.
  private let writesInPlace: Bool
  private let tasks: CarafeTasks
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    /// By row of the output, by tap.
    var masks: RowRegion
    /// By one of two rows of the output, by channel.
    var sums: RowRegion
    var taps: Region<rsk_convolution_tap>
    var start: RowRegion
  }

  /// Fails when there is no memory for scratch, before anything is written.
  init(
    _ request: CarafeRequest, _ format: SumFormat, features: Tensor, masks: Tensor, output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let widened = try WidenedRows(features, request, format, kernels)
    let tapCount = request.kernel * request.kernel
    let maskSize = try checkedProduct(widened.rowLength, size)
    let masksOfRow = try checkedProduct(tapCount, maskSize)
    let tasks = CarafeTasks(
      request, height: output.shape[2], sampleSize: size, mostRows: request.rowsInCache(bytesPerRow: masksOfRow))
    var layout = ScratchLayout()
    let loaded = try LoadedFeatures(
      widened, request, rowsPerTask: tasks.rowsPerTask, sampleSize: size, in: &layout)
    let regions = Regions(
      masks: try layout.reserveRows(try checkedProduct(tasks.rowsPerTask, tapCount), of: maskSize),
      sums: try layout.reserveRows(2 * loaded.channelsAtOnce, of: maskSize),
      taps: try layout.reserve(tapCount, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(loaded.channelsAtOnce, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    let writer = RowWriter(output, format, kernels)
    // The kernel writes whole vectors.
    let isWhole = writer.planes.width == widened.rowLength
    writesInPlace = format.isDirect && isWhole && writer.planes.hasDenseRows && writer.planes.isAligned
    self.request = request
    self.masks = RowReader(masks, format, kernels)
    self.output = writer
    self.features = loaded
    reassemble = kernels.reassemble(format)
    sampleSize = size
    (self.tasks, self.regions) = (tasks, regions)
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads) }

  func run(task: Int, thread: Int) {
    let (task, memory) = (tasks[task], scratch[thread])
    loadMasks(task, memory)
    memset(memory[regions.start], 0, features.channelsAtOnce * sampleSize)
    let featureRows = request.featureRows(readBy: task.rows)
    var channel = 0
    while channel < features.channelsOfGroup {
      let count = min(features.channelsAtOnce, features.channelsOfGroup - channel)
      let first = task.group * features.channelsOfGroup + channel
      features.load(image: task.image, first: first, count: count, rows: featureRows, memory)
      request.forEachPair(of: task.rows) { rows in
        sum(rows, task.rows, featureRows, channels: count, memory, into: target(task, first, rows, memory))
        if writesInPlace { return }
        for y in rows {
          for offset in 0..<count {
            output.store(
              memory[regions.sums, (y - rows.lowerBound) * features.channelsAtOnce + offset], image: task.image,
              channel: first + offset, y: y)
          }
        }
      }
      channel += count
    }
  }

  private func loadMasks(_ task: CarafeTasks.Task, _ memory: ScratchMemory) {
    let tapCount = request.kernel * request.kernel
    for y in task.rows {
      for tap in 0..<tapCount {
        masks.load(
          image: task.image, channel: task.group * tapCount + tap, y: y, length: features.widened.rowLength,
          into: memory[regions.masks, (y - task.rows.lowerBound) * tapCount + tap])
      }
    }
  }

  /// Where the sums of a pair of rows go.
  private struct Target {
    let sums: UnsafeMutableRawPointer
    let sumStride: Int
    let rowStride: Int
  }

  private func target(
    _ task: CarafeTasks.Task, _ channel: Int, _ rows: Range<Int>, _ memory: ScratchMemory
  ) -> Target {
    let (planes, length) = (output.planes, features.widened.rowLength)
    guard writesInPlace else {
      return Target(sums: memory[regions.sums], sumStride: length, rowStride: features.channelsAtOnce * length)
    }
    return Target(
      sums: planes.row(image: task.image, channel: channel, y: rows.lowerBound),
      sumStride: planes.channelStride / sampleSize, rowStride: planes.rowStride / sampleSize)
  }

  /// A pair of rows of some channels.
  private func sum(
    _ pair: Range<Int>, _ rows: Range<Int>, _ featureRows: Range<Int>, channels: Int, _ memory: ScratchMemory,
    into target: Target
  ) {
    let (kernel, taps) = (request.kernel, memory[regions.taps])
    var tapCount = 0
    for i in 0..<kernel {
      let row = pair.lowerBound / request.scale + i - request.radius
      guard featureRows.contains(row) else { continue }
      for j in 0..<kernel {
        taps[tapCount] = rsk_convolution_tap(
          input: (row - featureRows.lowerBound) * features.widened.length + j * request.scale,
          weights: (((pair.lowerBound - rows.lowerBound) * kernel + i) * kernel + j) * features.widened.rowLength)
        tapCount += 1
      }
    }
    var reassembly = rsk_convolution(
      input: features.row(0, memory), input_stride: features.channelStride, weights: memory[regions.masks],
      weight_stride: kernel * kernel * features.widened.rowLength, channels: channels, taps: taps,
      tap_count: tapCount, start: memory[regions.start])
    reassemble(
      &reassembly, pair.count, output.planes.width, target.sums, target.sumStride, target.rowStride)
  }
}
