import CShims

/// The weights of a convolution as the kernel takes them: by group, by block of output channels, by input channel, by tap,
/// by output channel of the block.
struct ConvolutionWeights {
  let weight: Tensor
  let groups: Int
  /// Channels of a group; from the weights of one to those of the next, in bytes.
  private let inputs: Int
  private let inputStride: Int
  private let outputs: Int
  private let outputStride: Int
  /// The output channels of one call of the kernel, and what those of a group are in all, rounded up as it does.
  let blockLength: Int
  let paddedOutputs: Int
  let taps: Int
  let bytes: Int
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let interleave: rsk_interleave

  /// `weight` is that of conv_transpose; which of its first two axes are inputs, the strides say.
  init(
    _ weight: Tensor, groups: Int, inputs: Int, inputStride: Int, outputs: Int, outputStride: Int, _ format: SumFormat,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    self.weight = weight
    self.groups = groups
    (self.inputs, self.inputStride) = (inputs, inputStride)
    (self.outputs, self.outputStride) = (outputs, outputStride)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    blockLength = kernels.convolutions.most_outputs
    let lastBlock = (outputs - 1) % blockLength + 1
    paddedOutputs = outputs - lastBlock + ConvolutionWeights.roundedUp(lastBlock)
    var taps = 1
    for axis in 2..<weight.shape.rank { taps = try checkedProduct(taps, weight.shape[axis]) }
    self.taps = taps
    bytes = try checkedProduct(
      try checkedProduct(taps, try checkedProduct(paddedOutputs, format.sampleSize)), try checkedProduct(inputs, groups)
    )
  }

  private static func roundedUp(_ outputs: Int) -> Int { outputs > 4 ? 8 : outputs > 2 ? 4 : outputs }

  private var blocksOfGroup: Int { (outputs + blockLength - 1) / blockLength }
  var blocks: Int { groups * blocksOfGroup }

  /// From one weight of a block to the next: its output channels, rounded up.
  func stride(ofBlock block: Int) -> Int { min(blockLength, paddedOutputs - block * blockLength) }

  /// Where the weights of a block of output channels begin among the packed ones.
  func offset(ofGroup group: Int, block: Int) -> Int {
    (group * paddedOutputs + block * blockLength) * inputs * taps * format.sampleSize
  }

  /// The weights of the taps of a channel lie one behind the other.
  private var hasDenseKernels: Bool {
    var reach = format.sampleSize
    for axis in (2..<weight.shape.rank).reversed() {
      if weight.shape[axis] > 1 && weight.byteStride(axis) != reach { return false }
      reach *= weight.shape[axis]
    }
    return true
  }

  /// Packs the `index`-th of all blocks.
  func pack(block index: Int, _ memory: UnsafeMutableRawPointer) {
    let (group, block) = (index / blocksOfGroup, index % blocksOfGroup)
    let stride = stride(ofBlock: block)
    let channels = min(blockLength, outputs - block * blockLength)
    var packed = memory + offset(ofGroup: group, block: block)
    let size = format.sampleSize
    let isDense = format.isDirect && hasDenseKernels
    if channels < stride { memset(packed, 0, inputs * taps * stride * size) }
    // The groups divide the first axis.
    let first = weight.origin + group * (weight.shape[0] / groups) * weight.byteStride(0)
    for input in 0..<inputs {
      let source = first + input * inputStride + block * blockLength * outputStride
      if isDense {
        interleave(source, size, outputStride, packed, stride * size, size, taps, channels)
        packed += taps * stride * size
        continue
      }
      for tap in 0..<taps {
        var (offset, rest) = (0, tap)
        for axis in (2..<weight.shape.rank).reversed() {
          offset += rest % weight.shape[axis] * weight.byteStride(axis)
          rest /= weight.shape[axis]
        }
        conversion.load(source + offset, outputStride, channels, 1, packed)
        packed += stride * size
      }
    }
  }
}
