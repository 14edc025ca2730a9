import CShims

/// The division of carafe, or of one of its gradients, into tasks: some rows of one group of channels of an image.
struct CarafeTasks {
  let threads: Int
  let rowsPerTask: Int
  private let groups: Int
  private let height: Int
  /// The tasks of a group of an image.
  private let blocks: Int
  let count: Int

  struct Task {
    let image: Int
    let group: Int
    let rows: Range<Int>
  }

  /// At most `mostRows` of `height` rows a task, and enough tasks for all threads.
  init(_ request: CarafeRequest, height: Int, sampleSize: Int, mostRows: Int) {
    let output = request.outputShape
    let work =
      Double(output.byteCount(sampleSize: sampleSize) ?? .max) * Double(request.kernel) * Double(request.kernel)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    let slices = output.batch * request.groups
    let wanted = threads == 1 ? 1 : (4 * threads + slices - 1) / max(slices, 1)
    rowsPerTask = max(1, min(mostRows, height, (height + wanted - 1) / wanted))
    groups = request.groups
    self.height = height
    blocks = (height + rowsPerTask - 1) / rowsPerTask
    count = slices * blocks
  }

  subscript(index: Int) -> Task {
    let (slice, block) = index.quotientAndRemainder(dividingBy: blocks)
    let first = block * rowsPerTask
    return Task(image: slice / groups, group: slice % groups, rows: first..<min(first + rowsPerTask, height))
  }
}

extension CarafeRequest {
  var radius: Int { (kernel - 1) / 2 }

  /// The channels of a group that are in the cache at a time, because they all read the same masks.
  static let channelsAtOnce = 32

  /// The rows of the features that some rows of the output read.
  func featureRows(readBy rows: Range<Int>) -> Range<Int> {
    let first = max(0, rows.lowerBound / scale - radius)
    return first..<max(first, min(featuresShape[2], (rows.upperBound - 1) / scale + radius + 1))
  }

  /// The most of them.
  func mostFeatureRows(readBy rows: Int) -> Int { min(featuresShape[2], rows / scale + 2 + kernel - 1) }

  /// Rows of the output two by two, where they read the same rows of the features; others alone.
  func forEachPair(of rows: Range<Int>, _ body: (Range<Int>) -> Void) {
    var y = rows.lowerBound
    while y < rows.upperBound {
      let end = min(y + 2, (y / scale + 1) * scale, rows.upperBound)
      body(y..<end)
      y = end
    }
  }

  /// Rows of the output whose masks, or sums of masks, of that many bytes a row, stay in the cache: whole rows of features.
  func rowsInCache(bytesPerRow: Int) -> Int { max(1, (256 << 10) / max(bytesPerRow, 1) / scale) * scale }
}

extension rsk_table {
  /// The kernel that sums products of rows, each sample with a weight of its own.
  func reassemble(_ format: SumFormat) -> rsk_reassemble {
    format.sampleSize == 8 ? reassemblies.float64! : reassemblies.float32!
  }
}
