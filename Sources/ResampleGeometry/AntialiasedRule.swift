/// A filter stretched by the scale where that is above 1, over the samples that it reaches. Samples outside the axis
/// do not count, and the weights of the others are divided by their sum.
struct AntialiasedRule<R: Real> {
  let inputLength: Int
  let filter: Filter
  let cubicSharpness: R
  let isFused: Bool
  let coordinate: SourceCoordinate<R>
  let support: R
  let inverseScale: R

  init(_ axis: Axis, filter: Filter) {
    inputLength = axis.inputLength
    self.filter = filter
    cubicSharpness = R(axis.convention.cubicSharpness)
    isFused = axis.convention.fusesFilters
    coordinate = SourceCoordinate(axis)
    let isStretched = axis.convention.stretchesFilters && coordinate.scale >= 1
    support = isStretched ? R(filter.support) * coordinate.scale : R(filter.support)
    inverseScale = isStretched ? 1 / coordinate.scale : 1
  }

  func window(of index: Int) -> Window {
    let centre = coordinate.centre(of: index)
    // The halves are float64 in PyTorch, whatever the type of the coordinates.
    let first = min(max(Int((centre - support).double + 0.5), 0), inputLength - 1)
    let end = Int(min((centre + support).double + 0.5, Double(inputLength)))
    return Window(first: first, count: max(end - first, 1))
  }

  /// No window has more samples. A bound on twice the support, with a sample at either end for the roundings of its ends.
  var mostTaps: Int {
    let width = 2 * support
    return width < R(inputLength) ? Int(width) + 4 : inputLength
  }

  @_optimize(speed) @inline(never)
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    let stride = layout.tapStride
    for entry in 0..<outputs.count {
      let index = outputs.lowerBound &+ entry
      let window = window(of: index)
      // The caller has made sure that there is room for so many.
      precondition(window.count <= mostTaps)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let centre = coordinate.centre(of: index)
      let toFirst = R(window.first) - centre
      let start = entry &* layout.sampleStride
      var place = start
      for k in 0..<window.count {
        // PyTorch's compiler takes the sum with k apart, others do not.
        let toSample = isFused ? toFirst + R(k) : R(window.first &+ k) - centre
        weights[unchecked: place] = (toSample + 0.5) * inverseScale
        place &+= stride
      }
      // Summed from the left, as PyTorch does: on long axes float32 tells the difference.
      let total = filter.weigh(
        &weights, from: start, stride: stride, count: window.count, cubicSharpness: cubicSharpness, isFused: isFused)
      if total != 0 {
        place = start
        for _ in 0..<window.count {
          weights[unchecked: place] /= total
          place &+= stride
        }
      }
      place = start &+ window.count &* stride
      for _ in window.count..<mostTaps {
        weights[unchecked: place] = 0
        place &+= stride
      }
    }
  }
}
