/// The lengths of a tensor's axes, at most eight.
package struct Shape: Equatable {
  package static let maximumRank = 8
  /// Indices of samples on a spatial axis are 32 bits wide; sums of several lengths are an Int.
  package static let longestAxis = min(Int(Int32.max), addressSpace)

  package let rank: Int
  private var lengths = InlineArray<8, Int>(repeating: 1)

  package init(rank: Int) {
    precondition(rank >= 0 && rank <= Shape.maximumRank)
    self.rank = rank
  }

  package subscript(axis: Int) -> Int {
    get { lengths[axis] }
    set { lengths[axis] = newValue }
  }

  package static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for axis in 0..<a.rank where a[axis] != b[axis] { return false }
    return true
  }

  package var isEmpty: Bool {
    for axis in 0..<rank where lengths[axis] == 0 { return true }
    return false
  }

  package var hasNegativeLength: Bool {
    for axis in 0..<rank where lengths[axis] < 0 { return true }
    return false
  }

  /// More bytes than any process can address: refusing them at once spares the work of finding out. Where an Int has 32 bits,
  /// a quarter of what it can count, so that sums of several sizes are one as well.
  static let addressSpace = Int.bitWidth == 64 ? 1 << 47 : 1 << 29

  /// The bytes of a contiguous tensor of this shape, or nil where no process has that many. An empty tensor counts
  /// without its axes of length 0, so that strides, too, are in range.
  package func byteCount(sampleSize: Int) -> Int? {
    var bytes = sampleSize
    for axis in 0..<rank where lengths[axis] != 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: lengths[axis])
      guard !overflow, product <= Shape.addressSpace else { return nil }
      bytes = product
    }
    return bytes
  }

  /// How many spatial axes there are, after batch and channels.
  package var spatialRank: Int { rank - 2 }
  package var batch: Int { lengths[0] }
  package var channels: Int { lengths[1] }

  /// The axis that is depth (0), height (1) or width (2), or nil where the tensor has none.
  package func axis(ofDimension dimension: Int) -> Int? {
    let axis = rank - 3 + dimension
    return axis >= 2 ? axis : nil
  }

  /// Depth (0), height (1) or width (2); 1 where the tensor has no such axis.
  package func length(ofDimension dimension: Int) -> Int {
    if let axis = axis(ofDimension: dimension) { lengths[axis] } else { 1 }
  }
}
