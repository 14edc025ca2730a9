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
  let weight: Tensor
  let bias: Tensor?
  let output: Tensor
  let depth: ConvTransposeAxis
  let height: ConvTransposeAxis
  let width: ConvTransposeAxis
  let groups: Int
  let format: SumFormat
  let convolve: rsk_convolve
  let conversion: rsk_conversion
  let interleave: rsk_interleave
  /// Channels of the input, and of the output, of a group.
  let inputChannels: Int
  let outputChannels: Int
  /// The output channels of one call of the kernel, and what they are in all, rounded up as it does.
  let blockLength: Int
  let paddedOutputChannels: Int
  /// From one loaded row of the input to the next, and from one row of sums: the samples and zeros enough for all taps,
  /// which begin `leftZeros` before the samples.
  let pitch: Int
  let leftZeros: Int
  /// Channels of the input that are loaded at a time. The number of threads has no part in it: it shows in the sums.
  let channelsAtOnce: Int
  let rowsPerTask: Int
  /// Output channels of a task: all of the group, but for small images on several threads; a multiple of `blockLength`.
  let channelsPerTask: Int
  let threads: Int
  private let workspace: ConvTransposeWorkspace
  private var memory: UnsafeMutableRawPointer?
  private var packedWeights: UnsafeMutableRawPointer?
  private var packedBias: UnsafeMutableRawPointer?

  /// Sums of more products than this are made of several: the roundings of a long one add up.
  private static let longestSum = 256
  /// What a task's input, and its sums, may take of the cache.
  private static let cacheBytes = 256 << 10
  private static let mostRowsPerTask = 16

  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, _ input: Tensor, _ weight: Tensor, _ bias: Tensor?,
    _ output: Tensor, _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.input, self.weight, self.bias, self.output) = (input, weight, bias, output)
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
    blockLength = kernels.convolutions.most_outputs
    let lastBlock = (outputChannels - 1) % blockLength + 1
    paddedOutputChannels = outputChannels - lastBlock + ConvTransposeExecution.roundedUp(lastBlock)

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
    threads = max(1, min(ThreadPool.threadCount, Int(min(work / Double(512 << 10), 1024))))
    let sumsOfRow = try checkedProduct(paddedOutputChannels, try checkedProduct(width.phases, rowBytes))
    let mostRows = max(
      1,
      min(
        height.output, ConvTransposeExecution.mostRowsPerTask, ConvTransposeExecution.cacheBytes / sumsOfRow,
        ConvTransposeExecution.cacheBytes / channelsAtOnce / rowBytes * height.stride))
    let largestTasks = try checkedProduct(slices, (height.output + mostRows - 1) / mostRows)
    let divisions = threads == 1 ? 1 : (4 * threads + largestTasks - 1) / largestTasks
    let blocks = (outputChannels + blockLength - 1) / blockLength
    let blocksPerTask = (blocks + divisions - 1) / divisions
    channelsPerTask = min(outputChannels, blocksPerTask * blockLength)
    let parts = (blocks + blocksPerTask - 1) / blocksPerTask
    rowsPerTask = max(1, mostRows * parts / divisions)

    let rowsOfPhase = (rowsPerTask + height.stride - 1) / height.stride
    let mostInputRows = height.mostRows(for: rowsPerTask)
    let lanes = Int(RSK_LANES)
    let inputSamples = try checkedProduct(
      channelsAtOnce, try checkedProduct(min(depth.mostTaps, depth.input), try checkedProduct(mostInputRows, pitch)))
    let sums = try checkedProduct(
      try checkedProduct(min(paddedOutputChannels, blocksPerTask * blockLength), width.phases),
      try checkedProduct(min(height.stride, rowsPerTask), try checkedProduct(rowsOfPhase, pitch) + lanes))
    workspace = try ConvTransposeWorkspace(
      // Vectors read behind the last row, and before the first.
      inputBytes: try checkedProduct(inputSamples + 2 * lanes + pitch, size), sumBytes: try checkedProduct(sums, size),
      rowBytes: try checkedProduct(width.output, size), taps: mostTaps)
  }

  private static func roundedUp(_ outputs: Int) -> Int { outputs > 4 ? 8 : outputs > 2 ? 4 : outputs }

  /// Fails when there is no memory for weights and scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let taps = try checkedProduct(depth.kernel, try checkedProduct(height.kernel, width.kernel))
    let weightsOfChannel = try checkedProduct(taps, try checkedProduct(paddedOutputChannels, format.sampleSize))
    let weights = try Buffer<UInt8>(count: try checkedProduct(weightsOfChannel, input.shape.channels))
    let bias = try Buffer<UInt8>(
      count: try checkedProduct(groups, try checkedProduct(paddedOutputChannels, format.sampleSize)))
    let memory = try Buffer<UInt8>(count: try checkedProduct(threads, workspace.bytes))
    packedWeights = UnsafeMutableRawPointer(weights.start)
    packedBias = UnsafeMutableRawPointer(bias.start)
    self.memory = UnsafeMutableRawPointer(memory.start)
    packBias()
    let blocks = (outputChannels + blockLength - 1) / blockLength
    let tasksOfSlice =
      ((height.output + rowsPerTask - 1) / rowsPerTask) * ((outputChannels + channelsPerTask - 1) / channelsPerTask)
    withUnsafePointer(to: self) { execution in
      let context = UnsafeMutableRawPointer(mutating: execution)
      ThreadPool.run(tasks: groups * blocks, threads: threads, context) { context, _, index in
        context!.assumingMemoryBound(to: ConvTransposeExecution.self).pointee.packWeights(block: index)
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
    withExtendedLifetime(weights) {}
    withExtendedLifetime(bias) {}
    withExtendedLifetime(memory) {}
  }

  // MARK: Bias and weights

  /// The bias of an output channel of a group and of those behind it, as the kernel computes; zeros where there is none.
  func bias(ofGroup group: Int, _ channel: Int) -> UnsafeMutableRawPointer {
    packedBias! + (group * paddedOutputChannels + channel) * format.sampleSize
  }

  private func packBias() {
    memset(packedBias!, 0, groups * paddedOutputChannels * format.sampleSize)
    guard let bias else { return }
    for group in 0..<groups {
      let source = bias.origin + group * outputChannels * bias.byteStride(0)
      conversion.load(source, bias.byteStride(0), outputChannels, 1, self.bias(ofGroup: group, 0))
    }
  }

  /// From one weight of a block to the next: its output channels, rounded up.
  func weightStride(ofBlock block: Int) -> Int {
    min(blockLength, paddedOutputChannels - block * blockLength)
  }

  /// The weights of a block of output channels: by input channel, by tap, by output channel.
  func weights(ofGroup group: Int, block: Int) -> UnsafeMutableRawPointer {
    let taps = depth.kernel * height.kernel * width.kernel
    let before = group * inputChannels * taps * paddedOutputChannels + inputChannels * taps * block * blockLength
    return packedWeights! + before * format.sampleSize
  }

  /// The weights of two channels lie one behind the other.
  private var hasDenseKernels: Bool {
    let size = format.sampleSize
    return (width.kernel == 1 || weight.byteStride(ofDimension: 2) == size)
      && (height.kernel == 1 || weight.byteStride(ofDimension: 1) == width.kernel * size)
      && (depth.kernel == 1 || weight.byteStride(ofDimension: 0) == height.kernel * width.kernel * size)
  }

  private func packWeights(block index: Int) {
    let blocks = (outputChannels + blockLength - 1) / blockLength
    let (group, block) = (index / blocks, index % blocks)
    let stride = weightStride(ofBlock: block)
    let outputs = min(blockLength, outputChannels - block * blockLength)
    var packed = weights(ofGroup: group, block: block)
    let size = format.sampleSize
    let taps = depth.kernel * height.kernel * width.kernel
    let isDense = format.isDirect && hasDenseKernels
    if outputs < stride { memset(packed, 0, inputChannels * taps * stride * size) }
    for channel in 0..<inputChannels {
      let source =
        weight.origin + (group * inputChannels + channel) * weight.byteStride(0)
        + block * blockLength * weight.byteStride(1)
      if isDense {
        interleave(source, size, weight.byteStride(1), packed, stride * size, size, taps, outputs)
        packed += taps * stride * size
        continue
      }
      for kz in 0..<depth.kernel {
        for ky in 0..<height.kernel {
          for kx in 0..<width.kernel {
            let tap =
              source + kz * weight.byteStride(ofDimension: 0) + ky * weight.byteStride(ofDimension: 1)
              + kx * weight.byteStride(ofDimension: 2)
            conversion.load(tap, weight.byteStride(1), outputs, 1, packed)
            packed += stride * size
          }
        }
      }
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
