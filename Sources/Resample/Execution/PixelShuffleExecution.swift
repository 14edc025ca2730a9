import CShims

/// One run of pixel_shuffle or pixel_unshuffle: a row of the shuffled tensor has the samples of `factor` rows of the
/// other in turn, from as many of its channels.
struct PixelShuffleExecution {
  private let shuffled: Tensor
  private let other: Tensor
  private let factor: Int
  private let writesShuffled: Bool
  private let move: rsk_interleave
  private let grid: TaskGrid

  init(shuffled: Tensor, other: Tensor, _ factor: Int, writesShuffled: Bool, _ kernels: rsk_table) {
    self.shuffled = shuffled
    self.other = other
    self.factor = factor
    self.writesShuffled = writesShuffled
    move = kernels.interleave(sampleSize: shuffled.sampleSize)
    let shape = shuffled.shape
    var planes = 1
    for axis in 0..<shape.rank - 2 { planes *= shape[axis] }
    grid = TaskGrid(
      planes: planes, height: shape[shape.rank - 2], rowCost: 2 * shape[shape.rank - 1] * shuffled.sampleSize)
  }

  mutating func run() {
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(tasks: grid.count, threads: grid.threads, UnsafeMutableRawPointer(mutating: execution)) {
        context, _, index in
        let execution = context!.assumingMemoryBound(to: PixelShuffleExecution.self)
        execution.pointee.run(execution.pointee.grid[index])
      }
    }
  }

  private func run(_ task: Task) {
    let (channels, height, width) = (shuffled.shape.rank - 3, shuffled.shape.rank - 2, shuffled.shape.rank - 1)
    for plane in task.planes {
      let (image, channel) = (plane / shuffled.shape[channels], plane % shuffled.shape[channels])
      let shuffledPlane = shuffled.element(image, ofFirst: channels) + channel * shuffled.byteStride(channels)
      let otherImage = other.element(image, ofFirst: channels)
      for y in task.rows {
        let firstChannel = (channel * factor + y % factor) * factor
        let row = shuffledPlane + y * shuffled.byteStride(height)
        let otherRows =
          otherImage + (firstChannel * other.byteStride(channels) + y / factor * other.byteStride(height))
        let stride = shuffled.byteStride(width)
        if writesShuffled {
          move(
            otherRows, other.byteStride(width), other.byteStride(channels), row, stride * factor, stride,
            other.shape[width], factor)
        } else {
          move(
            row, stride * factor, stride, otherRows, other.byteStride(width), other.byteStride(channels),
            other.shape[width], factor)
        }
      }
    }
  }
}
