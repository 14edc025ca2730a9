import CShims

/// Resamples rows along their pixels: destination[x] = sum over taps of weight * source[first[x] + tap].
///
/// The taps of an output sample are summed in order, the first product alone, the others by multiply-add, on every path
/// through these functions: the bits of a result must not depend on the memory format.
@inline(__always) func horizontalPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>,
  _ lanes: Int, _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) where I.A == O.A {
  var row = 0
  while row < rows {
    let source = sources[row]!.assumingMemoryBound(to: I.Stored.self)
    let destination = destinations[row]!.assumingMemoryBound(to: O.Stored.self)
    if lanes == 1 {
      horizontalPlanarPass(I.self, O.self, source, taps, destination, streams)
    } else {
      horizontalInterleavedPass(I.self, O.self, source, taps, lanes, destination)
    }
    row &+= 1
  }
}

// MARK: One sample a pixel: vectors along the row

// What is known about a table when this is compiled is a type, so that each combination has a loop of its own; the
// compiler would make one of them again if it were a value.

/// Where the samples that one tap of a vector reads come from.
private protocol Reading {
  /// The windows, each as wide as a vector, that are permuted; 0: samples are read one by one.
  static var windows: Int { get }
}
private enum Gather: Reading { @inline(__always) static var windows: Int { 0 } }
private enum Window: Reading { @inline(__always) static var windows: Int { 1 } }
private enum WindowPair: Reading { @inline(__always) static var windows: Int { 2 } }

/// How many taps every interior sample has.
private protocol TapCount {
  /// 0: as many as the table says, and not all the same.
  static var taps: Int { get }
}
private enum AnyTaps: TapCount { @inline(__always) static var taps: Int { 0 } }
private enum TwoTaps: TapCount { @inline(__always) static var taps: Int { 2 } }
private enum FourTaps: TapCount { @inline(__always) static var taps: Int { 4 } }

@inline(__always) private func horizontalPlanarPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>,
  _ destination: UnsafeMutablePointer<O.Stored>, _ streams: Bool
) where I.A == O.A {
  typealias A = I.A
  // As in verticalPass.
  let head =
    streams || table.pointee.length >= 4 &* A.lanes ? samplesToAlignment(O.self, destination) : nil
  var x = min(head ?? 0, table.pointee.length)
  if x > 0 { storeSums(I.self, O.self, source, table, 0, x, destination) }
  while x < table.pointee.length && x < table.pointee.interior_start {
    let count = min(A.lanes, table.pointee.length &- x)
    storeSums(I.self, O.self, source, table, x, count, destination)
    x &+= count
  }
  if streams && head != nil {
    interiorVectors(I.self, source, table, &x) { O.stream($0, to: destination + $1) }
  } else {
    interiorVectors(I.self, source, table, &x) { O.store($0, at: destination + $1) }
  }
  while x < table.pointee.length {
    let count = min(A.lanes, table.pointee.length &- x)
    storeSums(I.self, O.self, source, table, x, count, destination)
    x &+= count
  }
}

/// Gives `put` the sums of all vectors from `x` on that are interior and whose windows lie within the source.
@inline(__always) private func interiorVectors<I: Samples>(
  _ input: I.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>, _ x: inout Int,
  _ put: (I.A.Vector, Int) -> Void
) {
  typealias A = I.A
  #if RESAMPLE_BASELINE
    interiorVectors(I.self, Gather.self, AnyTaps.self, source, table, &x, put)
  #else
    let span = A.lanes == 4 ? table.pointee.spans.0 : A.lanes == 8 ? table.pointee.spans.1 : table.pointee.spans.2
    let taps = table.pointee.fewest_taps == table.pointee.most_taps ? table.pointee.most_taps : 0
    if span > 2 &* A.lanes {
      interiorVectors(I.self, Gather.self, AnyTaps.self, source, table, &x, put)
    } else if span > A.lanes {
      if taps == 2 {
        interiorVectors(I.self, WindowPair.self, TwoTaps.self, source, table, &x, put)
      } else {
        interiorVectors(I.self, WindowPair.self, AnyTaps.self, source, table, &x, put)
      }
    } else if taps == 2 {
      interiorVectors(I.self, Window.self, TwoTaps.self, source, table, &x, put)
    } else if taps == 4 {
      interiorVectors(I.self, Window.self, FourTaps.self, source, table, &x, put)
    } else {
      interiorVectors(I.self, Window.self, AnyTaps.self, source, table, &x, put)
    }
  #endif
}

@inline(__always) private func interiorVectors<I: Samples, R: Reading, T: TapCount>(
  _ input: I.Type, _ reading: R.Type, _ count: T.Type, _ source: UnsafePointer<I.Stored>,
  _ table: UnsafePointer<rsk_taps>, _ x: inout Int, _ put: (I.A.Vector, Int) -> Void
) {
  typealias A = I.A
  // Samples are gathered four taps at a time where taps are neighbours: up to three behind the last are read.
  let gathersFour = R.windows == 0 && table.pointee.step == 1
  // From the first sample of the last vector on; that of one before it may be the other samples of the pixel further on.
  let reach = R.windows == 0 ? (gathersFour ? 4 : table.pointee.step) : R.windows &* A.lanes
  var vectors = (table.pointee.interior_end &- x) / A.lanes
  while vectors > 0 {
    let x = x &+ (vectors &- 1) &* A.lanes
    let last =
      Int(table.pointee.first![R.windows == 0 ? x &+ A.lanes &- 1 : x]) &+ (table.pointee.most_taps &- 1)
      &* table.pointee.step
    if last &+ reach <= table.pointee.source_length { break }
    vectors &-= 1
  }
  guard vectors > 0 else { return }
  let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let fewest = table.pointee.fewest_taps
  let end = x &+ vectors &* A.lanes

  if R.windows == 0 {
    while gathersFour && x < end {
      put(gatheredSums(I.self, source, table, x), x)
      x &+= A.lanes
    }
    while x < end {
      let first = table.pointee.first! + x
      put(weightedSums(A.self, T.self, weights + x, table, x, fewest: fewest) { I.gather(source + $0, first) }, x)
      x &+= A.lanes
    }
    return
  }
  #if !RESAMPLE_BASELINE
    let slack = Int32(truncatingIfNeeded: table.pointee.step &- 1)
    if table.pointee.period > 0 && table.pointee.period <= A.lanes && T.taps > 0 {
      // The same weights, and the same lanes of a window that moves on, for every vector.
      let lanes = A.lanes(table.pointee.first! + x, from: table.pointee.first![x] &- slack)
      let advance = A.lanes / table.pointee.period &* table.pointee.advance
      var window = source + Int(table.pointee.first![x] &- slack)
      let first = load(weights + x, as: A.Vector.self)
      let second = load(weights + (x &+ table.pointee.tap_stride), as: A.Vector.self)
      let third = T.taps > 2 ? load(weights + (x &+ 2 &* table.pointee.tap_stride), as: A.Vector.self) : first
      let fourth = T.taps > 2 ? load(weights + (x &+ 3 &* table.pointee.tap_stride), as: A.Vector.self) : first
      while x < end {
        var sums = A.product(first, permuted(I.self, R.self, window, lanes))
        sums = A.multiplyAdd(sums, second, permuted(I.self, R.self, window + table.pointee.step, lanes))
        if T.taps > 2 {
          sums = A.multiplyAdd(sums, third, permuted(I.self, R.self, window + 2 &* table.pointee.step, lanes))
          sums = A.multiplyAdd(sums, fourth, permuted(I.self, R.self, window + 3 &* table.pointee.step, lanes))
        }
        put(sums, x)
        window += advance
        x &+= A.lanes
      }
      return
    }
    while x < end {
      let base = table.pointee.first![x] &- slack
      let lanes = A.lanes(table.pointee.first! + x, from: base)
      let window = source + Int(base)
      let sums = weightedSums(A.self, T.self, weights + x, table, x, fewest: fewest) {
        permuted(I.self, R.self, window + $0, lanes)
      }
      put(sums, x)
      x &+= A.lanes
    }
  #endif
}

/// The sums of a vector of interior samples from `x` on, four taps at a time.
@inline(__always) private func gatheredSums<I: Samples>(
  _ input: I.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>, _ x: Int
) -> I.A.Vector {
  typealias A = I.A
  let first = table.pointee.first! + x
  let stride = table.pointee.tap_stride
  let (fewest, most) = (table.pointee.fewest_taps, table.pointee.most_taps)
  var weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + x
  var samples = I.gatherFour(source, first)
  var sums = A.product(load(weights, as: A.Vector.self), samples.0)
  if fewest == 0 { sums = A.select(table.pointee.count! + x, above: 0, sums, A.zero) }
  @inline(__always) func add(_ tap: Int, _ samples: A.Vector) {
    if tap >= most { return }
    let added = A.multiplyAdd(sums, load(weights + (tap & 3) &* stride, as: A.Vector.self), samples)
    // As in weightedSums.
    sums =
      tap < fewest
      ? added : A.select(table.pointee.count! + x, above: Int32(truncatingIfNeeded: tap), added, sums)
  }
  add(1, samples.1)
  add(2, samples.2)
  add(3, samples.3)
  var tap = 4
  while tap < most {
    weights += 4 &* stride
    samples = I.gatherFour(source + tap, first)
    add(tap, samples.0)
    add(tap &+ 1, samples.1)
    add(tap &+ 2, samples.2)
    add(tap &+ 3, samples.3)
    tap &+= 4
  }
  return sums
}

#if !RESAMPLE_BASELINE
  @inline(__always) private func permuted<I: Samples, R: Reading>(
    _ input: I.Type, _ reading: R.Type, _ window: UnsafePointer<I.Stored>, _ lanes: rsi_lanes
  ) -> I.A.Vector {
    let low = I.load(window)
    return R.windows == 2
      ? I.A.permute(low, I.load(window + I.A.lanes), lanes) : I.A.permute(low, lanes)
  }
#endif

/// The sums of a vector of samples from `x` on, each of which has `fewest` taps or more; `samples` gives the source
/// samples of a tap that is so many samples behind the first.
@inline(__always) private func weightedSums<A: Arithmetic, T: TapCount>(
  _ arithmetic: A.Type, _ count: T.Type, _ weights: UnsafePointer<A.Scalar>, _ table: UnsafePointer<rsk_taps>, _ x: Int,
  fewest: Int, _ samples: (Int) -> A.Vector
) -> A.Vector {
  var sums = A.product(load(weights, as: A.Vector.self), samples(0))
  @inline(__always) func added(_ tap: Int) -> A.Vector {
    A.multiplyAdd(
      sums, load(weights + tap &* table.pointee.tap_stride, as: A.Vector.self), samples(tap &* table.pointee.step))
  }
  if T.taps > 0 {
    if T.taps > 1 { sums = added(1) }
    if T.taps > 2 { sums = added(2) }
    if T.taps > 3 { sums = added(3) }
    return sums
  }
  if fewest == 0 { sums = A.select(table.pointee.count! + x, above: 0, sums, A.zero) }
  var tap = 1
  while tap < fewest {
    sums = added(tap)
    tap &+= 1
  }
  // Samples with fewer taps keep their sum: a weight of 0 would let an infinity or NaN in that they do not read.
  while tap < table.pointee.most_taps {
    sums = A.select(table.pointee.count! + x, above: Int32(truncatingIfNeeded: tap), added(tap), sums)
    tap &+= 1
  }
  return sums
}

// MARK: The ends of a row

/// Samples x ..< x + count, at most a vector of them, anywhere in the row.
@inline(__always) private func storeSums<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>, _ x: Int,
  _ count: Int, _ destination: UnsafeMutablePointer<O.Stored>
) where I.A == O.A {
  typealias A = I.A
  #if !RESAMPLE_BASELINE
    let base = max(0, Int(table.pointee.first![x]) &- (table.pointee.step &- 1))
    let end = Int(table.pointee.first![x &+ count &- 1]) &+ table.pointee.step
    if count > 1 && end &- base <= 2 &* A.lanes {
      let lanes = A.lanes(table.pointee.first! + x, from: Int32(truncatingIfNeeded: base))
      let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + x
      let isPair = end &- base > A.lanes
      let sums = weightedSums(A.self, AnyTaps.self, weights, table, x, fewest: min(1, table.pointee.fewest_taps)) {
        let start = base &+ $0
        let low = I.loadPart(source + start, count: table.pointee.source_length &- start)
        if !isPair { return A.permute(low, lanes) }
        return A.permute(
          low, I.loadPart(source + (start &+ A.lanes), count: table.pointee.source_length &- start &- A.lanes), lanes)
      }
      return O.storePart(sums, at: destination + x, count: count)
    }
  #endif
  var sample = x
  // What is interior is the end of a vector that begins among the samples before.
  let start = min(x &+ count, table.pointee.interior_end) &- A.lanes
  if table.pointee.step == 1 && start >= table.pointee.interior_start && start &+ A.lanes > x
    && Int(table.pointee.first![start &+ A.lanes &- 1]) &+ table.pointee.most_taps &+ 3 <= table.pointee.source_length
  {
    O.store(gatheredSums(I.self, source, table, start), at: destination + start)
    sample = start &+ A.lanes
  }
  while sample < x &+ count {
    destination[sample] = O.stored(
      weightedSum(I.self, source + Int(table.pointee.first![sample]), table.pointee.step, table, sample))
    sample &+= 1
  }
}

/// The sum of the samples, `stride` apart, that output sample `x` reads, times their weights.
@inline(__always) private func weightedSum<I: Samples>(
  _ input: I.Type, _ samples: UnsafePointer<I.Stored>, _ stride: Int, _ table: UnsafePointer<rsk_taps>, _ x: Int
) -> I.Row {
  typealias A = I.A
  let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + x &* table.pointee.sample_stride
  let count = Int(table.pointee.count![x])
  if count == 0 { return A.first(A.zero) }
  var sum = A.product(weights[0], I.row(samples[0]))
  var tap = 1
  while tap < count {
    sum = A.multiplyAdd(sum, weights[tap &* table.pointee.tap_stride], I.row(samples[tap &* stride]))
    tap &+= 1
  }
  return sum
}

// MARK: Many samples a pixel: vectors across them

@inline(__always) private func horizontalInterleavedPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>,
  _ lanes: Int, _ destination: UnsafeMutablePointer<O.Stored>
) where I.A == O.A {
  let allWeights = table.pointee.weights!.assumingMemoryBound(to: I.Row.self)
  var x = 0
  while x < table.pointee.length {
    let pixel = source + Int(table.pointee.first![x]) &* lanes
    let weights = allWeights + x &* table.pointee.sample_stride
    let count = Int(table.pointee.count![x])
    forEachVector(I.self, O.self, lanes, destination + x &* lanes) { lane, samples in
      count == 0
        ? I.A.zero
        : weightedRows(I.A.self, weights, table.pointee.tap_stride, count) { samples(pixel + ($0 &* lanes &+ lane)) }
    }
    x &+= 1
  }
}

// MARK: Many samples a pixel, two rows and two taps: both passes at once

/// One row of the output from the one or two rows that it reads, whose samples have one or two taps each.
///
/// Every row is resampled again for every row of the output, which takes less time than to keep what is as wide as the
/// output. The roundings are those of one pass behind the other.
@inline(__always) func bilinearInterleavedPass<S: Samples>(
  _ dtype: S.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ rowWeights: UnsafeRawPointer, _ rowCount: Int,
  _ table: UnsafePointer<rsk_taps>, _ lanes: Int, _ destination: UnsafeMutableRawPointer
) {
  typealias A = S.A
  let destination = destination.assumingMemoryBound(to: S.Stored.self)
  let rowWeights = rowWeights.assumingMemoryBound(to: A.Scalar.self)
  let firstRow = rows[0]!.assumingMemoryBound(to: S.Stored.self)
  let secondRow = rows[rowCount &- 1]!.assumingMemoryBound(to: S.Stored.self)
  let (firstRowWeight, secondRowWeight) = (A.splat(rowWeights[0]), A.splat(rowWeights[rowCount &- 1]))
  let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (first, count) = (table.pointee.first!, table.pointee.count!)
  let length = table.pointee.length
  var x = 0
  while x < length {
    let offset = Int(first[x]) &* lanes
    let output = destination + x &* lanes
    let (left, right) = (A.splat(weights[x]), A.splat(weights[x &+ (count[x] > 1 ? table.pointee.tap_stride : 0)]))
    if rowCount > 1 && count[x] > 1 {
      forEachVector(S.self, S.self, lanes, output) { lane, samples in
        var above = A.product(left, samples(firstRow + (offset &+ lane)))
        above = A.multiplyAdd(above, right, samples(firstRow + (offset &+ lanes &+ lane)))
        var below = A.product(left, samples(secondRow + (offset &+ lane)))
        below = A.multiplyAdd(below, right, samples(secondRow + (offset &+ lanes &+ lane)))
        return A.multiplyAdd(A.product(firstRowWeight, above), secondRowWeight, below)
      }
    } else {
      forEachVector(S.self, S.self, lanes, output) { lane, samples in
        var sums = A.product(left, samples(firstRow + (offset &+ lane)))
        if count[x] > 1 { sums = A.multiplyAdd(sums, right, samples(firstRow + (offset &+ lanes &+ lane))) }
        sums = A.product(firstRowWeight, sums)
        if rowCount > 1 {
          var below = A.product(left, samples(secondRow + (offset &+ lane)))
          if count[x] > 1 { below = A.multiplyAdd(below, right, samples(secondRow + (offset &+ lanes &+ lane))) }
          sums = A.multiplyAdd(sums, secondRowWeight, below)
        }
        return sums
      }
    }
    x &+= 1
  }
}
