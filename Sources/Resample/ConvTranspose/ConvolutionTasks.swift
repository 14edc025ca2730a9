/// The division of a convolution into tasks: some rows of a slice of what is made, of some channels of a group.
struct ConvolutionTasks {
  let threads: Int
  let rowsPerTask: Int
  /// The channels of a task: all of the group, unless the images are small and the threads many; a multiple of the weights'
  /// `blockLength`. And the most that the kernel makes for one, because it rounds them up.
  let channelsPerTask: Int
  let paddedChannels: Int
  let count: Int
  private let groups: Int
  private let depth: Int
  private let height: Int
  private let channels: Int
  private let rowBlocks: Int
  private let channelBlocks: Int

  struct Task {
    let image: Int
    let group: Int
    let z: Int
    let rows: Range<Int>
    let channels: Range<Int>
  }

  /// The sums of more products than this are made of several: the roundings of a long sum add up.
  static let longestSum = 256
  /// What the input of a task, and its sums, may take of the cache.
  static let cacheBytes = 256 << 10
  private static let mostRowsPerTask = 16

  /// `output` has the channels of all groups; `mostRows` are those that the cache has room for.
  init(
    _ output: Shape, groups: Int, _ weights: borrowing PackedWeights, sampleSize: Int, products: Double, mostRows: Int
  ) throws(ResampleError) {
    self.groups = groups
    (depth, height) = (output.length(ofDimension: 0), output.length(ofDimension: 1))
    channels = weights.outputs
    threads = ThreadPool.threads(
      for: Double(output.byteCount(sampleSize: sampleSize) ?? .max) * products,
      worthAThread: ThreadPool.productsWorthAThread)
    // Enough tasks for all threads: of fewer channels, or else of fewer rows.
    let slices = try checkedProduct(try checkedProduct(output.batch, groups), depth)
    let mostRows = max(1, min(height, ConvolutionTasks.mostRowsPerTask, mostRows))
    let largestTasks = try checkedProduct(slices, (height + mostRows - 1) / mostRows)
    let divisions = threads == 1 ? 1 : (4 * threads + largestTasks - 1) / largestTasks
    let blocksPerTask = (weights.blocksOfGroup + divisions - 1) / divisions
    channelsPerTask = min(channels, blocksPerTask * weights.blockLength)
    paddedChannels = min(weights.paddedOutputs, blocksPerTask * weights.blockLength)
    channelBlocks = (weights.blocksOfGroup + blocksPerTask - 1) / blocksPerTask
    rowsPerTask = max(1, mostRows * channelBlocks / divisions)
    rowBlocks = (height + rowsPerTask - 1) / rowsPerTask
    count = slices * channelBlocks * rowBlocks
  }

  /// The channels of the other side that are loaded at a time. The number of threads has no part in it: it shows in the sums.
  static func channelsAtOnce(of channels: Int, taps: Int, bytesPerChannel: Int) -> Int {
    max(1, min(channels, longestSum / min(taps, longestSum), cacheBytes / bytesPerChannel))
  }

  subscript(index: Int) -> Task {
    let rowBlock = index % rowBlocks
    var rest = index / rowBlocks
    let channelBlock = rest % channelBlocks
    rest /= channelBlocks
    let z = rest % depth
    rest /= depth
    let (row, channel) = (rowBlock * rowsPerTask, channelBlock * channelsPerTask)
    return Task(
      image: rest / groups, group: rest % groups, z: z, rows: row..<min(row + rowsPerTask, height),
      channels: channel..<min(channel + channelsPerTask, channels))
  }
}
