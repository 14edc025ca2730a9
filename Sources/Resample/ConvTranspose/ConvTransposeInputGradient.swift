import CShims

/// One run of the gradient of conv_transpose's input: the gradient of the output, convolved with strides.
///
/// A task makes some rows of some channels of a group. The rows that they meet are loaded by phase, some channels at a time;
/// then every tap is one of an ordinary convolution, of all rows as one long row, as in ConvTransposeExecution.
struct ConvTransposeInputGradient: ~Copyable, ThreadedWork {
  private let gradInput: RowWriter
  private let height: ConvTransposeAxis
  private let width: ConvTransposeAxis
  private let sampleSize: Int
  private let weights: PackedWeights
  private let rows: GradientRows
  private let convolve: rsk_convolve
  private let inputChannels: Int
  private let outputChannels: Int
  /// Channels of the output that are loaded at a time.
  private let channelsAtOnce: Int
  private let tasks: ConvolutionTasks
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    var gradients: RowRegion
    var sums: RowRegion
    var taps: Region<rsk_convolution_tap>
    var start: RowRegion
  }

  /// Fails when there is no memory for weights and scratch.
  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, gradOutput: Tensor, weight: Tensor, gradInput: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let (height, width) = (request.axis(ofDimension: 1), request.axis(ofDimension: 2))
    let outputChannels = gradOutput.shape.channels / request.groups
    let weights = try PackedWeights(weight, groups: request.groups, .inputGradient, format, kernels)
    let rows = try GradientRows(gradOutput, request, format, kernels, hasZeros: true)
    let rowBytes = try checkedProduct(rows.pitch, size)
    let phaseBytes = try checkedProduct(try checkedProduct(height.phasesRead, width.phasesRead), rowBytes)
    let channelsAtOnce = ConvolutionTasks.channelsAtOnce(
      of: outputChannels, taps: weights.taps, bytesPerChannel: phaseBytes)
    let cache = ConvolutionTasks.cacheBytes
    let tasks = try ConvolutionTasks(
      gradInput.shape, groups: request.groups, weights, sampleSize: size,
      products: Double(outputChannels) * Double(weights.taps),
      mostRows: min(
        cache / (try checkedProduct(weights.paddedOutputs, rowBytes)), cache / channelsAtOnce / phaseBytes))
    let sums = try checkedProduct(
      tasks.paddedChannels, try checkedProduct(tasks.rowsPerTask, rows.pitch) + Int(RSK_WIDEST_VECTOR))
    var layout = ScratchLayout()
    let regions = Regions(
      gradients: try rows.reserve(channels: channelsAtOnce, rows: tasks.rowsPerTask, in: &layout),
      sums: try layout.reserveRows(sums, of: size),
      taps: try layout.reserve(weights.taps, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(weights.blockLength, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    for thread in 0..<tasks.threads { memset(scratch[thread][regions.start], 0, weights.blockLength * size) }

    self.gradInput = RowWriter(gradInput, format, kernels)
    (self.height, self.width) = (height, width)
    sampleSize = size
    self.weights = weights
    self.rows = rows
    convolve = kernels.convolve(format)
    inputChannels = gradInput.shape.channels / request.groups
    self.outputChannels = outputChannels
    self.channelsAtOnce = channelsAtOnce
    self.tasks = tasks
    self.scratch = scratch
    self.regions = regions
  }

  func run() {
    weights.pack(threads: tasks.threads)
    ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads)
  }

  func run(task: Int, thread: Int) {
    let (task, memory) = (tasks[task], scratch[thread])
    let sumStride = ((task.rows.count - 1) * rows.pitch + width.input).roundedUpToVector
    let first = task.group * outputChannels
    var channel = 0
    repeat {
      let loaded = channel..<min(channel + channelsAtOnce, outputChannels)
      rows.load(
        task.rows, z: task.z, image: task.image, channels: first + loaded.lowerBound..<first + loaded.upperBound,
        into: memory[regions.gradients])
      addProducts(task, loaded, sumStride: sumStride, memory)
      channel = loaded.upperBound
    } while channel < outputChannels
    for channel in task.channels {
      for y in task.rows {
        let sums = (channel - task.channels.lowerBound) * sumStride + (y - task.rows.lowerBound) * rows.pitch
        gradInput.store(
          memory[regions.sums, sums], image: task.image, channel: task.group * inputChannels + channel, z: task.z, y: y)
      }
    }
  }

  /// Adds the products of some channels of the output to the sums of the task.
  private func addProducts(
    _ task: ConvolutionTasks.Task, _ loaded: Range<Int>, sumStride: Int, _ memory: ScratchMemory
  ) {
    let tapCount = findTaps(task, memory)
    let isFirst = loaded.lowerBound == 0
    guard isFirst || tapCount > 0 else { return }
    let taps = memory[regions.taps]
    let samples = (task.rows.count - 1) * rows.pitch + width.input
    var tapStride = 1
    var first = task.channels.lowerBound
    while first < task.channels.upperBound {
      let block = first / weights.blockLength
      // The taps of a narrower block are closer.
      let stride = weights.tapStride(ofBlock: block)
      for tap in 0..<tapCount { taps[tap].weights = taps[tap].weights / tapStride * stride }
      tapStride = stride
      var convolution = rsk_convolution(
        input: memory[regions.gradients],
        input_stride: rows.channelStride(of: task.z, rows: task.rows.count),
        weights: weights.weights(ofGroup: task.group, block: block, input: loaded.lowerBound),
        weight_stride: weights.stride(ofBlock: block), channels: loaded.count, taps: taps, tap_count: tapCount,
        start: isFirst ? UnsafeRawPointer(memory[regions.start]) : nil)
      convolve(
        &convolution, min(weights.blockLength, task.channels.upperBound - first), samples,
        memory[regions.sums, (first - task.channels.lowerBound) * sumStride], sumStride)
      first += weights.blockLength
    }
  }

  /// Writes the taps of the task, and returns how many there are. Also those that meet none of its rows: where a weight is
  /// infinite, tasks must not show.
  private func findTaps(_ task: ConvolutionTasks.Task, _ memory: ScratchMemory) -> Int {
    let taps = memory[regions.taps]
    var count = 0
    rows.forEachSlice(of: task.z) { tapOfDepth, slot in
      for ky in height.meetingTaps {
        guard let y = height.gradientTap(ky) else { continue }
        for kx in width.meetingTaps {
          guard let x = width.gradientTap(kx) else { continue }
          taps[count] = rsk_convolution_tap(
            input: rows.offset(slot: slot, y, x, row: task.rows.lowerBound, task.rows),
            weights: (tapOfDepth.k * height.kernel + ky) * width.kernel + kx)
          count += 1
        }
      }
    }
    return count
  }
}
