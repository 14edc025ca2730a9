import CShims

/// One run of conv_transpose: what its tasks share.
///
/// The output samples that are a stride apart read the same weights of neighbouring input samples: an ordinary
/// convolution for each such phase, along both axes of a slice. A task makes some rows of the output of one group: it loads
/// the rows of the input that they read, with zeros between them, for some channels at a time, and adds their products to
/// the sums. The rows of a phase are one long row for the kernel; what it computes between them is dropped.
struct ConvTransposeExecution: ~Copyable, ThreadedWork {
  let input: RowReader
  let output: RowWriter
  let depth: ConvTransposeAxis
  let height: ConvTransposeAxis
  let width: ConvTransposeAxis
  let sampleSize: Int
  let weights: PackedWeights
  let convolve: rsk_convolve
  let interleave: rsk_interleave
  /// Rows of sums are rows of the output.
  let writesInPlace: Bool
  /// Channels of the input, and of the output, of a group.
  let inputChannels: Int
  let outputChannels: Int
  /// From one loaded row of the input to the next, and from one row of sums: the samples, and enough zeros for all taps.
  let pitch: Int
  /// The zeros before the first row.
  let leftZeros: Int
  /// Channels of the input that are loaded at a time.
  let channelsAtOnce: Int
  let tasks: ConvolutionTasks
  let regions: Regions
  private let scratch: Scratch
  /// By group, by output channel: zeros where there is no bias.
  private let bias: Buffer<UInt8>

  struct Regions {
    /// Rows of the input: by channel, by slice, by row.
    var input: RowRegion
    /// By channel of the output, by phase of its height, by phase of its width, by row of the phase.
    var sums: RowRegion
    var row: RowRegion
    var taps: Region<rsk_convolution_tap>
  }

  /// Fails when there is no memory for weights and scratch, before anything is written.
  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, input: Tensor, weight: Tensor, bias: Tensor?, output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let (depth, height, width) = (
      request.axis(ofDimension: 0), request.axis(ofDimension: 1), request.axis(ofDimension: 2)
    )
    let (inputChannels, outputChannels) = (
      input.shape.channels / request.groups, output.shape.channels / request.groups
    )
    let weights = try PackedWeights(weight, groups: request.groups, .forward, format, kernels)
    let (left, right) = ConvTransposeExecution.zeros(around: width)
    // Zeros between two rows serve both.
    let pitch = max(width.input + max(left, right), width.length(ofPhase: 0))
    let mostTaps = try checkedProduct(depth.mostTaps, try checkedProduct(height.mostTaps, width.mostTaps))
    let rowBytes = try checkedProduct(pitch, size)
    let channelsAtOnce = ConvolutionTasks.channelsAtOnce(of: inputChannels, taps: mostTaps, bytesPerChannel: rowBytes)
    let sumsOfRow = try checkedProduct(weights.paddedOutputs, try checkedProduct(width.phases, rowBytes))
    let cache = ConvolutionTasks.cacheBytes
    let tasks = try ConvolutionTasks(
      output.shape, groups: request.groups, weights, sampleSize: size,
      products: Double(inputChannels) * Double(mostTaps),
      mostRows: min(cache / sumsOfRow, cache / channelsAtOnce / rowBytes * height.stride))

    let rowsOfPhase = (tasks.rowsPerTask + height.stride - 1) / height.stride
    let inputRows = height.mostRows(for: tasks.rowsPerTask)
    let vector = Int(RSK_WIDEST_VECTOR)
    let inputSamples = try checkedProduct(
      channelsAtOnce, try checkedProduct(min(depth.mostTaps, depth.input), try checkedProduct(inputRows, pitch)))
    let sums = try checkedProduct(
      try checkedProduct(tasks.paddedChannels, width.phases),
      try checkedProduct(min(height.stride, tasks.rowsPerTask), try checkedProduct(rowsOfPhase, pitch) + vector))
    var layout = ScratchLayout()
    let regions = Regions(
      // Vectors read after the last row, and before the first.
      input: try layout.reserveRows(try checkedSum(inputSamples, 2 * vector + pitch), of: size),
      sums: try layout.reserveRows(sums, of: size),
      row: try layout.reserveRows(width.output, of: size),
      taps: try layout.reserve(mostTaps, of: rsk_convolution_tap.self))
    let scratch = try Scratch(layout, threads: tasks.threads)
    let biasSize = try checkedProduct(weights.paddedOutputs, size)
    let packedBias = try ConvTransposeExecution.packed(
      bias, groups: request.groups, outputChannels, groupSize: biasSize, kernels.conversion(format.conversion))

    // Not read from self below: && makes a closure, and Swift 6.3 releases what a closure sees of a half-made self.
    let writer = RowWriter(output, format, kernels)
    self.input = RowReader(input, format, kernels)
    self.output = writer
    (self.depth, self.height, self.width) = (depth, height, width)
    sampleSize = size
    self.weights = weights
    convolve = kernels.convolve(format)
    interleave = kernels.interleave(sampleSize: size)
    writesInPlace = format.isDirect && writer.planes.hasDenseRows
    (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
    (self.pitch, leftZeros) = (pitch, left)
    self.channelsAtOnce = channelsAtOnce
    self.tasks = tasks
    self.scratch = scratch
    self.regions = regions
    self.bias = packedBias
  }

  /// The zeros that the taps of a row read before it, and after it.
  private static func zeros(around width: ConvTransposeAxis) -> (Int, Int) {
    var (left, right) = (0, 0)
    for phase in 0..<width.phases {
      let length = width.length(ofPhase: phase)
      for tap in width.taps(ofPhase: phase, length) {
        left = max(left, -tap.input)
        right = max(right, tap.input + length - width.input)
      }
    }
    return (left, right)
  }

  private static func packed(
    _ bias: Tensor?, groups: Int, _ channels: Int, groupSize: Int, _ conversion: rsk_conversion
  ) throws(ResampleError) -> Buffer<UInt8> {
    let packed = try Buffer<UInt8>(count: try checkedProduct(groups, groupSize))
    memset(packed.start, 0, packed.count)
    guard let bias else { return packed }
    for group in 0..<groups {
      let source = bias.origin + group * channels * bias.byteStride(0)
      conversion.load(source, bias.byteStride(0), channels, 1, packed.start + group * groupSize)
    }
    return packed
  }

  /// The bias of an output channel of a group and of those after it.
  func bias(ofGroup group: Int, _ channel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(bias.start + (group * weights.paddedOutputs + channel) * sampleSize)
  }

  func run() {
    weights.pack(threads: tasks.threads)
    ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads)
  }

  func run(task: Int, thread: Int) {
    withUnsafePointer(to: self) {
      ConvTransposeTask($0, tasks[task], scratch[thread]).run()
    }
  }
}
