/// The channel with the greatest sample, for each of `samples` samples: labels[x] is the first c for which sample x of the row c *
/// channelStride bytes further on is greatest, as a number. Four vectors at a time, so that no comparison waits for the one
/// before it.
///
/// false where labels may be others: a channel after the first has a NaN, infinities cancel, or there are no four vectors.
@inline(__always) func labelPass<A: PointArithmetic>(
  _ arithmetic: A.Type, _ scores: UnsafeRawPointer, channelStride: Int, channels: Int, samples: Int,
  _ labels: UnsafeMutableRawPointer
) -> Bool {
  let size = MemoryLayout<A.Vector>.size
  let last = samples &* MemoryLayout<A.Scalar>.size &- 4 &* size
  if last < 0 { return false }
  var start = 0
  var sums = A.zero
  while true {
    @inline(__always) func leader(_ index: Int) -> Leader<A> {
      Leader(load(scores + (start &+ index &* size), as: A.Vector.self))
    }
    var (a, b, c, d) = (leader(0), leader(1), leader(2), leader(3))
    var (row, label, left) = (scores + start, A.zero, channels &- 1)
    while left > 0 {
      row += channelStride
      label = A.sum(label, A.splat(A.scalar(1)))
      a.meet(load(row, as: A.Vector.self), label)
      b.meet(load(row + size, as: A.Vector.self), label)
      c.meet(load(row + 2 &* size, as: A.Vector.self), label)
      d.meet(load(row + 3 &* size, as: A.Vector.self), label)
      left &-= 1
    }
    store(a.label, at: labels + start)
    store(b.label, at: labels + (start &+ size))
    store(c.label, at: labels + (start &+ 2 &* size))
    store(d.label, at: labels + (start &+ 3 &* size))
    sums = A.sum(sums, A.sum(A.sum(a.sum, b.sum), A.sum(c.sum, d.sum)))
    if start == last { break }
    // The last vectors overlap those before.
    start = min(start &+ 4 &* size, last)
  }
  return A.truncated(A.total(A.select(sums, equalTo: sums, A.zero, A.splat(A.scalar(1))))) == 0
}

/// The greatest samples of the channels so far, and which those are.
private struct Leader<A: PointArithmetic> {
  private var greatest: A.Vector
  private(set) var label: A.Vector
  /// Of the other channels: NaN where one of them is, or where infinities cancel.
  private(set) var sum: A.Vector

  @inline(__always) init(_ samples: A.Vector) { (greatest, label, sum) = (samples, A.zero, A.zero) }

  /// A NaN of the first channel stays, as nothing is greater.
  @inline(__always) mutating func meet(_ samples: A.Vector, _ channel: A.Vector) {
    label = A.select(greatest, below: samples, channel, label)
    greatest = A.select(greatest, below: samples, samples, greatest)
    sum = A.sum(sum, samples)
  }
}
