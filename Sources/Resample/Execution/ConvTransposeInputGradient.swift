import CShims

/// One run of the gradient of conv_transpose's input: the gradient of the output, convolved with strides.
///
/// A task makes some rows of some channels of a group. The rows that they meet are loaded apart by phase, some channels at a
/// time; then every tap is one of an ordinary convolution, of all rows as one long row, as in ConvTransposeExecution.
struct ConvTransposeInputGradient {
  private let gradInput: Tensor
  private let depth: ConvTransposeAxis
  private let height: ConvTransposeAxis
  private let width: ConvTransposeAxis
  private let groups: Int
  private let format: SumFormat
  private let weights: ConvolutionWeights
  private let rows: GradientRows
  private let convolve: rsk_convolve
  private let conversion: rsk_conversion
  private let inputChannels: Int
  private let outputChannels: Int
  /// Channels of the output that are loaded at a time: no matter of the number of threads.
  private let channelsAtOnce: Int
  private let rowsPerTask: Int
  private let channelsPerTask: Int
  private let threads: Int
  private let loadedOffset: Int
  private let sumOffset: Int
  private let tapOffset: Int
  private let startOffset: Int
  private let threadBytes: Int
  private let weightBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var packedWeights: UnsafeMutableRawPointer?
  private var memory: UnsafeMutableRawPointer?

  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, _ gradOutput: Tensor, _ weight: Tensor, _ gradInput: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    self.gradInput = gradInput
    self.format = format
    depth = request.axis(ofDimension: 0)
    height = request.axis(ofDimension: 1)
    width = request.axis(ofDimension: 2)
    groups = request.groups
    inputChannels = gradInput.shape.channels / groups
    outputChannels = gradOutput.shape.channels / groups
    weights = try ConvolutionWeights(
      weight, groups: groups, inputs: outputChannels, inputStride: weight.byteStride(1), outputs: inputChannels,
      outputStride: weight.byteStride(0), format, kernels)
    rows = try GradientRows(gradOutput, request, format, kernels, hasZeros: true)
    convolve = kernels.convolve(format)
    conversion = kernels.conversion(format.conversion)

    let size = format.sampleSize
    let rowBytes = try checkedProduct(rows.pitch, size)
    let phaseBytes = try checkedProduct(try checkedProduct(height.phasesRead, width.phasesRead), rowBytes)
    channelsAtOnce = max(
      1,
      min(
        outputChannels, ConvTransposeExecution.longestSum / min(weights.taps, ConvTransposeExecution.longestSum),
        ConvTransposeExecution.cacheBytes / phaseBytes))
    let slices = gradInput.shape.batch * groups * depth.input
    let work = Double(gradInput.shape.byteCount(sampleSize: size) ?? .max) * Double(outputChannels * weights.taps)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    let sumsOfRow = try checkedProduct(weights.paddedOutputs, rowBytes)
    let mostRows = max(
      1,
      min(
        height.input, ConvTransposeExecution.mostRowsPerTask, ConvTransposeExecution.cacheBytes / sumsOfRow,
        ConvTransposeExecution.cacheBytes / channelsAtOnce / phaseBytes))
    let largestTasks = try checkedProduct(slices, (height.input + mostRows - 1) / mostRows)
    let divisions = threads == 1 ? 1 : (4 * threads + largestTasks - 1) / largestTasks
    let blocks = (inputChannels + weights.blockLength - 1) / weights.blockLength
    let blocksPerTask = (blocks + divisions - 1) / divisions
    channelsPerTask = min(inputChannels, blocksPerTask * weights.blockLength)
    let parts = (blocks + blocksPerTask - 1) / blocksPerTask
    rowsPerTask = max(1, mostRows * parts / divisions)

    let lanes = Int(RSK_LANES)
    let sums = try checkedProduct(
      min(weights.paddedOutputs, blocksPerTask * weights.blockLength),
      try checkedProduct(rowsPerTask, rows.pitch) + lanes)
    var layout = WorkspaceLayout()
    loadedOffset = try layout.reserve(1, of: try rows.size(channels: channelsAtOnce, rows: rowsPerTask))
    sumOffset = try layout.reserve(sums, of: size)
    tapOffset = try layout.reserve(weights.taps, of: MemoryLayout<rsk_convolution_tap>.stride)
    startOffset = try layout.reserve(weights.blockLength, of: size)
    threadBytes = layout.bytes
    weightBytes = (weights.bytes + Workspace.cacheLine - 1) & -Workspace.cacheLine
    let (bytes, overflow) = try checkedProduct(threads, threadBytes).addingReportingOverflow(weightBytes)
    guard !overflow else { throw .outOfMemory(bytes: .max) }
    self.bytes = bytes
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    packedWeights = memory
    self.memory = memory + weightBytes
    let parts = (inputChannels + channelsPerTask - 1) / channelsPerTask
    let rowBlocks = (height.input + rowsPerTask - 1) / rowsPerTask
    withUnsafePointer(to: self) { execution in
      let context = UnsafeMutableRawPointer(mutating: execution)
      ThreadPool.run(tasks: weights.blocks, threads: threads, context) { context, _, index in
        let execution = context!.assumingMemoryBound(to: ConvTransposeInputGradient.self)
        execution.pointee.weights.pack(block: index, execution.pointee.packedWeights!)
      }
      ThreadPool.run(
        tasks: gradInput.shape.batch * groups * depth.input * parts * rowBlocks, threads: threads, context
      ) { context, thread, index in
        context!.assumingMemoryBound(to: ConvTransposeInputGradient.self).pointee.run(index, thread)
      }
    }
  }

  private func run(_ index: Int, _ thread: Int) {
    let rowBlocks = (height.input + rowsPerTask - 1) / rowsPerTask
    let parts = (inputChannels + channelsPerTask - 1) / channelsPerTask
    var rest = index
    let firstRow = rest % rowBlocks * rowsPerTask
    rest /= rowBlocks
    let firstChannel = rest % parts * channelsPerTask
    rest /= parts
    let z = rest % depth.input
    rest /= depth.input
    let (image, group) = (rest / groups, rest % groups)
    let taskRows = firstRow..<min(firstRow + rowsPerTask, height.input)
    let channels = firstChannel..<min(firstChannel + channelsPerTask, inputChannels)
    let scratch = memory! + thread * threadBytes
    memset(scratch + startOffset, 0, weights.blockLength * format.sampleSize)

    let samples = (taskRows.count - 1) * rows.pitch + width.input
    let sumStride = (samples + Int(RSK_LANES) - 1) & -Int(RSK_LANES)
    var channel = 0
    repeat {
      let loaded = channel..<min(channel + channelsAtOnce, outputChannels)
      let first = group * outputChannels
      rows.load(image, first + loaded.lowerBound..<first + loaded.upperBound, z, taskRows, scratch + loadedOffset)
      addProducts(group, loaded, z, taskRows, channels, samples, sumStride, scratch)
      channel = loaded.upperBound
    } while channel < outputChannels

    for output in channels {
      for y in taskRows {
        let row =
          gradInput.origin + image * gradInput.byteStride(0) + (group * inputChannels + output)
          * gradInput.byteStride(1)
          + z * gradInput.byteStride(ofDimension: 0) + y * gradInput.byteStride(ofDimension: 1)
        let sums = (output - channels.lowerBound) * sumStride + (y - taskRows.lowerBound) * rows.pitch
        conversion.store(
          scratch + sumOffset + sums * format.sampleSize, width.input, 1, -.infinity, .infinity, row,
          gradInput.byteStride(ofDimension: 2))
      }
    }
  }

  /// Adds the products of some channels of the output to the sums of some of the input.
  private func addProducts(
    _ group: Int, _ loaded: Range<Int>, _ z: Int, _ taskRows: Range<Int>, _ channels: Range<Int>, _ samples: Int,
    _ sumStride: Int, _ scratch: UnsafeMutableRawPointer
  ) {
    let taps = (scratch + tapOffset).assumingMemoryBound(to: rsk_convolution_tap.self)
    var tapCount = 0
    rows.forEachSlice(of: z) { tapOfDepth, slot in
      // Also those that meet none of these rows: where a weight is infinite, tasks must not show.
      for ky in height.meetingTaps {
        guard let y = height.gradientTap(ky) else { continue }
        for kx in width.meetingTaps {
          guard let x = width.gradientTap(kx) else { continue }
          taps[tapCount] = rsk_convolution_tap(
            input: rows.offset(slot: slot, y, x, row: taskRows.lowerBound, taskRows),
            weights: (tapOfDepth.k * height.kernel + ky) * width.kernel + kx)
          tapCount += 1
        }
      }
    }
    let isFirst = loaded.lowerBound == 0
    guard isFirst || tapCount > 0 else { return }
    let size = format.sampleSize
    var weightStride = 1
    var first = channels.lowerBound
    while first < channels.upperBound {
      let block = first / weights.blockLength
      let stride = weights.stride(ofBlock: block)
      // Weights of a tap lie as far apart as the block is wide.
      for tap in 0..<tapCount { taps[tap].weights = taps[tap].weights / weightStride * stride }
      weightStride = stride
      var convolution = rsk_convolution(
        input: scratch + loadedOffset,
        input_stride: rows.channelStride(slices: rows.sliceCount(of: z), rows: taskRows.count),
        weights: packedWeights! + weights.offset(ofGroup: group, block: block)
          + loaded.lowerBound * weights.taps * stride * size,
        weight_stride: weights.taps * stride, channels: loaded.count, taps: taps, tap_count: tapCount,
        start: isFirst ? UnsafeRawPointer(scratch + startOffset) : nil)
      convolve(
        &convolution, min(weights.blockLength, channels.upperBound - first), samples,
        scratch + sumOffset + (first - channels.lowerBound) * sumStride * size, sumStride)
      first += weights.blockLength
    }
  }
}
