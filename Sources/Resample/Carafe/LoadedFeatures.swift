/// The widened rows of features that a task reads, of some channels of its group at a time: the scratch memory for them.
struct LoadedFeatures {
  let widened: WidenedRows
  let channelsOfGroup: Int
  /// The channels that are loaded at a time, because they all read the same masks.
  let channelsAtOnce: Int
  /// Rows of a channel that a task reads.
  private let rowsPerChannel: Int
  /// By channel, by row.
  private let rows: RowRegion
  private let unwidened: RowRegion

  init(
    _ widened: WidenedRows, _ request: CarafeRequest, rowsPerTask: Int, sampleSize: Int,
    in layout: inout ScratchLayout
  ) throws(ResampleError) {
    self.widened = widened
    channelsOfGroup = request.featuresShape.channels / request.groups
    channelsAtOnce = min(channelsOfGroup, CarafeRequest.channelsAtOnce)
    rowsPerChannel = request.mostFeatureRows(readBy: rowsPerTask)
    rows = try layout.reserveRows(
      try checkedProduct(channelsAtOnce, rowsPerChannel), of: try checkedProduct(widened.length, sampleSize))
    unwidened = try layout.reserveRows(1, of: widened.unwidenedSize)
  }

  /// From one channel to the next, in samples.
  var channelStride: Int { rowsPerChannel * widened.length }

  /// Loads some rows of `count` channels from `first` on.
  func load(image: Int, first: Int, count: Int, rows featureRows: Range<Int>, _ memory: ScratchMemory) {
    for offset in 0..<count {
      widened.load(
        image: image, channel: first + offset, rows: featureRows, unwidened: memory[unwidened],
        into: memory[rows, offset * rowsPerChannel])
    }
  }

  /// The `index`-th row of the first channel that is loaded.
  func row(_ index: Int, _ memory: ScratchMemory) -> UnsafeMutableRawPointer { memory[rows, index] }
}
