import CShims

/// The channel with the greatest sample, for each sample of rows: target[r][x] is the first c for which the sum of weights * rows
/// of channel c is greatest, as a number of the arithmetic. NaN is greater than anything, as for NumPy and PyTorch.
///
/// Samples are summed as by verticalPass, so that they have its bits. Four rows at a time, some vectors of each before the next four:
/// what the rows share is in the nearest cache, and their comparisons do not wait for one another.
@inline(__always) func labelPass<A: PointArithmetic>(
  _ arithmetic: A.Type, _ scores: UnsafePointer<rsk_scores>, samples: Int, _ targets: UnsafePointer<rsk_target_rows>
) {
  let tile = labelledBytes / MemoryLayout<A.Scalar>.size
  let count = targets.pointee.count
  var start = 0
  while start < samples {
    let columns = start..<min(start &+ tile, samples)
    var index = 0
    while index < count {
      let taps = tapCount(scores, targets.pointee.first &+ index)
      // Rows of as many taps; the last of fewer than four is made more than once.
      var last = index
      while last &+ 1 < count && last &- index < 3 && tapCount(scores, targets.pointee.first &+ last &+ 1) == taps {
        last &+= 1
      }
      if taps == 2 {
        LabelledRows<A, TwoTaps>(scores, targets, index...last).label(columns)
      } else {
        LabelledRows<A, OneTap>(scores, targets, index...last).label(columns)
      }
      index = last &+ 1
    }
    start = columns.upperBound
  }
}

private var labelledBytes: Int { @inline(__always) get { 256 } }

private enum OneTap: TapCount { @inline(__always) static var taps: Int { 1 } }

@inline(__always) private func tapCount(_ scores: UnsafePointer<rsk_scores>, _ row: Int) -> Int32 {
  scores.pointee.taps == nil ? 1 : scores.pointee.taps.pointee.count[row]
}

/// Four rows of scores, all of one channel after the other.
private struct LabelledRows<A: PointArithmetic, T: TapCount> {
  let rows: (ScoreRow<A, T>, ScoreRow<A, T>, ScoreRow<A, T>, ScoreRow<A, T>)
  let channelStride: Int
  let channels: Int

  @inline(__always) init(
    _ scores: UnsafePointer<rsk_scores>, _ targets: UnsafePointer<rsk_target_rows>, _ indices: ClosedRange<Int>
  ) {
    let last = indices.upperBound
    @inline(__always) func row(_ index: Int) -> ScoreRow<A, T> { ScoreRow(scores, targets, min(index, last)) }
    let first = indices.lowerBound
    rows = (row(first), row(first &+ 1), row(first &+ 2), row(first &+ 3))
    (channelStride, channels) = (scores.pointee.channel_stride, scores.pointee.channels)
  }

  @inline(__always) func label(_ columns: Range<Int>) {
    var x = columns.lowerBound
    while x < columns.upperBound {
      label(at: x)
      x &+= A.width
    }
  }

  @inline(__always) private func label(at x: Int) {
    var offset = x &* MemoryLayout<A.Scalar>.size
    var a = Leader<A>(rows.0.vector(offset))
    var b = Leader<A>(rows.1.vector(offset))
    var c = Leader<A>(rows.2.vector(offset))
    var d = Leader<A>(rows.3.vector(offset))
    var label = A.zero
    var left = channels &- 1
    while left > 0 {
      offset &+= channelStride
      label = A.sum(label, A.splat(A.scalar(1)))
      a.meet(rows.0.vector(offset), label)
      b.meet(rows.1.vector(offset), label)
      c.meet(rows.2.vector(offset), label)
      d.meet(rows.3.vector(offset), label)
      left &-= 1
    }
    rows.0.put(a.label, x)
    rows.1.put(b.label, x)
    rows.2.put(c.label, x)
    rows.3.put(d.label, x)
    if hasNaN(A.sum(A.sum(a.sum, b.sum), A.sum(c.sum, d.sum))) { labelCarefully(at: x) }
  }

  @inline(__always) private func hasNaN(_ vector: A.Vector) -> Bool {
    A.truncated(A.total(A.select(vector, equalTo: vector, A.zero, A.splat(A.scalar(1))))) != 0
  }

  /// Once more, where there may be a NaN that the first greatest sample has not met.
  @inline(never) @_optimize(size) private func labelCarefully(at x: Int) {
    var row = 0
    while row < 4 {
      let scores = row == 0 ? rows.0 : row == 1 ? rows.1 : row == 2 ? rows.2 : rows.3
      scores.labelCarefully(at: x, channels: channels, stride: channelStride)
      row &+= 1
    }
  }
}

/// The greatest samples of the channels so far, and which those are.
private struct Leader<A: PointArithmetic> {
  private var greatest: A.Vector
  private(set) var label: A.Vector
  /// Of all later channels: NaN if one of them is, or if infinities cancel.
  private(set) var sum: A.Vector

  @inline(__always) init(_ samples: A.Vector) { (greatest, label, sum) = (samples, A.zero, A.zero) }

  /// No later sample is greater than NaN, nor is NaN greater than a sample.
  @inline(__always) mutating func meet(_ samples: A.Vector, _ label: A.Vector) {
    self.label = A.select(greatest, below: samples, label, self.label)
    greatest = A.select(greatest, below: samples, samples, greatest)
    sum = A.sum(sum, samples)
  }

  /// The same, but the first NaN is greater than any sample.
  @inline(__always) mutating func meetCarefully(_ samples: A.Vector, _ label: A.Vector) {
    let before = self
    meet(samples, label)
    // What of a NaN: it leads, unless another does.
    @inline(__always) func leading(_ isAhead: A.Vector, _ wasAhead: A.Vector, _ ofNumbers: A.Vector) -> A.Vector {
      A.select(
        samples, equalTo: samples, ofNumbers, A.select(before.greatest, equalTo: before.greatest, isAhead, wasAhead))
    }
    self.label = leading(label, before.label, self.label)
    greatest = leading(samples, before.greatest, greatest)
  }
}

/// What a row of scores is combined of, in every channel, and where its labels go.
private struct ScoreRow<A: PointArithmetic, T: TapCount> {
  private let near: UnsafeRawPointer
  private let far: UnsafeRawPointer
  private let nearWeight: A.Vector
  private let farWeight: A.Vector
  private let target: UnsafeMutableRawPointer

  @inline(__always) init(
    _ scores: UnsafePointer<rsk_scores>, _ targets: UnsafePointer<rsk_target_rows>, _ index: Int
  ) {
    target = targets.pointee.row(index)
    let row = targets.pointee.first &+ index
    guard let taps = scores.pointee.taps else {
      near = scores.pointee.rows.row(row)
      nearWeight = A.splat(A.scalar(1))
      (far, farWeight) = (near, nearWeight)
      return
    }
    let first = Int(taps.pointee.first[row])
    let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + row &* taps.pointee.sample_stride
    near = scores.pointee.rows.row(first)
    nearWeight = A.splat(weights[0])
    far = T.taps > 1 ? scores.pointee.rows.row(first &+ 1) : near
    farWeight = T.taps > 1 ? A.splat(weights[taps.pointee.tap_stride]) : nearWeight
  }

  @inline(__always) func vector(_ offset: Int) -> A.Vector {
    let sums = A.product(nearWeight, load(near + offset, as: A.Vector.self))
    return T.taps > 1 ? A.multiplyAdd(sums, farWeight, load(far + offset, as: A.Vector.self)) : sums
  }

  @inline(__always) func put(_ labels: A.Vector, _ x: Int) {
    store(labels, at: target + x &* MemoryLayout<A.Scalar>.size)
  }

  @inline(__always) func labelCarefully(at x: Int, channels: Int, stride: Int) {
    var offset = x &* MemoryLayout<A.Scalar>.size
    var leader = Leader<A>(vector(offset))
    var channel = 1
    while channel < channels {
      offset &+= stride
      leader.meetCarefully(vector(offset), A.splat(A.scalar(channel)))
      channel &+= 1
    }
    put(leader.label, x)
  }
}
