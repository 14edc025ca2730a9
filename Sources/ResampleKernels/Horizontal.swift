import CShims

/// Resamples one row along its pixels: destination[x] = sum over taps of weight * source[first[x] + tap].
///
/// The taps of an output sample are summed in order, the first product alone, the others by multiply-add, on every path
/// through these functions: the bits of a result must not depend on the memory format.
@inline(__always) func horizontalPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafeRawPointer, _ taps: UnsafePointer<rsk_taps>, _ lanes: Int,
  _ destination: UnsafeMutableRawPointer, _ streams: Bool
) {
  let source = source.assumingMemoryBound(to: A.Scalar.self)
  let destination = destination.assumingMemoryBound(to: A.Scalar.self)
  if lanes == 1 {
    if streams, let head = samplesToAlignment(A.self, destination) {
      horizontalPlanarPass(A.self, source, taps, destination, alignedAt: head) { A.stream($0, to: destination + $1) }
    } else {
      horizontalPlanarPass(A.self, source, taps, destination, alignedAt: nil) { store($0, at: destination + $1) }
    }
  } else {
    horizontalInterleavedPass(A.self, source, taps, lanes, destination)
  }
}

// MARK: One sample a pixel: vectors along the row

@inline(__always) private func horizontalPlanarPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafePointer<A.Scalar>, _ taps: UnsafePointer<rsk_taps>,
  _ destination: UnsafeMutablePointer<A.Scalar>, alignedAt head: Int?, _ put: (A.Vector, Int) -> Void
) {
  let table = taps.pointee
  func isAligned(_ x: Int) -> Bool { head == nil || (x &- head!) & (A.lanes &- 1) == 0 }
  var x = 0
  // Up to the first sample that is interior and, where `put` wants that, aligned.
  while x < table.length && (x < table.interior_start || !isAligned(x)) {
    storeSample(A.self, source, table, x, destination)
    x &+= 1
  }
  while x &+ A.lanes <= table.interior_end {
    if let samples = interiorSamples(A.self, source, table, x) {
      put(samples, x)
    } else {
      var sample = x
      while sample < x &+ A.lanes {
        storeSample(A.self, source, table, sample, destination)
        sample &+= 1
      }
    }
    x &+= A.lanes
  }
  // What is left of the interior is the end of a vector that begins among the samples before.
  let last = table.interior_end &- A.lanes
  if head == nil, x < table.interior_end, last >= table.interior_start,
    let samples = interiorSamples(A.self, source, table, last)
  {
    store(samples, at: destination + last)
    x = table.interior_end
  }
  while x < table.length {
    storeSample(A.self, source, table, x, destination)
    x &+= 1
  }
}

/// A vector of interior samples from `x` on, or nil where padding taps would reach behind the source.
@inline(__always) private func interiorSamples<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafePointer<A.Scalar>, _ table: rsk_taps, _ x: Int
) -> A.Vector? {
  let first = table.first! + x
  let base = Int(first[0])
  let end = Int(first[A.lanes &- 1]) &+ 1
  #if !RESAMPLE_BASELINE
    // The window of the first tap, from where the last tap's still ends within the source.
    let start = min(base, table.source_length &- table.most_taps &+ 1 &- A.lanes)
    if start >= 0 && end &- start <= A.lanes {
      let lanes = A.lanes(first, from: Int32(truncatingIfNeeded: start))
      return weightedSums(A.self, table, x) { A.permute(load(source + (start &+ $0), as: A.Vector.self), lanes) }
    }
    let startOfPair = min(base, table.source_length &- table.most_taps &+ 1 &- 2 &* A.lanes)
    if startOfPair >= 0 && end &- startOfPair <= 2 &* A.lanes {
      let lanes = A.lanes(first, from: Int32(truncatingIfNeeded: startOfPair))
      return weightedSums(A.self, table, x) {
        let window = source + (startOfPair &+ $0)
        return A.permute(load(window, as: A.Vector.self), load(window + A.lanes, as: A.Vector.self), lanes)
      }
    }
  #endif
  if end &+ table.most_taps &- 1 > table.source_length { return nil }
  return weightedSums(A.self, table, x) { A.gather(source + $0, first) }
}

/// The sums of a vector of interior samples from `x` on; `samples` gives the source samples of one tap.
@inline(__always) private func weightedSums<A: Arithmetic>(
  _ arithmetic: A.Type, _ table: rsk_taps, _ x: Int, _ samples: (Int) -> A.Vector
) -> A.Vector {
  let weights = table.weights!.assumingMemoryBound(to: A.Scalar.self) + x
  var sums = A.product(load(weights, as: A.Vector.self), samples(0))
  var tap = 1
  while tap < table.fewest_taps {
    sums = A.multiplyAdd(sums, load(weights + tap &* table.tap_stride, as: A.Vector.self), samples(tap))
    tap &+= 1
  }
  // Samples with fewer taps keep their sum: a weight of 0 would let an infinity or NaN in that they do not read.
  while tap < table.most_taps {
    let weight = load(weights + tap &* table.tap_stride, as: A.Vector.self)
    sums = A.select(
      table.count! + x, above: Int32(truncatingIfNeeded: tap), A.multiplyAdd(sums, weight, samples(tap)), sums)
    tap &+= 1
  }
  return sums
}

@inline(__always) private func storeSample<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafePointer<A.Scalar>, _ table: rsk_taps, _ x: Int,
  _ destination: UnsafeMutablePointer<A.Scalar>
) {
  destination[x] = weightedSum(A.self, source + Int(table.first![x]), 1, table, x)
}

/// The sum of the samples, `stride` apart, that output sample `x` reads, times their weights.
@inline(__always) private func weightedSum<A: Arithmetic>(
  _ arithmetic: A.Type, _ samples: UnsafePointer<A.Scalar>, _ stride: Int, _ table: rsk_taps, _ x: Int
) -> A.Scalar {
  let weights = table.weights!.assumingMemoryBound(to: A.Scalar.self) + x &* table.sample_stride
  let count = Int(table.count![x])
  var sum = A.product(weights[0], samples[0])
  var tap = 1
  while tap < count {
    sum = A.multiplyAdd(sum, weights[tap &* table.tap_stride], samples[tap &* stride])
    tap &+= 1
  }
  return sum
}

// MARK: Several samples a pixel: vectors across them

@inline(__always) private func horizontalInterleavedPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafePointer<A.Scalar>, _ taps: UnsafePointer<rsk_taps>, _ lanes: Int,
  _ destination: UnsafeMutablePointer<A.Scalar>
) {
  let table = taps.pointee
  let allWeights = table.weights!.assumingMemoryBound(to: A.Scalar.self)
  var x = 0
  while x < table.length {
    let pixel = source + Int(table.first![x]) &* lanes
    let weights = allWeights + x &* table.sample_stride
    let count = Int(table.count![x])
    let output = destination + x &* lanes
    var lane = 0
    while lane &+ A.lanes <= lanes {
      var sums = A.product(A.splat(weights[0]), load(pixel + lane, as: A.Vector.self))
      var tap = 1
      while tap < count {
        let weight = A.splat(weights[tap &* table.tap_stride])
        sums = A.multiplyAdd(sums, weight, load(pixel + (tap &* lanes &+ lane), as: A.Vector.self))
        tap &+= 1
      }
      store(sums, at: output + lane)
      lane &+= A.lanes
    }
    while lane < lanes {
      output[lane] = weightedSum(A.self, pixel + lane, lanes, table, x)
      lane &+= 1
    }
    x &+= 1
  }
}
