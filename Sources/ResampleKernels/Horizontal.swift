import CShims

/// Resamples rows along their pixels: target[x] = sum over taps of weight * source[first[x] + tap].
///
/// The taps of an output sample are summed in order, the first product alone, the others by multiply-add, on every path
/// through these functions: the bits of a result must not depend on the memory format.
@inline(__always) func horizontalPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>,
  samplesPerPixel: Int, _ targets: UnsafePointer<rsk_target_rows>
) where I.A == O.A {
  if samplesPerPixel > 1 {
    return pixelPass(I.self, O.self, sources, table, samplesPerPixel: samplesPerPixel, targets)
  }
  let count = targets.pointee.count
  var index = 0
  @inline(__always) func rows<R: RowCount>(_ count: R.Type) -> PlanarRows<I, O, R> {
    PlanarRows(
      source: sources.pointee.row(targets.pointee.first &+ index).assumingMemoryBound(to: I.Stored.self),
      sourceStride: sources.pointee.stride / MemoryLayout<I.Stored>.size,
      destination: targets.pointee.row(index).assumingMemoryBound(to: O.Stored.self),
      destinationStride: targets.pointee.stride / MemoryLayout<O.Stored>.size, table: table)
  }
  // What is read of the table serves several rows, where they read windows, or few taps.
  let takesFour =
    (windowCount(I.A.self, table) > 0 || isEverySecond(table) || gathersFew(O.self, table)) && !targets.pointee.streams
  while takesFour && index &+ FourRows.rows <= count {
    rows(FourRows.self).resample(streams: false)
    index &+= FourRows.rows
  }
  while index < count {
    rows(OneRow.self).resample(streams: targets.pointee.streams)
    index &+= 1
  }
}

/// Pixels of many samples: each is a row of them.
@inline(never) private func pixelPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>,
  samplesPerPixel: Int, _ targets: UnsafePointer<rsk_target_rows>
) where I.A == O.A {
  var index = 0
  while index < targets.pointee.count {
    var pixels = rsk_source_rows(
      start: sources.pointee.row(targets.pointee.first &+ index),
      stride: samplesPerPixel &* MemoryLayout<I.Stored>.size, mask: -1)
    var row = rsk_target_rows(
      start: targets.pointee.row(index), stride: samplesPerPixel &* MemoryLayout<O.Stored>.size, first: 0,
      count: table.pointee.length, streams: false)
    verticalPass(I.self, O.self, &pixels, table, samples: samplesPerPixel, &row)
    index &+= 1
  }
}

/// A vector of each of the rows.
struct RowVectors<Vector, R: RowCount> {
  private var a: Vector
  private var b: Vector
  private var c: Vector
  private var d: Vector

  @inline(__always) init(_ vector: (_ row: Int) -> Vector) {
    a = vector(0)
    b = R.rows > 1 ? vector(1) : a
    c = R.rows > 2 ? vector(2) : a
    d = R.rows > 3 ? vector(3) : a
  }

  @inline(__always) mutating func update(_ change: (_ row: Int, Vector) -> Vector) {
    a = change(0, a)
    if R.rows > 1 { b = change(1, b) }
    if R.rows > 2 { c = change(2, c) }
    if R.rows > 3 { d = change(3, d) }
  }

  @inline(__always) func forEach(_ body: (_ row: Int, Vector) -> Void) {
    body(0, a)
    if R.rows > 1 { body(1, b) }
    if R.rows > 2 { body(2, c) }
    if R.rows > 3 { body(3, d) }
  }
}

/// Where the samples that one tap of a vector reads come from: windows, each as wide as a vector, that are permuted.
private protocol Reading {
  static var windows: Int { get }
}
private enum OneWindow: Reading { @inline(__always) static var windows: Int { 1 } }
private enum TwoWindows: Reading { @inline(__always) static var windows: Int { 2 } }

/// The windows that the vectors of a table need; 0 where samples are too far apart, or cannot be permuted. Two samples are
/// gathered as quickly.
@inline(__always) private func windowCount<A: RealArithmetic>(
  _ arithmetic: A.Type, _ table: UnsafePointer<rsk_taps>
) -> Int {
  if !A.hasPermutations || A.width < 4 { return 0 }
  let spans = table.pointee.spans
  let span = A.width == 4 ? spans.0 : A.width == 8 ? spans.1 : spans.2
  return span > 2 &* A.width ? 0 : span > A.width ? 2 : 1
}

/// Whether the samples of the output read those of the source two further on each time, with the same weights: exact halves.
@inline(__always) private func isEverySecond(_ table: UnsafePointer<rsk_taps>) -> Bool {
  table.pointee.period == 1 && table.pointee.advance == 2 && table.pointee.step == 1
    && table.pointee.fewest_taps == table.pointee.most_taps
}

/// Whether all samples read two neighbours, or four, and are written as they are computed.
@inline(__always) func gathersFew<O: Samples>(_ output: O.Type, _ table: UnsafePointer<rsk_taps>) -> Bool {
  let taps = table.pointee.most_taps
  return MemoryLayout<O.Stored>.size == MemoryLayout<O.Row>.size && table.pointee.step == 1
    && table.pointee.fewest_taps == taps && (taps == 2 || taps == 4)
}

/// Rows of pixels of one sample: vectors go along them.
struct PlanarRows<I: Samples, O: Samples, R: RowCount> where I.A == O.A {
  typealias A = I.A
  let source: UnsafePointer<I.Stored>
  let sourceStride: Int
  let destination: UnsafeMutablePointer<O.Stored>
  let destinationStride: Int
  let table: UnsafePointer<rsk_taps>

  var weights: UnsafePointer<I.Row> { table.pointee.weights!.assumingMemoryBound(to: I.Row.self) }

  @inline(__always) func resample(streams: Bool) {
    let length = table.pointee.length
    let windows = windowCount(A.self, table)
    if R.rows == 1 && streams && windows > 0, let lines = wholeLines(O.self, destination, length), !lines.isEmpty {
      return stream(lines, windows)
    }
    // As in CombinedRows.
    let head = length >= 4 &* A.width ? samplesToAlignment(O.self, destination) : nil
    var x = head ?? 0
    if x > 0 { storeEnd(0, count: x, windows) }
    while x < min(length, table.pointee.interior_start) {
      let count = min(A.width, length &- x)
      storeEnd(x, count: count, windows)
      x &+= count
    }
    if isEverySecond(table) {
      storeEverySecond(&x, table.pointee.most_taps)
    } else if windows == 0 {
      storeGathered(&x)
    } else {
      storeInterior(Cached.self, &x, before: length, windows)
    }
    while x < length {
      let count = min(A.width, length &- x)
      storeEnd(x, count: count, windows)
      x &+= count
    }
  }

  /// Lines of the cache that the row alone fills go past it, the others are stored as usual: as in CombinedRows.
  @inline(__always) private func stream(_ lines: Range<Int>, _ windows: Int) {
    let length = table.pointee.length
    rsi_prefetch_to_write(destination + 2 &* length)
    storeEnd(0..<lines.lowerBound, streams: false)
    var x = max(lines.lowerBound, min(lines.upperBound, table.pointee.interior_start))
    x = lines.lowerBound &+ (x &- lines.lowerBound &+ A.width &- 1) / A.width &* A.width
    storeEnd(lines.lowerBound..<x, streams: true)
    storeInterior(Streamed.self, &x, before: lines.upperBound, windows)
    storeEnd(x..<lines.upperBound, streams: true)
    storeEnd(lines.upperBound..<length, streams: false)
  }

  // Each of these stores all vectors from `x` on that are interior and for which whole vectors of the source are there.

  @inline(__always) private func storeInterior<S: Storing>(
    _ storing: S.Type, _ x: inout Int, before end: Int, _ windows: Int
  ) {
    let taps = table.pointee.fewest_taps == table.pointee.most_taps ? table.pointee.most_taps : 0
    if windows == 1 {
      storePermuted(OneWindow.self, S.self, taps, &x, before: end)
    } else if windows == 2 {
      storePermuted(TwoWindows.self, S.self, taps, &x, before: end)
    }
  }

  @inline(__always) func put<S: Storing>(_ storing: S.Type, _ sums: RowVectors<A.Vector, R>, _ x: Int) {
    sums.forEach { row, sums in S.put(O.self, sums, at: destination + (row &* destinationStride &+ x)) }
  }

  // MARK: Windows

  @inline(__always) private func storePermuted<W: Reading, S: Storing>(
    _ reading: W.Type, _ storing: S.Type, _ taps: Int, _ x: inout Int, before limit: Int
  ) {
    // From the first sample of the last vector on; that of one before it may be the other samples of the pixel further
    // on.
    let end = endOfVectors(from: x, before: limit, last: 0, reach: W.windows &* A.width)
    let period = table.pointee.period
    if end > x && period > 0 && period <= A.width && (taps == 2 || taps == 4) {
      if taps == 2 {
        storePeriodic(W.self, TwoTaps.self, S.self, x..<end)
      } else {
        storePeriodic(W.self, FourTaps.self, S.self, x..<end)
      }
      x = end
      return
    }
    if R.rows == 1 && taps == 2 {
      storePermuted(W.self, TwoTaps.self, S.self, x..<end)
    } else {
      storePermuted(W.self, AnyTaps.self, S.self, x..<end)
    }
    x = end
  }

  @inline(__always) private func storePermuted<W: Reading, T: TapCount, S: Storing>(
    _ reading: W.Type, _ taps: T.Type, _ storing: S.Type, _ samples: Range<Int>
  ) {
    let slack = Int32(truncatingIfNeeded: table.pointee.step &- 1)
    let (fewest, step, stride) = (table.pointee.fewest_taps, table.pointee.step, table.pointee.tap_stride)
    let (first, weights) = (table.pointee.first!, weights)
    var x = samples.lowerBound
    while x < samples.upperBound {
      let base = first[x] &- slack
      let permutation = A.permutation(first + x, from: base)
      let window = source + Int(base)
      @inline(__always) func read(_ row: Int, _ offset: Int) -> A.Vector {
        permuted(W.self, window + (row &* sourceStride &+ offset), permutation)
      }
      if T.taps == 2 {
        let (left, right) = (load(weights + x, as: A.Vector.self), load(weights + (x &+ stride), as: A.Vector.self))
        put(S.self, RowVectors { A.multiplyAdd(A.product(left, read($0, 0)), right, read($0, step)) }, x)
      } else {
        put(S.self, weightedSums(x, fewest: fewest, read), x)
      }
      x &+= A.width
    }
  }

  /// The end of the vectors from `x` on that are interior and read no further than the source: the `last` sample of a
  /// vector, `reach` samples of its last tap.
  @inline(__always) func endOfVectors(from x: Int, before limit: Int = .max, last: Int, reach: Int) -> Int {
    var vectors = (min(limit, table.pointee.interior_end) &- x) / A.width
    while vectors > 0 {
      let sample = x &+ (vectors &- 1) &* A.width &+ last
      let first = Int(table.pointee.first![sample]) &+ (table.pointee.most_taps &- 1) &* table.pointee.step
      if first &+ reach <= table.pointee.source_length { break }
      vectors &-= 1
    }
    return x &+ max(vectors, 0) &* A.width
  }

  /// The same weights, and the same permutation of a window that moves on, for every vector.
  @inline(__always) private func storePeriodic<W: Reading, T: TapCount, S: Storing>(
    _ reading: W.Type, _ taps: T.Type, _ storing: S.Type, _ samples: Range<Int>
  ) {
    let (step, stride) = (table.pointee.step, table.pointee.tap_stride)
    var x = samples.lowerBound
    let base = table.pointee.first![x] &- Int32(truncatingIfNeeded: step &- 1)
    let permutation = A.permutation(table.pointee.first! + x, from: base)
    let advance = A.width / table.pointee.period &* table.pointee.advance
    var window = source + Int(base)
    let first = load(weights + x, as: A.Vector.self)
    let second = load(weights + (x &+ stride), as: A.Vector.self)
    let third = T.taps > 2 ? load(weights + (x &+ 2 &* stride), as: A.Vector.self) : first
    let fourth = T.taps > 2 ? load(weights + (x &+ 3 &* stride), as: A.Vector.self) : first
    while x < samples.upperBound {
      let sums = RowVectors<A.Vector, R> { row in
        let window = window + row &* sourceStride
        var sums = A.product(first, permuted(W.self, window, permutation))
        sums = A.multiplyAdd(sums, second, permuted(W.self, window + step, permutation))
        if T.taps > 2 {
          sums = A.multiplyAdd(sums, third, permuted(W.self, window + 2 &* step, permutation))
          sums = A.multiplyAdd(sums, fourth, permuted(W.self, window + 3 &* step, permutation))
        }
        return sums
      }
      put(S.self, sums, x)
      window += advance
      x &+= A.width
    }
  }

  @inline(__always) private func permuted<W: Reading>(
    _ reading: W.Type, _ window: UnsafePointer<I.Stored>, _ permutation: Permutation
  ) -> A.Vector {
    let low = I.load(window)
    return W.windows == 2 ? A.permute(low, I.load(window + A.width), permutation) : A.permute(low, permutation)
  }

  /// The sums of a vector of samples from `x` on, each of which has `fewest` taps or more. `samples` gives those of a tap of
  /// a row; `offset` is how many samples after the first tap it is.
  @inline(__always) func weightedSums(
    _ x: Int, fewest: Int, _ samples: (_ row: Int, _ offset: Int) -> A.Vector
  ) -> RowVectors<A.Vector, R> {
    if fewest == 0 { return selectedSums(x, samples) }
    let (step, stride) = (table.pointee.step, table.pointee.tap_stride)
    var weights = weights + x
    var weight = load(weights, as: A.Vector.self)
    var sums = RowVectors<A.Vector, R> { A.product(weight, samples($0, 0)) }
    var (tap, offset) = (1, step)
    while tap < fewest {
      weights += stride
      weight = load(weights, as: A.Vector.self)
      sums.update { A.multiplyAdd($1, weight, samples($0, offset)) }
      tap &+= 1
      offset &+= step
    }
    addSelected(x, from: fewest, to: &sums, samples)
    return sums
  }

  /// The same, whatever taps each of the samples has.
  @inline(__always) func selectedSums(
    _ x: Int, _ samples: (_ row: Int, _ offset: Int) -> A.Vector
  ) -> RowVectors<A.Vector, R> {
    let weight = load(weights + x, as: A.Vector.self)
    let counts = table.pointee.count! + x
    var sums = RowVectors<A.Vector, R> { A.select(counts, above: 0, A.product(weight, samples($0, 0)), A.zero) }
    addSelected(x, from: 1, to: &sums, samples)
    return sums
  }

  /// Adds taps from `first` on. Samples with fewer taps keep their sum: a weight of 0 would let an infinity or NaN in that
  /// they do not read.
  @inline(__always) private func addSelected(
    _ x: Int, from first: Int, to sums: inout RowVectors<A.Vector, R>,
    _ samples: (_ row: Int, _ offset: Int) -> A.Vector
  ) {
    let counts = table.pointee.count! + x
    var weights = weights + (x &+ first &* table.pointee.tap_stride)
    var tap = first
    while tap < table.pointee.most_taps {
      let weight = load(weights, as: A.Vector.self)
      let offset = tap &* table.pointee.step
      sums.update {
        A.select(counts, above: Int32(truncatingIfNeeded: tap), A.multiplyAdd($1, weight, samples($0, offset)), $1)
      }
      weights += table.pointee.tap_stride
      tap &+= 1
    }
  }

  // MARK: Exact halves

  /// Two vectors of the source have the samples of two taps in turn.
  @inline(__always) private func storeEverySecond(_ x: inout Int, _ taps: Int) {
    // One more than an odd number of taps reads.
    let end = endOfVectors(from: x, last: 0, reach: 2 &* A.width)
    if x >= end { return }
    let stride = table.pointee.tap_stride
    let weights = weights + x
    let (first, second) = (A.splat(weights[0]), A.splat(weights[taps > 1 ? stride : 0]))
    var samples = source + Int(table.pointee.first![x])
    while x < end {
      let sums = RowVectors<A.Vector, R> { row in
        let samples = samples + row &* sourceStride
        var pair = A.everySecond(I.load(samples), I.load(samples + A.width))
        var sums = A.product(first, pair.0)
        if taps > 1 { sums = A.multiplyAdd(sums, second, pair.1) }
        var tap = 2
        while tap < taps {
          pair = A.everySecond(I.load(samples + tap), I.load(samples + (tap &+ A.width)))
          sums = A.multiplyAdd(sums, A.splat(weights[tap &* stride]), pair.0)
          if tap &+ 1 < taps { sums = A.multiplyAdd(sums, A.splat(weights[(tap &+ 1) &* stride]), pair.1) }
          tap &+= 2
        }
        return A.inOrder(sums)
      }
      put(Cached.self, sums, x)
      samples += 2 &* A.width
      x &+= A.width
    }
  }
}
