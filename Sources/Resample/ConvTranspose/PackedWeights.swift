import CShims

/// The weights of a convolution as its kernel takes them: by group, by block of output channels, by phase, by input channel,
/// by tap of the phase, by output channel of the block. Those of a run of the kernel are contiguous.
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
  /// Depth, height and width.
  private let axes: InlineArray<3, ConvTransposeAxis>
  private let direction: Direction
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let interleave: rsk_interleave
  private let packed: Buffer<UInt8>

  /// Fails when there is no memory for them.
  init(
    _ weight: Tensor, of request: ConvTransposeRequest, _ direction: Direction, _ format: SumFormat,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let groups = request.groups
    // The groups divide the first axis.
    let (first, second) = (weight.shape[0] / groups, weight.shape[1])
    let isForward = direction == .forward
    let (inputs, outputs) = isForward ? (first, second) : (second, first)
    let blockLength = kernels.convolutions.most_outputs
    let lastBlock = (outputs - 1) % blockLength + 1
    let paddedOutputs = outputs - lastBlock + PackedWeights.roundedUp(lastBlock)
    var taps = 1
    for axis in 2..<weight.shape.rank { taps = try checkedProduct(taps, weight.shape[axis]) }
    let packed = try Buffer<UInt8>(
      count: try checkedProduct(
        try checkedProduct(taps, try checkedProduct(paddedOutputs, format.sampleSize)),
        try checkedProduct(inputs, groups)))
    self.weight = weight
    self.groups = groups
    (self.inputs, self.outputs) = (inputs, outputs)
    inputStride = weight.byteStride(isForward ? 0 : 1)
    outputStride = weight.byteStride(isForward ? 1 : 0)
    (self.blockLength, self.paddedOutputs, self.taps) = (blockLength, paddedOutputs, taps)
    axes = [request.axis(ofDimension: 0), request.axis(ofDimension: 1), request.axis(ofDimension: 2)]
    self.direction = direction
    self.format = format
    conversion = kernels.conversion(format.conversion)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    self.packed = packed
  }

  private static func roundedUp(_ outputs: Int) -> Int { outputs > 4 ? 8 : outputs > 2 ? 4 : outputs }

  var blocksOfGroup: Int { (outputs + blockLength - 1) / blockLength }

  /// From one weight of a block to the next: its output channels, rounded up.
  func stride(ofBlock block: Int) -> Int { min(blockLength, paddedOutputs - block * blockLength) }

  /// From a block to the next, in samples.
  var blockStride: Int { blockLength * inputs * taps }

  /// The weights of a block of output channels of a group.
  func weights(ofGroup group: Int, block: Int) -> UnsafeMutableRawPointer {
    let before = group * paddedOutputs * inputs * taps + block * blockStride
    return UnsafeMutableRawPointer(packed.start) + before * format.sampleSize
  }

  /// Where the weights of a tap are among those of a block, in weights of one output: that of the first input channel,
  /// and from one channel to the next.
  struct Place {
    let first: Int
    let channelStride: Int
  }

  func place(ofTap z: Int, _ y: Int, _ x: Int) -> Place {
    guard direction == .forward else {
      return Place(first: (z * axes[1].kernel + y) * axes[2].kernel + x, channelStride: taps)
    }
    let (z, y, x) = (axes[0].packedTap(z), axes[1].packedTap(y), axes[2].packedTap(x))
    let before =
      (z.before * axes[1].kernel + z.count * y.before) * axes[2].kernel + z.count * y.count * x.before
    return Place(
      first: before * inputs + (z.place * y.count + y.place) * x.count + x.place,
      channelStride: z.count * y.count * x.count)
  }

  func pack(threads: Int) { ThreadPool.run(self, tasks: groups * blocksOfGroup, threads: threads) }

  /// Packs one of all blocks.
  func run(task: Int, thread: Int) {
    let (group, block) = task.quotientAndRemainder(dividingBy: blocksOfGroup)
    let stride = stride(ofBlock: block) * format.sampleSize
    let channels = min(blockLength, outputs - block * blockLength)
    let target = weights(ofGroup: group, block: block)
    if channels * format.sampleSize < stride { memset(target, 0, inputs * taps * stride) }
    let first =
      weight.origin + group * (weight.shape[0] / groups) * weight.byteStride(0) + block * blockLength * outputStride
    // A few input channels at a time: all weights of a cache line while it is near.
    let inputsAtOnce = 8
    for input in Swift.stride(from: 0, to: inputs, by: inputsAtOnce) {
      let count = min(inputsAtOnce, inputs - input)
      for z in 0..<axes[0].kernel {
        for y in 0..<axes[1].kernel {
          for x in 0..<axes[2].kernel {
            let place = place(ofTap: z, y, x)
            pack(
              first + input * inputStride + offset(ofTap: z, y, x), inputs: count, outputs: channels,
              into: target + (place.first + input * place.channelStride) * stride,
              inputStride: place.channelStride * stride)
          }
        }
      }
    }
  }

  /// Packs the weights of a tap, those of some channels.
  private func pack(
    _ source: UnsafeRawPointer, inputs: Int, outputs: Int, into target: UnsafeMutableRawPointer,
    inputStride targetStride: Int
  ) {
    guard !format.isDirect else {
      return interleave(source, inputStride, outputStride, target, targetStride, format.sampleSize, inputs, outputs)
    }
    for input in 0..<inputs {
      conversion.load(source + input * inputStride, outputStride, outputs, 1, target + input * targetStride)
    }
  }

  private func offset(ofTap z: Int, _ y: Int, _ x: Int) -> Int {
    let (spatial, rank) = (weight.shape.rank - 2, weight.shape.rank)
    var offset = x * weight.byteStride(rank - 1)
    if spatial > 1 { offset += y * weight.byteStride(rank - 2) }
    if spatial > 2 { offset += z * weight.byteStride(rank - 3) }
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

extension UnsafeMutablePointer<rsk_tap> {
  /// Repeats the first `count` taps for all of `channels` channels, and returns how many there are then.
  func repeatTaps(_ count: Int, channels: Int, inputStride: Int, weightStride: Int) -> Int {
    for tap in count..<max(count, count * channels) {
      let before = self[tap - count]
      self[tap] = rsk_tap(input: before.input + inputStride, weights: before.weights + weightStride)
    }
    return count * channels
  }
}
