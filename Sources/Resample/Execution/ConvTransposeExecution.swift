import CShims

/// One run of conv_transpose: what its tasks share.
///
/// The output samples that are a stride apart read the same weights of neighbouring input samples: an ordinary
/// convolution for each such phase, along both axes of a slice. A task makes some rows of the output of one group, all
/// channels: it loads the rows of the input that they read, one behind the other with zeros between, for some channels at a
/// time, and adds their products to the sums. The rows of a phase are one long row for the kernel; what it computes between
/// them is dropped.
struct ConvTransposeExecution {
  let input: Tensor
  let bias: Tensor?
  let output: Tensor
  let depth: ConvTransposeAxis
  let height: ConvTransposeAxis
  let width: ConvTransposeAxis
  let groups: Int
  let format: SumFormat
  let weights: ConvolutionWeights
  let convolve: rsk_convolve
  let conversion: rsk_conversion
  let interleave: rsk_interleave
  /// Channels of the input, and of the output, of a group.
  let inputChannels: Int
  let outputChannels: Int
  /// From one loaded row of the input to the next, and from one row of sums: the samples and zeros enough for all taps,
  /// which begin `leftZeros` before the samples.
  let pitch: Int
  let leftZeros: Int
  /// Channels of the input that are loaded at a time. The number of threads has no part in it: it shows in the sums.
  let channelsAtOnce: Int
  let rowsPerTask: Int
  /// Output channels of a task: all of the group, but for small images on several threads; a multiple of the weights' `blockLength`.
  let channelsPerTask: Int
  let threads: Int
  private let workspace: ConvTransposeWorkspace
  private var memory: UnsafeMutableRawPointer?
  private(set) var packedWeights: UnsafeMutableRawPointer?
  private var packedBias: UnsafeMutableRawPointer?

  /// Sums of more products than this are made of several: the roundings of a long one add up.
  static let longestSum = 256
  /// What a task's input, and its sums, may take of the cache.
  static let cacheBytes = 256 << 10
  static let mostRowsPerTask = 16

  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, _ input: Tensor, _ weight: Tensor, _ bias: Tensor?,
    _ output: Tensor, _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.input, self.bias, self.output) = (input, bias, output)
    self.format = format
    depth = request.axis(ofDimension: 0)
    height = request.axis(ofDimension: 1)
    width = request.axis(ofDimension: 2)
    groups = request.groups
    convolve = kernels.convolve(format)
    conversion = kernels.conversion(format.conversion)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    inputChannels = input.shape.channels / groups
    outputChannels = output.shape.channels / groups
    weights = try ConvolutionWeights(
      weight, groups: groups, inputs: inputChannels, inputStride: weight.byteStride(0), outputs: outputChannels,
      outputStride: weight.byteStride(1), format, kernels)

    var (left, right) = (0, 0)
    for phase in 0..<width.phases {
      let length = width.length(ofPhase: phase)
      for tap in width.taps(ofPhase: phase, length) {
        left = max(left, -tap.input)
        right = max(right, tap.input + length - width.input)
      }
    }
    leftZeros = left
    // Zeros between two rows serve both.
    pitch = max(width.input + max(left, right), width.length(ofPhase: 0))

    let size = format.sampleSize
    let mostTaps = try checkedProduct(depth.mostTaps, try checkedProduct(height.mostTaps, width.mostTaps))
    let rowBytes = try checkedProduct(pitch, size)
    channelsAtOnce = max(
      1,
      min(
        inputChannels,
        ConvTransposeExecution.longestSum / min(mostTaps, ConvTransposeExecution.longestSum),
        ConvTransposeExecution.cacheBytes / rowBytes))

    // No more rows than the cache has room for, and enough tasks for all threads: of fewer channels, or else fewer rows.
    let slices = try checkedProduct(try checkedProduct(output.shape.batch, groups), depth.output)
    let work = Double(output.shape.byteCount(sampleSize: size) ?? .max) * Double(inputChannels) * Double(mostTaps)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    let sumsOfRow = try checkedProduct(weights.paddedOutputs, try checkedProduct(width.phases, rowBytes))
    let mostRows = max(
      1,
      min(
        height.output, ConvTransposeExecution.mostRowsPerTask, ConvTransposeExecution.cacheBytes / sumsOfRow,
        ConvTransposeExecution.cacheBytes / channelsAtOnce / rowBytes * height.stride))
    let largestTasks = try checkedProduct(slices, (height.output + mostRows - 1) / mostRows)
    let divisions = threads == 1 ? 1 : (4 * threads + largestTasks - 1) / largestTasks
    let blocks = (outputChannels + weights.blockLength - 1) / weights.blockLength
    let blocksPerTask = (blocks + divisions - 1) / divisions
    channelsPerTask = min(outputChannels, blocksPerTask * weights.blockLength)
    let parts = (blocks + blocksPerTask - 1) / blocksPerTask
    rowsPerTask = max(1, mostRows * parts / divisions)

    let rowsOfPhase = (rowsPerTask + height.stride - 1) / height.stride
    let mostInputRows = height.mostRows(for: rowsPerTask)
    let lanes = Int(RSK_LANES)
    let inputSamples = try checkedProduct(
      channelsAtOnce, try checkedProduct(min(depth.mostTaps, depth.input), try checkedProduct(mostInputRows, pitch)))
    let sums = try checkedProduct(
      try checkedProduct(min(weights.paddedOutputs, blocksPerTask * weights.blockLength), width.phases),
      try checkedProduct(min(height.stride, rowsPerTask), try checkedProduct(rowsOfPhase, pitch) + lanes))
    workspace = try ConvTransposeWorkspace(
      // Vectors read behind the last row, and before the first.
      inputBytes: try checkedProduct(try checkedSum(inputSamples, 2 * lanes + pitch), size),
      sumBytes: try checkedProduct(sums, size),
      rowBytes: try checkedProduct(width.output, size), taps: mostTaps)
  }

  /// Fails when there is no memory for weights and scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let packed = try Buffer<UInt8>(count: weights.bytes)
    let bias = try Buffer<UInt8>(
      count: try checkedProduct(groups, try checkedProduct(weights.paddedOutputs, format.sampleSize)))
    let memory = try Buffer<UInt8>(count: try checkedProduct(threads, workspace.bytes))
    packedWeights = UnsafeMutableRawPointer(packed.start)
    packedBias = UnsafeMutableRawPointer(bias.start)
    self.memory = UnsafeMutableRawPointer(memory.start)
    packBias()
    let tasksOfSlice =
      ((height.output + rowsPerTask - 1) / rowsPerTask) * ((outputChannels + channelsPerTask - 1) / channelsPerTask)
    withUnsafePointer(to: self) { execution in
      let context = UnsafeMutableRawPointer(mutating: execution)
      ThreadPool.run(tasks: weights.blocks, threads: threads, context) { context, _, index in
        let execution = context!.assumingMemoryBound(to: ConvTransposeExecution.self)
        execution.pointee.weights.pack(block: index, execution.pointee.packedWeights!)
      }
      ThreadPool.run(
        tasks: output.shape.batch * groups * depth.output * tasksOfSlice, threads: threads, context
      ) { context, thread, index in
        let execution = context!.assumingMemoryBound(to: ConvTransposeExecution.self)
        var task = ConvTransposeTask(
          execution, execution.pointee.workspace.part(ofThread: thread, execution.pointee.memory!))
        task.run(index)
      }
    }
    withExtendedLifetime(packed) {}
    withExtendedLifetime(bias) {}
    withExtendedLifetime(memory) {}
  }

  // MARK: Bias

  /// The bias of an output channel of a group and of those behind it, as the kernel computes; zeros where there is none.
  func bias(ofGroup group: Int, _ channel: Int) -> UnsafeMutableRawPointer {
    packedBias! + (group * weights.paddedOutputs + channel) * format.sampleSize
  }

  private func packBias() {
    memset(packedBias!, 0, groups * weights.paddedOutputs * format.sampleSize)
    guard let bias else { return }
    for group in 0..<groups {
      let source = bias.origin + group * outputChannels * bias.byteStride(0)
      conversion.load(source, bias.byteStride(0), outputChannels, 1, self.bias(ofGroup: group, 0))
    }
  }
}

/// The scratch memory of one thread.
struct ConvTransposeWorkspace {
  private let input: Int
  private let sums: Int
  private let row: Int
  private let taps: Int
  let bytes: Int

  init(inputBytes: Int, sumBytes: Int, rowBytes: Int, taps tapCount: Int) throws(ResampleError) {
    var layout = WorkspaceLayout()
    input = try layout.reserve(1, of: inputBytes)
    sums = try layout.reserve(1, of: sumBytes)
    row = try layout.reserve(1, of: rowBytes)
    taps = try layout.reserve(tapCount, of: MemoryLayout<rsk_convolution_tap>.stride)
    bytes = layout.bytes
  }

  struct Part {
    /// Rows of the input, by channel, by slice, by row.
    let input: UnsafeMutableRawPointer
    /// By channel of the output, by phase of its height, by phase of its width, by row of the phase.
    let sums: UnsafeMutableRawPointer
    let row: UnsafeMutableRawPointer
    let taps: UnsafeMutablePointer<rsk_convolution_tap>
  }

  func part(ofThread thread: Int, _ memory: UnsafeMutableRawPointer) -> Part {
    let memory = memory + thread * bytes
    return Part(
      input: memory + input, sums: memory + sums, row: memory + row,
      taps: (memory + taps).assumingMemoryBound(to: rsk_convolution_tap.self))
  }
}
