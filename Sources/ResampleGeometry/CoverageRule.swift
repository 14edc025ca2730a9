/// The mean of the share of the axis that an output sample covers: whole samples, and parts of the first and the last.
struct CoverageRule<R: Real> {
  let inputLength: Int
  let shares: Convention.Shares
  let repeatsEdges: Bool
  let leavesOutsideEmpty: Bool
  let weightPrecision: WeightPrecision
  let coordinate: SourceCoordinate<R>

  init(_ axis: Axis, _ shares: Convention.Shares) {
    inputLength = axis.inputLength
    self.shares = shares
    repeatsEdges = axis.convention.borders == .clamped
    leavesOutsideEmpty = axis.convention.borders == .droppedWithCentres
    weightPrecision = axis.convention.weightPrecision
    coordinate = SourceCoordinate(axis)
  }

  /// No window has more samples: a bound on the scale, with a sample at either end.
  var mostTaps: Int { coordinate.scale < R(inputLength) ? min(coordinate.scale.floor + 3, inputLength) : inputLength }

  private func share(of index: Int) -> (start: R, end: R) {
    let start = coordinate.start(of: index)
    return (start, shares == .adjoining ? coordinate.start(of: index + 1) : start + coordinate.scale)
  }

  private func clamped(_ sample: Int) -> Int { max(min(sample, inputLength - 1), 0) }

  func window(of index: Int) -> Window {
    if leavesOutsideEmpty {
      let position = coordinate.position(of: index)
      if position < -0.5 { return Window(first: 0, count: 0) }
      if position > R(inputLength) - 0.5 { return Window(first: inputLength - 1, count: 0) }
    }
    let (start, end) = share(of: index)
    let samples = samples(from: start, to: end)
    let first = clamped(samples.lowerBound)
    return Window(first: first, count: samples.isEmpty ? 0 : clamped(samples.upperBound - 1) - first + 1)
  }

  /// Those that the share has a part of, inside the axis or not.
  private func samples(from start: R, to end: R) -> Range<Int> {
    let (first, last) = (start.floor, end.floor)
    return first..<(R(last) == end ? last : last + 1)
  }

  @inline(never)
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let index = outputs.lowerBound &+ entry
      let window = window(of: index)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let place = entry &* layout.sampleStride
      for k in 0..<mostTaps { weights[place + k * layout.tapStride] = 0 }
      if window.count == 0 { continue }
      let (start, end) = share(of: index)
      var total: R = 0
      var samples = samples(from: start, to: end)
      if !repeatsEdges { samples = samples.clamped(to: 0..<inputLength) }
      for sample in samples {
        let (before, after) = (R(sample), R(sample + 1))
        // A share inside one sample is the scale itself, which start and end may be too far from zero to tell.
        let part = max(
          0,
          shares == .adjoining && before < start && end < after
            ? coordinate.scale : min(end, after) - max(start, before))
        weights[place + (clamped(sample) - window.first) * layout.tapStride] += part
        total += part
      }
      if shares == .adjoining { total = coordinate.scale }
      guard total != 0 else { continue }
      for k in 0..<window.count {
        let tap = place + k * layout.tapStride
        weights[tap] = weightPrecision.rounded(weights[tap] / total)
      }
    }
  }
}
