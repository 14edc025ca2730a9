import CShims

/// One run of carafe. A task makes some rows of the output of one group.
///
/// Rows of the features are widened. A few channels at a time, because they all read the same masks.
struct CarafeExecution: ~Copyable, ThreadedWork {
  private let request: CarafeRequest
  private let masks: RowReader
  private let output: RowWriter
  private let widened: WidenedRows
  private let reassemble: rsk_reassemble
  private let sampleSize: Int
  private let channelsOfGroup: Int
  private let tasks: CarafeTasks
  /// Rows of the features that a task reads.
  private let rowsPerChannel: Int
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    /// By row of the output, by tap.
    var masks: RowRegion
    /// By channel, by row.
    var features: RowRegion
    var unwidened: RowRegion
    /// By channel.
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
    let channelsOfGroup = features.shape.channels / request.groups
    let channels = min(channelsOfGroup, CarafeRequest.channelsAtOnce)
    let rowsPerChannel = request.mostFeatureRows(readBy: tasks.rowsPerTask)
    var layout = ScratchLayout()
    let regions = Regions(
      masks: try layout.reserveRows(try checkedProduct(tasks.rowsPerTask, tapCount), of: maskSize),
      features: try layout.reserveRows(
        try checkedProduct(channels, rowsPerChannel), of: try checkedProduct(widened.length, size)),
      unwidened: try layout.reserveRows(1, of: widened.unwidenedSize),
      sums: try layout.reserveRows(channels, of: maskSize),
      taps: try layout.reserve(tapCount, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(channels, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    self.request = request
    self.masks = RowReader(masks, format, kernels)
    self.output = RowWriter(output, format, kernels)
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
    loadMasks(task, memory)
    memset(memory[regions.start], 0, min(channelsOfGroup, CarafeRequest.channelsAtOnce) * sampleSize)
    let featureRows = request.featureRows(readBy: task.rows)
    var channel = 0
    while channel < channelsOfGroup {
      let count = min(CarafeRequest.channelsAtOnce, channelsOfGroup - channel)
      let first = task.group * channelsOfGroup + channel
      for offset in 0..<count {
        widened.load(
          image: task.image, channel: first + offset, rows: featureRows, unwidened: memory[regions.unwidened],
          into: memory[regions.features, offset * rowsPerChannel])
      }
      for y in task.rows {
        sum(y, task.rows, featureRows, channels: count, memory)
        for offset in 0..<count {
          output.store(memory[regions.sums, offset], image: task.image, channel: first + offset, y: y)
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
          image: task.image, channel: task.group * tapCount + tap, y: y, length: widened.rowLength,
          into: memory[regions.masks, (y - task.rows.lowerBound) * tapCount + tap])
      }
    }
  }

  /// Row y of some channels.
  private func sum(
    _ y: Int, _ rows: Range<Int>, _ featureRows: Range<Int>, channels: Int, _ memory: ScratchMemory
  ) {
    let (kernel, taps) = (request.kernel, memory[regions.taps])
    var tapCount = 0
    for i in 0..<kernel {
      let row = y / request.scale + i - request.radius
      guard featureRows.contains(row) else { continue }
      for j in 0..<kernel {
        taps[tapCount] = rsk_convolution_tap(
          input: (row - featureRows.lowerBound) * widened.length + j * request.scale,
          weights: (((y - rows.lowerBound) * kernel + i) * kernel + j) * widened.rowLength)
        tapCount += 1
      }
    }
    var reassembly = rsk_convolution(
      input: memory[regions.features], input_stride: rowsPerChannel * widened.length, weights: memory[regions.masks],
      weight_stride: 0, channels: channels, taps: taps, tap_count: tapCount, start: memory[regions.start])
    reassemble(&reassembly, output.planes.width, memory[regions.sums], widened.rowLength)
  }
}
