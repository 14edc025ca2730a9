import CShims

/// One run of the gradient of carafe's masks: for each of them the products of the gradient of the output with the features
/// that it weights, summed over the channels of its group. A task makes some rows of one group.
struct CarafeMaskGradient: ~Copyable, ThreadedWork {
  private let request: CarafeRequest
  private let gradOutput: RowReader
  private let gradMasks: RowWriter
  private let features: LoadedFeatures
  private let reassemble: rsk_reassemble
  private let sampleSize: Int
  private let tasks: CarafeTasks
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    /// By row of the output, by tap.
    var sums: RowRegion
    /// By one of two rows of the output, by channel.
    var gradients: RowRegion
    var taps: Region<rsk_convolution_tap>
    var start: RowRegion
  }

  /// Fails when there is no memory for scratch.
  init(
    _ request: CarafeRequest, _ format: SumFormat, gradOutput: Tensor, features: Tensor, gradMasks: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let widened = try WidenedRows(features, request, format, kernels)
    let tapCount = request.kernel * request.kernel
    let sumSize = try checkedProduct(widened.rowLength, size)
    let tasks = CarafeTasks(
      request, height: gradOutput.shape[2], sampleSize: size,
      mostRows: request.rowsInCache(bytesPerRow: try checkedProduct(tapCount, sumSize)))
    var layout = ScratchLayout()
    let loaded = try LoadedFeatures(
      widened, request, rowsPerTask: tasks.rowsPerTask, sampleSize: size, in: &layout)
    let regions = Regions(
      sums: try layout.reserveRows(try checkedProduct(tasks.rowsPerTask, tapCount), of: sumSize),
      gradients: try layout.reserveRows(2 * loaded.channelsAtOnce, of: sumSize),
      taps: try layout.reserve(loaded.channelsAtOnce, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(request.kernel, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    self.request = request
    self.gradOutput = RowReader(gradOutput, format, kernels)
    self.gradMasks = RowWriter(gradMasks, format, kernels)
    self.features = loaded
    reassemble = kernels.reassemble(format)
    sampleSize = size
    (self.tasks, self.regions) = (tasks, regions)
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads) }

  func run(task: Int, thread: Int) {
    let (task, memory) = (tasks[task], scratch[thread])
    memset(memory[regions.start], 0, request.kernel * sampleSize)
    let featureRows = request.featureRows(readBy: task.rows)
    var channel = 0
    while channel < features.channelsOfGroup {
      let count = min(features.channelsAtOnce, features.channelsOfGroup - channel)
      let first = task.group * features.channelsOfGroup + channel
      features.load(image: task.image, first: first, count: count, rows: featureRows, memory)
      // Channels take the place of taps, and the taps of a row of the kernel that of channels.
      for offset in 0..<count {
        memory[regions.taps][offset] = rsk_convolution_tap(
          input: offset * features.channelStride, weights: offset * features.widened.rowLength)
      }
      request.forEachPair(of: task.rows) { rows in
        for y in rows {
          for offset in 0..<count {
            gradOutput.load(
              image: task.image, channel: first + offset, y: y, length: features.widened.rowLength,
              into: memory[regions.gradients, (y - rows.lowerBound) * features.channelsAtOnce + offset])
          }
        }
        sum(rows, task.rows, featureRows, channels: count, isFirst: channel == 0, memory)
      }
      channel += count
    }
    let tapCount = request.kernel * request.kernel
    for y in task.rows {
      for tap in 0..<tapCount {
        gradMasks.store(
          memory[regions.sums, (y - task.rows.lowerBound) * tapCount + tap], image: task.image,
          channel: task.group * tapCount + tap, y: y)
      }
    }
  }

  /// Adds the products of some channels to the sums of a pair of rows; the first begin them.
  private func sum(
    _ pair: Range<Int>, _ rows: Range<Int>, _ featureRows: Range<Int>, channels: Int, isFirst: Bool,
    _ memory: ScratchMemory
  ) {
    let kernel = request.kernel
    for i in 0..<kernel {
      let row = pair.lowerBound / request.scale + i - request.radius
      let first = (pair.lowerBound - rows.lowerBound) * kernel + i
      guard featureRows.contains(row) else {
        for number in 0..<pair.count {
          memset(memory[regions.sums, (first + number * kernel) * kernel], 0, kernel * regions.sums.stride)
        }
        continue
      }
      var products = rsk_convolution(
        input: features.row(row - featureRows.lowerBound, memory), input_stride: request.scale,
        weights: memory[regions.gradients], weight_stride: features.channelsAtOnce * features.widened.rowLength,
        channels: kernel, taps: memory[regions.taps], tap_count: channels,
        start: isFirst ? UnsafeRawPointer(memory[regions.start]) : nil)
      reassemble(
        &products, pair.count, gradOutput.planes.width, memory[regions.sums, first * kernel],
        features.widened.rowLength, kernel * kernel * features.widened.rowLength)
    }
  }
}
