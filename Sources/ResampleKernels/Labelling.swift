import CShims

/// The channel with the greatest score, for each sample of rows: the first of equal ones, or the first that is NaN, as NumPy and
/// PyTorch have it. Scores are summed as by verticalPass, so that they have its bits.
///
/// Four rows at a time, some samples of them before the next four: what rows share is in the nearest cache then, and no
/// comparison waits for the one before it.
@inline(__always) func labelPass<A: PointArithmetic>(
  _ arithmetic: A.Type, _ scores: UnsafePointer<rsk_scores>, samples: Int, _ targets: UnsafePointer<rsk_target_rows>
) {
  let count = targets.pointee.count
  let tile = 256 / MemoryLayout<A.Scalar>.size
  var start = 0
  while start < samples {
    let columns = start..<min(start &+ tile, samples)
    var index = 0
    while index < count {
      let row = ScoreRow<A>(scores, targets, index)
      if A.hasAllLoops {
        // After the last row comes that row again.
        let rows = LabelledRows(
          a: row, b: ScoreRow(scores, targets, min(index &+ 1, count &- 1)),
          c: ScoreRow(scores, targets, min(index &+ 2, count &- 1)),
          d: ScoreRow(scores, targets, min(index &+ 3, count &- 1)), scores: scores)
        let taps = row.taps
        if rows.b.taps == taps && rows.c.taps == taps && rows.d.taps == taps {
          if taps == 1 { rows.label(OneTap.self, columns) } else { rows.label(TwoTaps.self, columns) }
          index &+= 4
          continue
        }
      }
      row.labelCarefully(columns, scores)
      index &+= 1
    }
    start = columns.upperBound
  }
}

private enum OneTap: TapCount { @inline(__always) static var taps: Int { 1 } }

/// What a row of scores is combined of, in the first channel, and where its labels go.
private struct ScoreRow<A: PointArithmetic> {
  let taps: Int32
  private let near: UnsafeRawPointer
  private let far: UnsafeRawPointer
  private let nearWeight: A.Scalar
  private let farWeight: A.Scalar
  private let target: UnsafeMutableRawPointer

  @inline(never) @_optimize(size) init(
    _ scores: UnsafePointer<rsk_scores>, _ targets: UnsafePointer<rsk_target_rows>, _ index: Int
  ) {
    target = targets.pointee.row(index)
    let row = targets.pointee.first &+ index
    guard let table = scores.pointee.taps else {
      near = scores.pointee.rows.row(row)
      nearWeight = A.scalar(1)
      (taps, far, farWeight) = (1, near, nearWeight)
      return
    }
    let first = Int(table.pointee.first[row])
    let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + row &* table.pointee.sample_stride
    taps = table.pointee.count[row]
    near = scores.pointee.rows.row(first)
    nearWeight = weights[0]
    far = scores.pointee.rows.row(first &+ 1)
    farWeight = taps > 1 ? weights[table.pointee.tap_stride] : nearWeight
  }

  /// What a loop keeps in registers.
  @inline(__always) func combined<T: TapCount>(_ taps: T.Type) -> CombinedScores<A, T> {
    CombinedScores(near: near, far: far, nearWeight: A.splat(nearWeight), farWeight: A.splat(farWeight))
  }

  @inline(__always) func put(_ labels: A.Vector, _ offset: Int) { store(labels, at: target + offset) }

  /// The first NaN is greater than any number.
  @inline(never) @_optimize(size) func labelCarefully(_ columns: Range<Int>, _ scores: UnsafePointer<rsk_scores>) {
    var start = columns.lowerBound &* MemoryLayout<A.Scalar>.size
    while start < columns.upperBound &* MemoryLayout<A.Scalar>.size {
      var (greatest, label, channel) = (A.zero, A.zero, A.zero)
      var (offset, left) = (start, scores.pointee.channels)
      while left > 0 {
        let score = taps == 1 ? combined(OneTap.self).vector(offset) : combined(TwoTaps.self).vector(offset)
        if left == scores.pointee.channels { greatest = score }
        // b where a score is no number and the greatest is one, or else c.
        @inline(__always) func leading(_ a: A.Vector, _ b: A.Vector) -> A.Vector {
          let ofNumbers = A.select(greatest, below: score, a, b)
          let ofNaN = A.select(greatest, equalTo: greatest, a, b)
          return A.select(score, equalTo: score, ofNumbers, ofNaN)
        }
        (label, greatest) = (leading(channel, label), leading(score, greatest))
        channel = A.sum(channel, A.splat(A.scalar(1)))
        offset &+= scores.pointee.channel_stride
        left &-= 1
      }
      put(label, start)
      start &+= MemoryLayout<A.Vector>.size
    }
  }
}

/// Vectors of a row of scores.
private struct CombinedScores<A: PointArithmetic, T: TapCount> {
  let near: UnsafeRawPointer
  let far: UnsafeRawPointer
  let nearWeight: A.Vector
  let farWeight: A.Vector

  @inline(__always) func vector(_ offset: Int) -> A.Vector {
    let sums = A.product(nearWeight, load(near + offset, as: A.Vector.self))
    return T.taps > 1 ? A.multiplyAdd(sums, farWeight, load(far + offset, as: A.Vector.self)) : sums
  }
}

/// The greatest scores of the channels so far, and which those are.
private struct Leader<A: PointArithmetic> {
  private var greatest: A.Vector
  private(set) var label: A.Vector
  /// Of the other channels: NaN where one of them is, or where infinities cancel.
  private(set) var sum: A.Vector

  @inline(__always) init(_ scores: A.Vector) { (greatest, label, sum) = (scores, A.zero, A.zero) }

  /// NaN of the first channel stays: nothing is greater. That of another is left out.
  @inline(__always) mutating func meet(_ scores: A.Vector, _ channel: A.Vector) {
    label = A.select(greatest, below: scores, channel, label)
    greatest = A.select(greatest, below: scores, scores, greatest)
    sum = A.sum(sum, scores)
  }
}

/// Four rows of scores.
private struct LabelledRows<A: PointArithmetic> {
  let a: ScoreRow<A>
  let b: ScoreRow<A>
  let c: ScoreRow<A>
  let d: ScoreRow<A>
  let scores: UnsafePointer<rsk_scores>

  @inline(__always) func label<T: TapCount>(_ taps: T.Type, _ columns: Range<Int>) {
    let rows = (a.combined(T.self), b.combined(T.self), c.combined(T.self), d.combined(T.self))
    var start = columns.lowerBound &* MemoryLayout<A.Scalar>.size
    var sums = A.zero
    while start < columns.upperBound &* MemoryLayout<A.Scalar>.size {
      var (offset, left) = (start, scores.pointee.channels &- 1)
      var channel = A.zero
      var first = Leader<A>(rows.0.vector(offset))
      var second = Leader<A>(rows.1.vector(offset))
      var third = Leader<A>(rows.2.vector(offset))
      var fourth = Leader<A>(rows.3.vector(offset))
      while left > 0 {
        offset &+= scores.pointee.channel_stride
        channel = A.sum(channel, A.splat(A.scalar(1)))
        first.meet(rows.0.vector(offset), channel)
        second.meet(rows.1.vector(offset), channel)
        third.meet(rows.2.vector(offset), channel)
        fourth.meet(rows.3.vector(offset), channel)
        left &-= 1
      }
      a.put(first.label, start)
      b.put(second.label, start)
      c.put(third.label, start)
      d.put(fourth.label, start)
      sums = A.sum(sums, A.sum(A.sum(first.sum, second.sum), A.sum(third.sum, fourth.sum)))
      start &+= MemoryLayout<A.Vector>.size
    }
    let isNaN = A.select(sums, equalTo: sums, A.zero, A.splat(A.scalar(1)))
    if A.truncated(A.total(isNaN)) != 0 {
      a.labelCarefully(columns, scores)
      b.labelCarefully(columns, scores)
      c.labelCarefully(columns, scores)
      d.labelCarefully(columns, scores)
    }
  }
}
