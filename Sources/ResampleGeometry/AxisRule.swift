/// What one axis does: for every output sample the window of source samples it reads, and their weights.
///
/// Borders are folded in: a window never leaves the source axis, so that no kernel knows a border.
package struct AxisRule<R: Real> {
  private enum Kind {
    case copy
    case nearest(NearestRule<R>)
    case point(PointRule<R>)
    case area(AreaRule)
    case antialiased(AntialiasedRule<R>)
  }

  private let kind: Kind
  private let coordinate: SourceCoordinate<R>

  package init(_ axis: Axis) {
    coordinate = SourceCoordinate(axis)
    if axis.isCopied {
      kind = .copy
      return
    }
    switch axis.sampling {
    case .nearest: kind = .nearest(NearestRule(axis, isExact: false))
    case .nearestExact: kind = .nearest(NearestRule(axis, isExact: true))
    case .linear: kind = .point(PointRule(axis, taps: 2))
    case .cubic: kind = .point(PointRule(axis, taps: 4))
    case .area: kind = .area(AreaRule(axis))
    case .antialiased(let filter): kind = .antialiased(AntialiasedRule(axis, filter: filter))
    }
  }

  /// The position in the source axis of output sample `index`, before the border rule.
  package func position(of index: Int) -> R {
    switch kind {
    case .copy: R(index)
    case .nearest(let rule): rule.position(of: index)
    case .point(let rule): rule.position(of: index)
    case .area: coordinate.position(of: index, isFused: false)
    case .antialiased: coordinate.centre(of: index) - 0.5
    }
  }

  package func window(of index: Int) -> Window {
    switch kind {
    case .copy: Window(first: index, count: 1)
    case .nearest(let rule): Window(first: rule.source(of: index), count: 1)
    case .point(let rule): rule.window(of: index)
    case .area(let rule): rule.window(of: index)
    case .antialiased(let rule): rule.window(of: index)
    }
  }

  /// Writes the weights of the samples in `window`, which is the window of `index`, to the first entries of `weights`.
  package func fillWeights(of index: Int, in window: Window, _ weights: inout MutableSpan<R>) {
    switch kind {
    case .copy, .nearest: weights[0] = 1
    case .point(let rule): rule.fillWeights(of: index, in: window, &weights)
    case .area: for k in 0..<window.count { weights[k] = 1 / R(window.count) }
    case .antialiased(let rule): rule.fillWeights(of: index, in: window, &weights)
    }
  }
}
