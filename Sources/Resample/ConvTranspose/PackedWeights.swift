import CShims

/// The weights of a convolution as its kernel takes them: by group, by block of output channels, by tap, by input channel,
/// by output channel of the block. The taps of a phase are some of all: by input channel first, lines of the cache would be
/// read for a part of them.
struct PackedWeights: ~Copyable, ThreadedWork {
  /// Which of the first two axes of conv_transpose's weight are the channels of a group that are summed, and which are made.
  enum Direction {
    case forward
    case inputGradient
  }

  private let weight: Tensor
  private let groups: Int
  /// Channels of a group; from the weights of one to those of the next, in bytes.
  private let inputs: Int
  private let inputStride: Int
  let outputs: Int
  private let outputStride: Int
  /// The output channels of one call of the kernel.
  let blockLength: Int
  /// The output channels of a group, rounded up as the kernel does.
  let paddedOutputs: Int
  let taps: Int
  /// The input channels of a tap that there is room for: taps are not a power of two apart, where they would drive each other
  /// from the cache.
  private let paddedInputs: Int
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let interleave: rsk_interleave
  private let packed: Buffer<UInt8>

  /// Fails when there is no memory for them.
  init(
    _ weight: Tensor, groups: Int, _ direction: Direction, _ format: SumFormat, _ kernels: rsk_table
  ) throws(ResampleError) {
    // The groups divide the first axis.
    let (first, second) = (weight.shape[0] / groups, weight.shape[1])
    let isForward = direction == .forward
    let (inputs, outputs) = isForward ? (first, second) : (second, first)
    let blockLength = kernels.convolutions.most_outputs
    let lastBlock = (outputs - 1) % blockLength + 1
    let paddedOutputs = outputs - lastBlock + PackedWeights.roundedUp(lastBlock)
    var taps = 1
    for axis in 2..<weight.shape.rank { taps = try checkedProduct(taps, weight.shape[axis]) }
    let paddedInputs = inputs % 16 == 0 ? inputs + 4 : inputs
    let packed = try Buffer<UInt8>(
      count: try checkedProduct(
        try checkedProduct(taps, try checkedProduct(paddedOutputs, format.sampleSize)),
        try checkedProduct(paddedInputs, groups)))
    self.weight = weight
    self.groups = groups
    (self.inputs, self.outputs) = (inputs, outputs)
    inputStride = weight.byteStride(isForward ? 0 : 1)
    outputStride = weight.byteStride(isForward ? 1 : 0)
    (self.blockLength, self.paddedOutputs, self.taps) = (blockLength, paddedOutputs, taps)
    self.paddedInputs = paddedInputs
    self.format = format
    conversion = kernels.conversion(format.conversion)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    self.packed = packed
  }

  private static func roundedUp(_ outputs: Int) -> Int { outputs > 4 ? 8 : outputs }

  var blocksOfGroup: Int { (outputs + blockLength - 1) / blockLength }

  /// From one weight of a block to the next: its output channels, rounded up.
  func stride(ofBlock block: Int) -> Int { min(blockLength, paddedOutputs - block * blockLength) }

  /// From one tap of a block to the next.
  func tapStride(ofBlock block: Int) -> Int { paddedInputs * stride(ofBlock: block) }

  /// The weights of a block of output channels of a group, from an input channel on.
  func weights(ofGroup group: Int, block: Int, input: Int = 0) -> UnsafeMutableRawPointer {
    let blockStart = (group * paddedOutputs + block * blockLength) * paddedInputs * taps
    return UnsafeMutableRawPointer(packed.start) + (blockStart + input * stride(ofBlock: block)) * format.sampleSize
  }

  func pack(threads: Int) { ThreadPool.run(self, tasks: groups * blocksOfGroup, threads: threads) }

  /// Packs one of all blocks.
  func run(task: Int, thread: Int) {
    let (group, block) = task.quotientAndRemainder(dividingBy: blocksOfGroup)
    let stride = stride(ofBlock: block)
    let channels = min(blockLength, outputs - block * blockLength)
    let size = format.sampleSize
    let tapBytes = tapStride(ofBlock: block) * size
    let isDense = format.isDirect && hasDenseKernels
    if channels < stride { memset(weights(ofGroup: group, block: block), 0, taps * tapBytes) }
    let first = weight.origin + group * (weight.shape[0] / groups) * weight.byteStride(0)
    for input in 0..<inputs {
      let source = first + input * inputStride + block * blockLength * outputStride
      let target = weights(ofGroup: group, block: block, input: input)
      if isDense {
        interleave(source, size, outputStride, target, tapBytes, size, taps, channels)
        continue
      }
      for tap in 0..<taps {
        conversion.load(source + offset(ofTap: tap), outputStride, channels, 1, target + tap * tapBytes)
      }
    }
  }

  /// Whether the weights of the taps of a channel are contiguous.
  private var hasDenseKernels: Bool {
    var reach = format.sampleSize
    for axis in (2..<weight.shape.rank).reversed() {
      if weight.shape[axis] > 1 && weight.byteStride(axis) != reach { return false }
      reach *= weight.shape[axis]
    }
    return true
  }

  private func offset(ofTap tap: Int) -> Int {
    var (offset, rest) = (0, tap)
    for axis in (2..<weight.shape.rank).reversed() {
      offset += rest % weight.shape[axis] * weight.byteStride(axis)
      rest /= weight.shape[axis]
    }
    return offset
  }
}

extension rsk_table {
  /// The kernel that sums products of rows of a format.
  func convolve(_ format: SumFormat) -> rsk_convolve {
    switch format.conversion {
    case Int(RSK_FLOAT64): convolutions.float64!
    case Int(RSK_INT64): convolutions.int64!
    default: convolutions.float32!
    }
  }
}
