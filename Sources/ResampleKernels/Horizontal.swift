import CShims

/// Resamples rows along their pixels: destination[x] = sum over taps of weight * source[first[x] + tap].
///
/// The taps of an output sample are summed in order, the first product alone, the others by multiply-add, on every path
/// through these functions: the bits of a result must not depend on the memory format.
@inline(__always) func horizontalPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: UnsafePointer<rsk_taps>,
  samplesPerPixel: Int, destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, streams: Bool
) where I.A == O.A {
  var row = 0
  while row < rows {
    let source = sources[row]!.assumingMemoryBound(to: I.Stored.self)
    let destination = destinations[row]!.assumingMemoryBound(to: O.Stored.self)
    if samplesPerPixel == 1 {
      horizontalPlanarPass(I.self, O.self, source, table, destination: destination, streams: streams)
    } else {
      horizontalInterleavedPass(
        I.self, O.self, source, table, samplesPerPixel: samplesPerPixel, destination: destination)
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
private enum NoWindow: Reading { @inline(__always) static var windows: Int { 0 } }
private enum OneWindow: Reading { @inline(__always) static var windows: Int { 1 } }
private enum TwoWindows: Reading { @inline(__always) static var windows: Int { 2 } }

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
  destination: UnsafeMutablePointer<O.Stored>, streams: Bool
) where I.A == O.A {
  typealias A = I.A
  // As in verticalPass.
  let head =
    streams || table.pointee.length >= 4 &* A.width ? samplesToAlignment(O.self, destination) : nil
  var x = min(head ?? 0, table.pointee.length)
  if x > 0 { storeSums(I.self, O.self, source, table, x: 0, count: x, destination: destination) }
  while x < table.pointee.length && x < table.pointee.interior_start {
    let count = min(A.width, table.pointee.length &- x)
    storeSums(I.self, O.self, source, table, x: x, count: count, destination: destination)
    x &+= count
  }
  if streams && head != nil {
    interiorVectors(I.self, source, table, &x) { O.stream($0, to: destination + $1) }
  } else {
    interiorVectors(I.self, source, table, &x) { O.store($0, at: destination + $1) }
  }
  while x < table.pointee.length {
    let count = min(A.width, table.pointee.length &- x)
    storeSums(I.self, O.self, source, table, x: x, count: count, destination: destination)
    x &+= count
  }
}

/// Gives `put` the sums of all vectors from `x` on that are interior and whose windows lie within the source.
@inline(__always) private func interiorVectors<I: Samples>(
  _ input: I.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>, _ x: inout Int,
  put: (I.A.Vector, Int) -> Void
) {
  typealias A = I.A
  let spans = table.pointee.spans
  let span = !A.hasPermutations ? Int.max : A.width == 4 ? spans.0 : A.width == 8 ? spans.1 : spans.2
  let taps = table.pointee.fewest_taps == table.pointee.most_taps ? table.pointee.most_taps : 0
  if span > 2 &* A.width {
    interiorVectors(I.self, NoWindow.self, AnyTaps.self, source, table, x: &x, put: put)
  } else if span > A.width {
    if taps == 2 {
      interiorVectors(I.self, TwoWindows.self, TwoTaps.self, source, table, x: &x, put: put)
    } else {
      interiorVectors(I.self, TwoWindows.self, AnyTaps.self, source, table, x: &x, put: put)
    }
  } else if taps == 2 {
    interiorVectors(I.self, OneWindow.self, TwoTaps.self, source, table, x: &x, put: put)
  } else if taps == 4 {
    interiorVectors(I.self, OneWindow.self, FourTaps.self, source, table, x: &x, put: put)
  } else {
    interiorVectors(I.self, OneWindow.self, AnyTaps.self, source, table, x: &x, put: put)
  }
}

@inline(__always) private func interiorVectors<I: Samples, R: Reading, T: TapCount>(
  _ input: I.Type, _ reading: R.Type, _ count: T.Type, _ source: UnsafePointer<I.Stored>,
  _ table: UnsafePointer<rsk_taps>, x: inout Int, put: (I.A.Vector, Int) -> Void
) {
  typealias A = I.A
  // Samples are gathered four taps at a time where taps are neighbours: up to three after the last are read.
  let gathersFour = R.windows == 0 && table.pointee.step == 1
  // From the first sample of the last vector on; that of one before it may be the other samples of the pixel further
  // on.
  let reach = R.windows == 0 ? (gathersFour ? 4 : table.pointee.step) : R.windows &* A.width
  var vectors = (table.pointee.interior_end &- x) / A.width
  while vectors > 0 {
    let x = x &+ (vectors &- 1) &* A.width
    let last =
      Int(table.pointee.first![R.windows == 0 ? x &+ A.width &- 1 : x]) &+ (table.pointee.most_taps &- 1)
      &* table.pointee.step
    if last &+ reach <= table.pointee.source_length { break }
    vectors &-= 1
  }
  guard vectors > 0 else { return }
  let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let fewest = table.pointee.fewest_taps
  let end = x &+ vectors &* A.width

  if R.windows == 0 {
    while gathersFour && x < end {
      put(gatheredSums(I.self, source, table, x), x)
      x &+= A.width
    }
    while x < end {
      let first = table.pointee.first! + x
      put(
        weightedSums(A.self, T.self, weights + x, table, x: x, fewest: fewest) { I.gather(source + $0, first) }, x)
      x &+= A.width
    }
    return
  }
  let slack = Int32(truncatingIfNeeded: table.pointee.step &- 1)
  if table.pointee.period > 0 && table.pointee.period <= A.width && T.taps > 0 {
    // The same weights, and the same permutation of a window that moves on, for every vector.
    let permutation = A.permutation(table.pointee.first! + x, from: table.pointee.first![x] &- slack)
    let advance = A.width / table.pointee.period &* table.pointee.advance
    var window = source + Int(table.pointee.first![x] &- slack)
    let first = load(weights + x, as: A.Vector.self)
    let second = load(weights + (x &+ table.pointee.tap_stride), as: A.Vector.self)
    let third = T.taps > 2 ? load(weights + (x &+ 2 &* table.pointee.tap_stride), as: A.Vector.self) : first
    let fourth = T.taps > 2 ? load(weights + (x &+ 3 &* table.pointee.tap_stride), as: A.Vector.self) : first
    while x < end {
      var sums = A.product(first, permuted(I.self, R.self, window, permutation))
      sums = A.multiplyAdd(sums, second, permuted(I.self, R.self, window + table.pointee.step, permutation))
      if T.taps > 2 {
        sums = A.multiplyAdd(sums, third, permuted(I.self, R.self, window + 2 &* table.pointee.step, permutation))
        sums = A.multiplyAdd(sums, fourth, permuted(I.self, R.self, window + 3 &* table.pointee.step, permutation))
      }
      put(sums, x)
      window += advance
      x &+= A.width
    }
    return
  }
  while x < end {
    let base = table.pointee.first![x] &- slack
    let permutation = A.permutation(table.pointee.first! + x, from: base)
    let window = source + Int(base)
    let sums = weightedSums(A.self, T.self, weights + x, table, x: x, fewest: fewest) {
      permuted(I.self, R.self, window + $0, permutation)
    }
    put(sums, x)
    x &+= A.width
  }
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

@inline(__always) private func permuted<I: Samples, R: Reading>(
  _ input: I.Type, _ reading: R.Type, _ window: UnsafePointer<I.Stored>, _ permutation: Permutation
) -> I.A.Vector {
  let low = I.load(window)
  return R.windows == 2
    ? I.A.permute(low, I.load(window + I.A.width), permutation) : I.A.permute(low, permutation)
}

/// The sums of a vector of samples from `x` on, each of which has `fewest` taps or more; `samples` gives the source
/// samples of a tap that is that many samples after the first.
@inline(__always) private func weightedSums<A: RealArithmetic, T: TapCount>(
  _ arithmetic: A.Type, _ count: T.Type, _ weights: UnsafePointer<A.Scalar>, _ table: UnsafePointer<rsk_taps>, x: Int,
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
  _ input: I.Type, _ output: O.Type, _ source: UnsafePointer<I.Stored>, _ table: UnsafePointer<rsk_taps>, x: Int,
  count: Int, destination: UnsafeMutablePointer<O.Stored>
) where I.A == O.A {
  typealias A = I.A
  if A.hasPermutations && I.hasPartialAccess {
    let base = max(0, Int(table.pointee.first![x]) &- (table.pointee.step &- 1))
    let end = Int(table.pointee.first![x &+ count &- 1]) &+ table.pointee.step
    if count > 1 && end &- base <= 2 &* A.width {
      let permutation = A.permutation(table.pointee.first! + x, from: Int32(truncatingIfNeeded: base))
      let weights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + x
      let isPair = end &- base > A.width
      let sums = weightedSums(A.self, AnyTaps.self, weights, table, x: x, fewest: min(1, table.pointee.fewest_taps)) {
        let start = base &+ $0
        let low = I.loadPart(source + start, count: table.pointee.source_length &- start)
        if !isPair { return A.permute(low, permutation) }
        let left = table.pointee.source_length &- start &- A.width
        return A.permute(low, I.loadPart(source + (start &+ A.width), count: left), permutation)
      }
      return O.storePart(sums, at: destination + x, count: count)
    }
  }
  var sample = x
  // What is interior is the end of a vector that begins among the samples before.
  let start = min(x &+ count, table.pointee.interior_end) &- A.width
  if table.pointee.step == 1 && start >= table.pointee.interior_start && start &+ A.width > x
    && Int(table.pointee.first![start &+ A.width &- 1]) &+ table.pointee.most_taps &+ 3 <= table.pointee.source_length
  {
    O.store(gatheredSums(I.self, source, table, start), at: destination + start)
    sample = start &+ A.width
  }
  while sample < x &+ count {
    let samples = source + Int(table.pointee.first![sample])
    destination[sample] = O.stored(weightedSum(I.self, samples, stride: table.pointee.step, table, sample))
    sample &+= 1
  }
}

/// The sum of the samples, `stride` apart, that output sample `x` reads, times their weights.
@inline(__always) private func weightedSum<I: Samples>(
  _ input: I.Type, _ samples: UnsafePointer<I.Stored>, stride: Int, _ table: UnsafePointer<rsk_taps>, _ x: Int
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
  samplesPerPixel: Int, destination: UnsafeMutablePointer<O.Stored>
) where I.A == O.A {
  let allWeights = table.pointee.weights!.assumingMemoryBound(to: I.Row.self)
  var x = 0
  while x < table.pointee.length {
    let pixel = source + Int(table.pointee.first![x]) &* samplesPerPixel
    let weights = allWeights + x &* table.pointee.sample_stride
    let count = Int(table.pointee.count![x])
    forEachVector(I.self, O.self, samplesPerPixel, destination + x &* samplesPerPixel) { place, samples in
      count == 0
        ? I.A.zero
        : weightedRows(I.A.self, weights, stride: table.pointee.tap_stride, count: count) {
          samples(pixel + ($0 &* samplesPerPixel &+ place))
        }
    }
    x &+= 1
  }
}

// MARK: Many samples a pixel, two rows and two taps: both passes at once

/// One row of the output from the one or two rows that it reads, whose samples have one or two taps each.
///
/// Every row is resampled again for every row of the output, which takes less time than to keep what is as wide as the
/// output. The roundings are those of one pass after the other.
@inline(__always) func bilinearInterleavedPass<S: Samples>(
  _ dtype: S.Type, rows: UnsafePointer<UnsafeRawPointer?>, rowWeights: UnsafeRawPointer, rowCount: Int,
  _ table: UnsafePointer<rsk_taps>, samplesPerPixel: Int, destination: UnsafeMutableRawPointer
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
    let offset = Int(first[x]) &* samplesPerPixel
    let output = destination + x &* samplesPerPixel
    let (left, right) = (A.splat(weights[x]), A.splat(weights[x &+ (count[x] > 1 ? table.pointee.tap_stride : 0)]))
    if rowCount > 1 && count[x] > 1 {
      forEachVector(S.self, S.self, samplesPerPixel, output) { place, samples in
        var above = A.product(left, samples(firstRow + (offset &+ place)))
        above = A.multiplyAdd(above, right, samples(firstRow + (offset &+ samplesPerPixel &+ place)))
        var below = A.product(left, samples(secondRow + (offset &+ place)))
        below = A.multiplyAdd(below, right, samples(secondRow + (offset &+ samplesPerPixel &+ place)))
        return A.multiplyAdd(A.product(firstRowWeight, above), secondRowWeight, below)
      }
    } else {
      forEachVector(S.self, S.self, samplesPerPixel, output) { place, samples in
        @inline(__always) func sums(_ row: UnsafePointer<S.Stored>) -> A.Vector {
          let sums = A.product(left, samples(row + (offset &+ place)))
          return count[x] > 1
            ? A.multiplyAdd(sums, right, samples(row + (offset &+ samplesPerPixel &+ place))) : sums
        }
        let above = A.product(firstRowWeight, sums(firstRow))
        return rowCount > 1 ? A.multiplyAdd(above, secondRowWeight, sums(secondRow)) : above
      }
    }
    x &+= 1
  }
}
