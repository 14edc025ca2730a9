/// How the samples around a source coordinate are weighted.
package enum NeighbourFilter: Equatable {
  /// Two samples.
  case linear
  /// Two samples; output samples that lie within one source sample copy it, others are its mean with the next by their shares.
  case shares
  /// Four samples.
  case cubic
  /// Eight samples.
  case lanczos4

  var taps: Int {
    switch self {
    case .linear, .shares: 2
    case .cubic: 4
    case .lanczos4: 8
    }
  }
}

/// As many samples around the source coordinate for every output sample, as OpenCV weights them. Those outside the axis are its
/// first and its last, which take the weights of all that are there.
struct NeighbourRule {
  let inputLength: Int
  let filter: NeighbourFilter
  let cubicSharpness: Double
  let precision: WeightPrecision
  let factor: Double
  let scale: Double
  /// Positions are rounded to float32, and weights computed in it.
  let isSingle: Bool

  init(_ axis: Axis, _ filter: NeighbourFilter) {
    inputLength = axis.inputLength
    self.filter = filter
    cubicSharpness = axis.convention.cubicSharpness
    precision = axis.convention.weightPrecision
    factor = axis.factor ?? Double(axis.outputLength) / Double(axis.inputLength)
    scale = 1 / factor
    isSingle = !axis.isDouble || precision.isSingle
  }

  func position(of index: Int) -> Double {
    let position = filter == .shares ? Double(index) * scale : (Double(index) + 0.5) * scale - 0.5
    return isSingle && filter != .shares ? Double(Float(position)) : position
  }

  /// The sample at or before the coordinate, and how far beyond it the coordinate lies, from 0 to 1.
  @inline(never)
  func split(_ index: Int) -> (sample: Int, distance: Double) {
    let position = position(of: index)
    let sample = position.floor
    if filter == .shares {
      let end = Float(Double(index + 1) - Double(sample + 1) * factor)
      return (sample, end <= 0 ? 0 : Double(end - Float(end.floor)))
    }
    // Just below 0 the distance rounds to 1.
    let distance = isSingle ? Double(Float(position) - Float(sample)) : position - Double(sample)
    return (sample, precision.roundedDistance(distance))
  }

  private func clamped(_ sample: Int) -> Int { max(min(sample, inputLength - 1), 0) }

  func window(of index: Int) -> Window { window(around: split(index).sample) }

  private func window(around sample: Int) -> Window {
    let first = clamped(sample - filter.taps / 2 + 1)
    return Window(first: first, count: clamped(sample + filter.taps / 2) - first + 1)
  }

  /// The weights of the samples around one that lies so far before the coordinate.
  func weights(_ distance: Double) -> InlineArray<8, Double> {
    isSingle ? weights(Float(distance)) : weights(of: distance)
  }

  @inline(never)
  private func weights(_ distance: Float) -> InlineArray<8, Double> { weights(of: distance) }

  @inline(__always)
  private func weights<W: Real>(of x: W) -> InlineArray<8, Double> {
    var weights = InlineArray<8, Double>(repeating: 0)
    switch filter {
    case .linear, .shares: (weights[0], weights[1]) = ((1 - x).double, x.double)
    case .cubic:
      // Each step rounds, as in OpenCV's interpolateCubic; the last weight is what the others leave.
      let a = W(cubicSharpness)
      let (y, z) = (x + 1, 1 - x)
      let far = ((a * y - 5 * a) * y + 8 * a) * y - 4 * a
      let near = ((a + 2) * x - (a + 3)) * x * x + 1
      let next = ((a + 2) * z - (a + 3)) * z * z + 1
      (weights[0], weights[1], weights[2]) = (far.double, near.double, next.double)
      weights[3] = (1 - far - near - next).double
    case .lanczos4: weights = lanczos(x)
    }
    for tap in 0..<filter.taps { weights[tap] = precision.rounded(W(weights[tap])).double }
    return weights
  }

  /// Eight taps from the sine and the cosine of the first, which are float64 as OpenCV has them.
  private func lanczos<W: Real>(_ x: W) -> InlineArray<8, Double> {
    let diagonal = 0.70710678118654752440084436210485
    let sines: InlineArray<8, Double> = [1, -diagonal, 0, diagonal, -1, diagonal, 0, -diagonal]
    let cosines: InlineArray<8, Double> = [0, -diagonal, 1, -diagonal, 0, diagonal, -1, diagonal]
    let start = -(x + 3).double * Double.pi * 0.25
    let (sine, cosine) = (Double.sine(start), Double.cosine(start))
    var total: W = 0
    var weights = InlineArray<8, Double>(repeating: 0)
    for tap in 0..<8 {
      let distance = x + 3 - W(tap)
      var weight: W = 1e30
      if abs(distance) >= W(Float(1e-6)) {
        let y = -distance.double * Double.pi * 0.25
        weight = W((sines[tap] * sine + cosines[tap] * cosine) / (y * y))
      }
      weights[tap] = weight.double
      total += weight
    }
    let inverse = 1 / total
    for tap in 0..<8 { weights[tap] = (W(weights[tap]) * inverse).double }
    return weights
  }

  @inline(never)
  func fill<R: Real>(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let (sample, distance) = split(outputs.lowerBound &+ entry)
      let window = window(around: sample)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let start = entry &* layout.sampleStride
      for tap in 0..<mostTaps { weights[start + tap * layout.tapStride] = 0 }
      let ofTaps = self.weights(distance)
      for tap in 0..<filter.taps {
        let source = clamped(sample - filter.taps / 2 + 1 + tap)
        weights[start + (source - window.first) * layout.tapStride] += R(ofTaps[tap])
      }
    }
  }
}

/// The two taps of each output sample as OpenCV weights bytes by them, not merged where both are the same sample.
package struct BytePairs {
  private let rule: NeighbourRule
  private let one: Double
  /// Before its first sample and from its last on, an axis is read at that sample alone.
  private let movesInside: Bool

  /// `axis` is one of two neighbours, with weights of so many bits.
  @inline(never)
  package init(_ axis: Axis, bits: Int32, movesInside: Bool) {
    guard case .neighbours(let filter) = axis.convention.sampling else { preconditionFailure() }
    rule = NeighbourRule(axis, filter)
    one = Double(1 << bits)
    self.movesInside = movesInside
  }

  /// The first sample, which may be -1 or the last, and both weights.
  @inline(never)
  package func pair(of index: Int) -> (first: Int, weights: (Int16, Int16)) {
    let (sample, distance) = rule.split(index)
    let last = rule.inputLength - 1
    if movesInside && (sample < 0 || sample >= last) { return (sample < 0 ? 0 : last, (Int16(one), 0)) }
    let weights = rule.weights(distance)
    return (min(sample, last), (Int16(weights[0] * one), Int16(weights[1] * one)))
  }
}
