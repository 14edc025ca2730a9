import CShims

/// One run of the gradient of carafe's masks: for each of them the products of the gradient of the output with the features
/// that it weights, summed over the channels of its group. A task makes some rows of one group.
struct CarafeMaskGradient: ~Copyable, ThreadedWork {
  private let request: CarafeRequest
  private let gradOutput: RowReader
  private let gradMasks: RowWriter
  private let widened: WidenedRows
  private let reassemble: rsk_reassemble
  private let sampleSize: Int
  private let channelsOfGroup: Int
  private let tasks: CarafeTasks
  private let rowsPerChannel: Int
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    /// By row of the output, by tap.
    var sums: RowRegion
    /// By channel, by row.
    var features: RowRegion
    var unwidened: RowRegion
    /// By channel.
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
    let channelsOfGroup = features.shape.channels / request.groups
    let channels = min(channelsOfGroup, CarafeRequest.channelsAtOnce)
    let rowsPerChannel = request.mostFeatureRows(readBy: tasks.rowsPerTask)
    var layout = ScratchLayout()
    let regions = Regions(
      sums: try layout.reserveRows(try checkedProduct(tasks.rowsPerTask, tapCount), of: sumSize),
      features: try layout.reserveRows(
        try checkedProduct(channels, rowsPerChannel), of: try checkedProduct(widened.length, size)),
      unwidened: try layout.reserveRows(1, of: widened.unwidenedSize),
      gradients: try layout.reserveRows(channels, of: sumSize),
      taps: try layout.reserve(channels, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(request.kernel, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    self.request = request
    self.gradOutput = RowReader(gradOutput, format, kernels)
    self.gradMasks = RowWriter(gradMasks, format, kernels)
    self.widened = widened
    reassemble = kernels.reassemble(format)
    sampleSize = size
    (self.channelsOfGroup, self.rowsPerChannel) = (channelsOfGroup, rowsPerChannel)
    (self.tasks, self.regions) = (tasks, regions)
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads) }

  func run(task: Int, thread: Int) {
    let (task, memory) = (tasks[task], scratch[thread])
    memset(memory[regions.start], 0, request.kernel * sampleSize)
    let featureRows = request.featureRows(readBy: task.rows)
    var channel = 0
    while channel < channelsOfGroup {
      let count = min(CarafeRequest.channelsAtOnce, channelsOfGroup - channel)
      let first = task.group * channelsOfGroup + channel
      // Channels take the place of taps, and the taps of a row of the kernel that of channels.
      for offset in 0..<count {
        widened.load(
          image: task.image, channel: first + offset, rows: featureRows, unwidened: memory[regions.unwidened],
          into: memory[regions.features, offset * rowsPerChannel])
        memory[regions.taps][offset] = rsk_convolution_tap(
          input: offset * rowsPerChannel * widened.length, weights: offset * widened.rowLength)
      }
      for y in task.rows {
        for offset in 0..<count {
          gradOutput.load(
            image: task.image, channel: first + offset, y: y, length: widened.rowLength,
            into: memory[regions.gradients, offset])
        }
        sum(y, task.rows, featureRows, channels: count, isFirst: channel == 0, memory)
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

  /// Adds the products of some channels to the sums of row y; the first begin them.
  private func sum(
    _ y: Int, _ rows: Range<Int>, _ featureRows: Range<Int>, channels: Int, isFirst: Bool, _ memory: ScratchMemory
  ) {
    let kernel = request.kernel
    for i in 0..<kernel {
      let row = y / request.scale + i - request.radius
      let sums = memory[regions.sums, ((y - rows.lowerBound) * kernel + i) * kernel]
      guard featureRows.contains(row) else {
        memset(sums, 0, kernel * regions.sums.stride)
        continue
      }
      var products = rsk_convolution(
        input: memory[regions.features, row - featureRows.lowerBound], input_stride: request.scale,
        weights: memory[regions.gradients], weight_stride: 0, channels: kernel, taps: memory[regions.taps],
        tap_count: channels, start: isFirst ? UnsafeRawPointer(memory[regions.start]) : nil)
      reassemble(&products, gradOutput.planes.width, sums, widened.rowLength)
    }
  }
}
