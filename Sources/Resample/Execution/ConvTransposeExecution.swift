import CShims

/// One run of conv_transpose: what its tasks share.
///
/// The output samples that are a stride apart read the same weights of neighbouring input samples: an ordinary
/// convolution for each such phase. A task makes some rows of the output of one group, all channels: it loads the rows of
/// the input that they read, with zeros around, for some channels at a time, and adds their products to the sums.
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
  /// Rows of the input have so many zeros before them, and with them and those behind so many samples.
  let leftZeros: Int
  let inputRowLength: Int
  /// The sums of a phase of a row.
  let phaseLength: Int
  /// Channels of the input that are loaded at a time.
  let channelsAtOnce: Int
  /// The rows of the input that the rows of a task may read of one slice.
  let mostInputRows: Int
  let rowsPerTask: Int
  let threads: Int
  private let workspace: ConvTransposeWorkspace
  private var memory: UnsafeMutableRawPointer?
  private var packedWeights: UnsafeMutableRawPointer?

  /// Sums of more products than this are made of several: the roundings of a long one add up.
  private static let longestSum = 256
  /// What a task's input, and its sums, may take of the cache.
  private static let cacheBytes = 256 << 10

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

    let lanes = Int(RSK_LANES)
    let phaseLength = (width.length(ofPhase: 0) + lanes - 1) / lanes * lanes
    var (first, end, mostTaps) = (0, width.input, 1)
    for phase in 0..<width.phases {
      var taps = 0
      for k in 0..<width.kernel {
        guard let sample = width.input(ofPhase: phase, k), ConvTransposeExecution.reads(sample, phase, width) else {
          continue
        }
        taps += 1
        first = min(first, sample)
        end = max(end, sample + phaseLength)
      }
      mostTaps = max(mostTaps, taps)
    }
    self.phaseLength = phaseLength
    leftZeros = -first
    inputRowLength = end - first

    let size = format.sampleSize
    let sumsOfRow = try checkedProduct(
      try checkedProduct(paddedOutputChannels, width.phases), try checkedProduct(phaseLength, size))
    // Enough tasks for all threads, and no more rows than the cache has room for.
    let slices = try checkedProduct(try checkedProduct(output.shape.batch, groups), depth.output)
    let work = Double(output.shape.byteCount(sampleSize: size) ?? .max) * Double(inputChannels) * Double(mostTaps)
    threads = max(1, min(ThreadPool.threadCount, Int(min(work / Double(512 << 10), 1024))))
    let wantedTasks = threads == 1 ? 1 : 4 * threads
    let wantedPerSlice = (wantedTasks + slices - 1) / slices
    rowsPerTask = max(
      1, min(height.output, 16, ConvTransposeExecution.cacheBytes / sumsOfRow, height.output / wantedPerSlice))
    mostInputRows = min(height.input, rowsPerTask * height.kernel)

    let rowTaps = try checkedProduct(depth.kernel, height.kernel)
    let rows = try checkedProduct(min(depth.kernel, depth.input), mostInputRows)
    let rowBytes = try checkedProduct(rows, try checkedProduct(inputRowLength, size))
    channelsAtOnce = max(
      1,
      min(
        inputChannels,
        ConvTransposeExecution.longestSum / max(1, min(rowTaps * mostTaps, ConvTransposeExecution.longestSum)),
        ConvTransposeExecution.cacheBytes / rowBytes))
    workspace = try ConvTransposeWorkspace(
      inputBytes: try checkedProduct(channelsAtOnce, rowBytes), sumBytes: try checkedProduct(rowsPerTask, sumsOfRow),
      rowBytes: try checkedProduct(width.output, size), taps: try checkedProduct(rowTaps, width.kernel),
      inputRows: height.input)
  }

  private static func roundedUp(_ outputs: Int) -> Int { outputs > 4 ? 8 : outputs > 2 ? 4 : outputs }

  /// Whether a tap reads any sample of the input for any sample of the phase.
  static func reads(_ first: Int, _ phase: Int, _ axis: ConvTransposeAxis) -> Bool {
    first < axis.input && first + axis.length(ofPhase: phase) > 0
  }

  /// Fails when there is no memory for weights and scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let taps = try checkedProduct(depth.kernel, try checkedProduct(height.kernel, width.kernel))
    let weightsOfChannel = try checkedProduct(taps, try checkedProduct(paddedOutputChannels, format.sampleSize))
    let weights = try Buffer<UInt8>(count: try checkedProduct(weightsOfChannel, input.shape.channels))
    let memory = try Buffer<UInt8>(count: try checkedProduct(threads, workspace.bytes))
    packedWeights = UnsafeMutableRawPointer(weights.start)
    self.memory = UnsafeMutableRawPointer(memory.start)
    let blocks = (outputChannels + blockLength - 1) / blockLength
    let rowBlocks = (height.output + rowsPerTask - 1) / rowsPerTask
    withUnsafePointer(to: self) { execution in
      let context = UnsafeMutableRawPointer(mutating: execution)
      ThreadPool.run(tasks: groups * blocks, threads: threads, context) { context, _, index in
        context!.assumingMemoryBound(to: ConvTransposeExecution.self).pointee.packWeights(block: index)
      }
      ThreadPool.run(
        tasks: output.shape.batch * groups * depth.output * rowBlocks, threads: threads, context
      ) { context, thread, index in
        let execution = context!.assumingMemoryBound(to: ConvTransposeExecution.self)
        var task = ConvTransposeTask(
          execution, execution.pointee.workspace.part(ofThread: thread, execution.pointee.memory!))
        task.run(index)
      }
    }
    withExtendedLifetime(weights) {}
    withExtendedLifetime(memory) {}
  }

  // MARK: Weights

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

  private func packWeights(block index: Int) {
    let blocks = (outputChannels + blockLength - 1) / blockLength
    let (group, block) = (index / blocks, index % blocks)
    let stride = weightStride(ofBlock: block)
    let outputs = min(blockLength, outputChannels - block * blockLength)
    var packed = weights(ofGroup: group, block: block)
    for channel in 0..<inputChannels {
      let source =
        weight.origin + (group * inputChannels + channel) * weight.byteStride(0)
        + block * blockLength * weight.byteStride(1)
      for kz in 0..<depth.kernel {
        for ky in 0..<height.kernel {
          for kx in 0..<width.kernel {
            let tap =
              source + kz * weight.byteStride(ofDimension: 0) + ky * weight.byteStride(ofDimension: 1)
              + kx * weight.byteStride(ofDimension: 2)
            conversion.load(tap, weight.byteStride(1), outputs, 1, packed)
            memset(packed + outputs * format.sampleSize, 0, (stride - outputs) * format.sampleSize)
            packed += stride * format.sampleSize
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
  private let slots: Int
  let bytes: Int

  init(inputBytes: Int, sumBytes: Int, rowBytes: Int, taps tapCount: Int, inputRows: Int) throws(ResampleError) {
    var layout = WorkspaceLayout()
    input = try layout.reserve(1, of: inputBytes)
    sums = try layout.reserve(1, of: sumBytes)
    row = try layout.reserve(1, of: rowBytes)
    taps = try layout.reserve(tapCount, of: MemoryLayout<rsk_convolution_tap>.stride)
    slots = try layout.reserve(inputRows, of: MemoryLayout<Int32>.size)
    bytes = layout.bytes
  }

  struct Part {
    /// Rows of the input, by channel, by slice, by row.
    let input: UnsafeMutableRawPointer
    /// By row of the output, by channel, by phase.
    let sums: UnsafeMutableRawPointer
    let row: UnsafeMutableRawPointer
    let taps: UnsafeMutablePointer<rsk_convolution_tap>
    /// Where each row of the input is among those that are loaded, or -1.
    let slots: UnsafeMutablePointer<Int32>
  }

  func part(ofThread thread: Int, _ memory: UnsafeMutableRawPointer) -> Part {
    let memory = memory + thread * bytes
    return Part(
      input: memory + input, sums: memory + sums, row: memory + row,
      taps: (memory + taps).assumingMemoryBound(to: rsk_convolution_tap.self),
      slots: (memory + slots).assumingMemoryBound(to: Int32.self))
  }
}
