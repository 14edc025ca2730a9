import CShims

/// Adds to the sums of each of `firsts` and `seconds` channels the products of their rows: four of one and up to four
/// of the other at a time, so that a vector of either is loaded once for all of them.
@inline(__always) func correlatePass<S: Samples>(
  _ dtype: S.Type, _ correlation: UnsafePointer<rsk_correlation>, _ sums: UnsafeMutableRawPointer
) where S.Stored == S.Row {
  let sums = sums.assumingMemoryBound(to: S.Row.self)
  let (firsts, seconds) = (correlation.pointee.firsts, correlation.pointee.seconds)
  var first = 0
  while first < firsts {
    let many = firsts &- first >= 4
    var second = 0
    while second < seconds {
      if many && seconds &- second >= correlatedSeconds {
        correlate(S.self, FourRows.self, ManyRows.self, correlation, first: first, second: second, sums)
        second &+= correlatedSeconds
      } else if many {
        correlate(S.self, FourRows.self, OneRow.self, correlation, first: first, second: second, sums)
        second &+= 1
      } else if seconds &- second >= correlatedSeconds {
        correlate(S.self, OneRow.self, ManyRows.self, correlation, first: first, second: second, sums)
        second &+= correlatedSeconds
      } else {
        correlate(S.self, OneRow.self, OneRow.self, correlation, first: first, second: second, sums)
        second &+= 1
      }
    }
    first &+= many ? 4 : 1
  }
}

/// As many as registers hold the sums of with four others.
@inline(__always) private var correlatedSeconds: Int { Abilities.registers > 16 ? 4 : 2 }

// Types, as in Horizontal: each combination has a loop of its own.

private protocol RowCount {
  static var rows: Int { get }
}
private enum OneRow: RowCount { @inline(__always) static var rows: Int { 1 } }
private enum FourRows: RowCount { @inline(__always) static var rows: Int { 4 } }
private enum ManyRows: RowCount { @inline(__always) static var rows: Int { correlatedSeconds } }

/// The sums of one of the first channels with each of the second ones.
private struct SumsOfRow<S: Samples, N: RowCount> {
  private typealias A = S.A
  private var a = S.A.zero
  private var b = S.A.zero
  private var c = S.A.zero
  private var d = S.A.zero

  @inline(__always) init() {}

  @inline(__always) mutating func add(
    _ first: S.A.Vector, _ seconds: (S.A.Vector, S.A.Vector, S.A.Vector, S.A.Vector)
  ) {
    a = S.A.multiplyAdd(a, first, seconds.0)
    if N.rows > 1 { b = S.A.multiplyAdd(b, first, seconds.1) }
    if N.rows > 2 {
      c = S.A.multiplyAdd(c, first, seconds.2)
      d = S.A.multiplyAdd(d, first, seconds.3)
    }
  }

  @inline(__always) func add(to sums: UnsafeMutablePointer<S.Row>) {
    add(a, to: sums)
    if N.rows > 1 { add(b, to: sums + samplesOfSum) }
    if N.rows > 2 {
      add(c, to: sums + 2 &* samplesOfSum)
      add(d, to: sums + 3 &* samplesOfSum)
    }
  }

  @inline(__always) private func add(_ vector: S.A.Vector, to sum: UnsafeMutablePointer<S.Row>) {
    store(S.A.sum(load(sum, as: S.A.Vector.self), vector), at: sum)
  }
}

@inline(__always) private func correlate<S: Samples, M: RowCount, N: RowCount>(
  _ dtype: S.Type, _ firsts: M.Type, _ seconds: N.Type, _ correlation: UnsafePointer<rsk_correlation>, first: Int,
  second: Int, _ sums: UnsafeMutablePointer<S.Row>
) where S.Stored == S.Row {
  typealias A = S.A
  typealias Sums = SumsOfRow<S, N>
  var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
  let (firstStride, secondStride) = (correlation.pointee.first_stride, correlation.pointee.second_stride)
  var firstRow = correlation.pointee.first!.assumingMemoryBound(to: S.Row.self) + first &* firstStride
  var secondRow = correlation.pointee.second!.assumingMemoryBound(to: S.Row.self) + second &* secondStride
  let samples = correlation.pointee.samples
  var row = correlation.pointee.rows
  while row > 0 {
    var x = 0
    @inline(__always) func add(_ load: (UnsafePointer<S.Row>) -> A.Vector) {
      let read = secondRow + x
      let e = load(read)
      let f = N.rows > 1 ? load(read + secondStride) : e
      let g = N.rows > 2 ? load(read + 2 &* secondStride) : e
      let h = N.rows > 2 ? load(read + 3 &* secondStride) : e
      let vectors = (e, f, g, h)
      a.add(load(firstRow + x), vectors)
      if M.rows > 1 {
        b.add(load(firstRow + (x &+ firstStride)), vectors)
        c.add(load(firstRow + (x &+ 2 &* firstStride)), vectors)
        d.add(load(firstRow + (x &+ 3 &* firstStride)), vectors)
      }
    }
    while x &+ A.width <= samples {
      add { S.load($0) }
      x &+= A.width
    }
    if S.hasPartialAccess {
      if x < samples { add { S.loadPart($0, count: samples &- x) } }
    } else {
      while x < samples {
        add { A.only(S.row($0[0])) }
        x &+= 1
      }
    }
    firstRow += correlation.pointee.first_row_stride
    secondRow += correlation.pointee.second_row_stride
    row &-= 1
  }
  let stride = correlation.pointee.seconds &* samplesOfSum
  let target = sums + (first &* stride &+ second &* samplesOfSum)
  a.add(to: target)
  if M.rows > 1 {
    b.add(to: target + stride)
    c.add(to: target + 2 &* stride)
    d.add(to: target + 3 &* stride)
  }
}

private let samplesOfSum = Int(RSK_WIDEST_VECTOR)

/// The sums that correlatePass leaves in parts.
@inline(__always) func totalPass<A: RealArithmetic>(
  _ arithmetic: A.Type, _ sums: UnsafeRawPointer, _ count: Int, _ totals: UnsafeMutableRawPointer
) {
  let sums = sums.assumingMemoryBound(to: A.Scalar.self)
  let totals = totals.assumingMemoryBound(to: A.Scalar.self)
  var i = 0
  while i < count {
    totals[i] = A.total(load(sums + i &* samplesOfSum, as: A.Vector.self))
    i &+= 1
  }
}
