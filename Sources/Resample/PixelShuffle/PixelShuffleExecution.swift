import CShims

/// One run of pixel_shuffle or pixel_unshuffle: a row of the shuffled tensor has the samples of `factor` rows of the
/// other in turn, from as many of its channels.
struct PixelShuffleExecution: ThreadedWork {
  private let input: Tensor
  private let output: Tensor
  private let factor: Int
  private let writesShuffled: Bool
  private let move: rsk_interleave
  private let blocks: BlockGrid

  init(_ input: Tensor, _ output: Tensor, factor: Int, writesShuffled: Bool, _ kernels: rsk_table) {
    (self.input, self.output) = (input, output)
    self.factor = factor
    self.writesShuffled = writesShuffled
    move = kernels.interleave(sampleSize: input.sampleSize)
    let shape = (writesShuffled ? output : input).shape
    var planes = 1
    for axis in 0..<shape.rank - 2 { planes *= shape[axis] }
    blocks = BlockGrid(
      planes: planes, height: shape[shape.rank - 2], rowCost: 2 * shape[shape.rank - 1] * input.sampleSize)
  }

  func run() { ThreadPool.run(self, tasks: blocks.count, threads: blocks.threads) }

  func run(task: Int, thread: Int) {
    let block = blocks[task]
    let (shuffled, other) = writesShuffled ? (output, input) : (input, output)
    let (channels, height, width) = (shuffled.shape.rank - 3, shuffled.shape.rank - 2, shuffled.shape.rank - 1)
    let (stride, samples) = (shuffled.byteStride(width), other.shape[width])
    let (sampleStride, channelStride) = (other.byteStride(width), other.byteStride(channels))
    for plane in block.planes {
      let (image, channel) = plane.quotientAndRemainder(dividingBy: shuffled.shape[channels])
      let shuffledPlane = shuffled.offset(ofElement: image, ofFirst: channels) + channel * shuffled.byteStride(channels)
      let otherImage = other.offset(ofElement: image, ofFirst: channels)
      for y in block.rows {
        let row = shuffledPlane + y * shuffled.byteStride(height)
        let firstChannel = (channel * factor + y % factor) * factor
        let otherRows = otherImage + firstChannel * channelStride + y / factor * other.byteStride(height)
        if writesShuffled {
          move(
            input.origin + otherRows, sampleStride, channelStride, output.mutableOrigin + row, stride * factor, stride,
            samples, factor)
        } else {
          move(
            input.origin + row, stride * factor, stride, output.mutableOrigin + otherRows, sampleStride, channelStride,
            samples, factor)
        }
      }
    }
  }
}
