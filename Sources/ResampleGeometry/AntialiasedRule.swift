/// A filter stretched by the scale where that is above 1, over the samples that it reaches. Samples outside the axis
/// do not count, and the weights of the others are divided by their sum.
struct AntialiasedRule<R: Real> {
  let inputLength: Int
  let filter: Filter
  let coordinate: SourceCoordinate<R>
  let support: R
  let inverseScale: R

  init(_ axis: Axis, filter: Filter) {
    inputLength = axis.inputLength
    self.filter = filter
    coordinate = SourceCoordinate(axis)
    let isDownscaling = coordinate.scale >= 1
    support = isDownscaling ? R(filter.support) * coordinate.scale : R(filter.support)
    inverseScale = isDownscaling ? 1 / coordinate.scale : 1
  }

  func window(of index: Int) -> Window {
    let centre = coordinate.centre(of: index)
    // The halves are float64 in PyTorch, whatever the type of the coordinates.
    let first = min(max(Int((centre - support).double + 0.5), 0), inputLength - 1)
    let end = min(Int((centre + support).double + 0.5), inputLength)
    return Window(first: first, count: max(end - first, 1))
  }

  func fillWeights(of index: Int, in window: Window, _ weights: inout MutableSpan<R>) {
    // Summed from the left, as PyTorch does: on long axes float32 tells the difference.
    let toFirst = R(window.first) - coordinate.centre(of: index)
    var total: R = 0
    for k in 0..<window.count {
      let distance = (toFirst + R(k) + 0.5) * inverseScale
      weights[k] = filter.weight(atDistance: distance)
      total += weights[k]
    }
    guard total != 0 else { return }
    for k in 0..<window.count { weights[k] /= total }
  }
}
