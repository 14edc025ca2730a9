import CShims

/// Adds to the sums of each of `firsts` and `seconds` channels the products of their rows: up to six of one and four of
/// the other at a time, so that a vector of either is loaded once for all of them.
@inline(__always) func correlatePass<S: Samples>(
  _ dtype: S.Type, _ correlation: UnsafePointer<rsk_correlation>, _ sums: UnsafeMutableRawPointer
) where S.Stored == S.Row {
  let sums = sums.assumingMemoryBound(to: S.Row.self)
  let firsts = correlation.pointee.firsts
  var correlation = correlation.pointee
  prefetch(correlation.read)
  let length = correlation.samples
  if correlation.first_row_stride == length && correlation.second_row_stride == length && length % S.A.width == 0 {
    // Rows of whole vectors without gaps are one long row.
    (correlation.samples, correlation.rows) = (length &* correlation.rows, 1)
  }
  var first = 0
  while first < firsts {
    let left = firsts &- first
    if S.A.hasAllLoops && correlatedFirsts == 6 && left >= 6 && correlation.seconds % 4 == 0 {
      var second = 0
      while second < correlation.seconds {
        correlate(S.self, SixRows.self, FourRows.self, correlation, first: first, second: second, sums)
        second &+= 4
      }
      first &+= 6
    } else if left >= 4 {
      correlate(S.self, FourRows.self, correlation, first: first, sums)
      first &+= 4
    } else {
      correlate(S.self, OneRow.self, correlation, first: first, sums)
      first &+= 1
    }
  }
}

@inline(__always) private func correlate<S: Samples, M: RowCount>(
  _ dtype: S.Type, _ firsts: M.Type, _ correlation: rsk_correlation, first: Int, _ sums: UnsafeMutablePointer<S.Row>
) where S.Stored == S.Row {
  let seconds = correlation.seconds
  var second = 0
  while second < seconds {
    let left = seconds &- second
    // Two and two are faster than three and one.
    let isPair = correlatedSeconds > 2 && (left == 2 || (left == 4 && correlatedSeconds == 3))
    if M.rows > 1 && isPair {
      correlate(S.self, M.self, TwoRows.self, correlation, first: first, second: second, sums)
      second &+= 2
    } else if left >= correlatedSeconds {
      correlate(S.self, M.self, ManyRows.self, correlation, first: first, second: second, sums)
      second &+= correlatedSeconds
    } else {
      correlate(S.self, M.self, OneRow.self, correlation, first: first, second: second, sums)
      second &+= 1
    }
  }
}

/// As many of floats as registers hold the sums of, with a vector of one and four of the other.
@inline(__always) var correlatedFirsts: Int { Abilities.registers > 16 ? 6 : 4 }

/// As many as registers hold the sums of with four others, and their rows; a product that is not fused takes one more.
@inline(__always) var correlatedSeconds: Int { Abilities.registers > 16 ? 4 : Abilities.fusesMultiplyAdd ? 3 : 2 }

private enum SixRows: RowCount { @inline(__always) static var rows: Int { 6 } }
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
    if N.rows > 2 { c = S.A.multiplyAdd(c, first, seconds.2) }
    if N.rows > 3 { d = S.A.multiplyAdd(d, first, seconds.3) }
  }

  @inline(__always) func add(to sums: UnsafeMutablePointer<S.Row>) {
    add(a, to: sums)
    if N.rows > 1 { add(b, to: sums + S.A.width) }
    if N.rows > 2 { add(c, to: sums + 2 &* S.A.width) }
    if N.rows > 3 { add(d, to: sums + 3 &* S.A.width) }
  }

  @inline(__always) private func add(_ vector: S.A.Vector, to sum: UnsafeMutablePointer<S.Row>) {
    store(S.A.sum(load(sum, as: S.A.Vector.self), vector), at: sum)
  }
}

@inline(__always) private func correlate<S: Samples, M: RowCount, N: RowCount>(
  _ dtype: S.Type, _ firsts: M.Type, _ seconds: N.Type, _ correlation: rsk_correlation, first: Int,
  second: Int, _ sums: UnsafeMutablePointer<S.Row>
) where S.Stored == S.Row {
  typealias A = S.A
  typealias Sums = SumsOfRow<S, N>
  var (a, b, c, d, e, f) = (Sums(), Sums(), Sums(), Sums(), Sums(), Sums())
  let (firstStride, secondStride) = (correlation.first_stride, correlation.second_stride)
  var firstRow = correlation.first!.assumingMemoryBound(to: S.Row.self) + first &* firstStride
  var secondRow = correlation.second!.assumingMemoryBound(to: S.Row.self) + second &* secondStride
  // Known before the rows, and so is the mask of the rest.
  let whole = correlation.samples & (0 &- A.width)
  let rest = correlation.samples &- whole
  var row = correlation.rows
  while row > 0 {
    var x = 0
    @inline(__always) func add(_ load: (UnsafePointer<S.Row>) -> A.Vector) {
      let read = secondRow + x
      let one = load(read)
      let two = N.rows > 1 ? load(read + secondStride) : one
      let three = N.rows > 2 ? load(read + 2 &* secondStride) : one
      let four = N.rows > 3 ? load(read + 3 &* secondStride) : one
      let vectors = (one, two, three, four)
      a.add(load(firstRow + x), vectors)
      if M.rows > 1 {
        b.add(load(firstRow + (x &+ firstStride)), vectors)
        c.add(load(firstRow + (x &+ 2 &* firstStride)), vectors)
        d.add(load(firstRow + (x &+ 3 &* firstStride)), vectors)
      }
      if M.rows > 4 {
        e.add(load(firstRow + (x &+ 4 &* firstStride)), vectors)
        f.add(load(firstRow + (x &+ 5 &* firstStride)), vectors)
      }
    }
    while x < whole {
      add { S.load($0) }
      x &+= A.width
    }
    if S.hasPartialAccess {
      if rest > 0 { add { S.loadPart($0, count: rest) } }
    } else {
      while x < correlation.samples {
        add { A.only(S.row($0[0])) }
        x &+= 1
      }
    }
    firstRow += correlation.first_row_stride
    secondRow += correlation.second_row_stride
    row &-= 1
  }
  let stride = correlation.seconds &* A.width
  let target = sums + (first &* stride &+ second &* A.width)
  a.add(to: target)
  if M.rows > 1 {
    b.add(to: target + stride)
    c.add(to: target + 2 &* stride)
    d.add(to: target + 3 &* stride)
  }
  if M.rows > 4 {
    e.add(to: target + 4 &* stride)
    f.add(to: target + 5 &* stride)
  }
}

/// The sums that correlatePass leaves in parts.
@inline(__always) func totalPass<A: RealArithmetic>(
  _ arithmetic: A.Type, _ sums: UnsafeRawPointer, _ count: Int, _ totals: UnsafeMutableRawPointer
) {
  let sums = sums.assumingMemoryBound(to: A.Scalar.self)
  let totals = totals.assumingMemoryBound(to: A.Scalar.self)
  var i = 0
  while i < count {
    @inline(__always) func sum(_ index: Int) -> A.Vector { load(sums + (i &+ index) &* A.width, as: A.Vector.self) }
    store(A.totals(sum(0), sum(1), sum(2), sum(3)), at: totals + i)
    i &+= Int(RSK_TOTALS_AT_ONCE)
  }
}
