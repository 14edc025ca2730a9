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
    case filtered(FilterRule<R>)
    case neighbours(NeighbourRule)
    case cells(CellRule)
    case covered(CoverageRule<R>)
  }

  private let kind: Kind
  private let coordinate: SourceCoordinate<R>
  /// No window has more samples.
  package let mostTaps: Int

  // Not in the code of every caller, as large as it is; nor is what tells of single samples.
  @inline(never)
  package init(_ axis: Axis) {
    coordinate = SourceCoordinate(axis)
    let bound: Int
    if axis.isCopied {
      (kind, bound) = (.copy, 1)
    } else {
      switch axis.convention.sampling {
      case .nearest: (kind, bound) = (.nearest(NearestRule(axis)), 1)
      case .linear: (kind, bound) = (.point(PointRule(axis, taps: 2)), 2)
      case .cubic: (kind, bound) = (.point(PointRule(axis, taps: 4)), 4)
      case .area:
        let rule = AreaRule(axis)
        (kind, bound) = (.area(rule), rule.mostTaps)
      case .antialiased(let filter):
        let rule = AntialiasedRule<R>(axis, filter: filter)
        (kind, bound) = (.antialiased(rule), rule.mostTaps)
      case .filtered(let filter):
        let rule = FilterRule<R>(axis, filter: filter)
        (kind, bound) = (.filtered(rule), rule.mostTaps)
      case .neighbours(let filter): (kind, bound) = (.neighbours(NeighbourRule(axis, filter)), filter.taps)
      case .cells, .cellSums:
        let rule = CellRule(axis)
        (kind, bound) = (.cells(rule), rule.mostTaps)
      case .covered(let shares):
        let rule = CoverageRule<R>(axis, shares)
        (kind, bound) = (.covered(rule), rule.mostTaps)
      }
    }
    mostTaps = min(bound, axis.inputLength)
  }

  /// The position in the source axis of output sample `index`, before the border rule.
  @inline(never)
  package func position(of index: Int) -> R {
    switch kind {
    case .copy: R(index)
    case .nearest(let rule): rule.position(of: index)
    case .point(let rule): rule.position(of: index)
    case .area, .filtered, .cells, .covered: coordinate.position(of: index)
    case .neighbours(let rule): R(rule.position(of: index))
    case .antialiased: coordinate.centre(of: index) - 0.5
    }
  }

  /// The source samples that output sample `index` reads.
  @inline(never)
  package func window(of index: Int) -> Window {
    switch kind {
    case .copy: Window(first: index, count: 1)
    case .nearest(let rule): Window(first: rule.source(of: index), count: 1)
    case .point(let rule): rule.window(of: index)
    case .area(let rule): rule.window(of: index)
    case .antialiased(let rule): rule.window(of: index)
    case .filtered(let rule): rule.window(of: index)
    case .neighbours(let rule): rule.window(of: index)
    case .cells(let rule): rule.window(of: index)
    case .covered(let rule): rule.window(of: index)
    }
  }

  /// The most samples that a window of the output samples `outputs` has.
  package func longestWindow(of outputs: Range<Int>) -> Int {
    switch kind {
    case .copy, .nearest: outputs.isEmpty ? 0 : 1
    case .point(let rule): longest(outputs) { rule.window(of: $0).count }
    case .antialiased(let rule): longest(outputs) { rule.window(of: $0).count }
    case .area(let rule): longest(outputs) { rule.window(of: $0).count }
    case .filtered, .covered, .neighbours, .cells: longestOfOthers(outputs)
    }
  }

  @inline(never)
  private func longestOfOthers(_ outputs: Range<Int>) -> Int { longest(outputs) { window(of: $0).count } }

  @_optimize(speed) @inline(__always)
  private func longest(_ outputs: Range<Int>, _ count: (Int) -> Int) -> Int {
    var most = 0
    for output in outputs {
      most = max(most, count(output))
      if most == mostTaps { break }
    }
    return most
  }

  /// Writes the only source sample of each of the output samples `outputs`, by a rule that copies.
  ///
  /// Many samples a call, so that what the rule is gets decided once for all of them.
  @_optimize(speed)
  package func fillSources(of outputs: Range<Int>, _ first: inout MutableSpan<Int32>) {
    precondition(first.count >= outputs.count && mostTaps == 1)
    if case .nearest(let rule) = kind {
      rule.fillSources(of: outputs, &first)
    } else {
      for entry in 0..<outputs.count {
        first[unchecked: entry] = Int32(truncatingIfNeeded: outputs.lowerBound &+ entry)
      }
    }
  }

  /// Writes the windows of the output samples `outputs`, and `mostTaps` weights for each: zeros after its last.
  package func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout
  ) {
    precondition(
      first.count >= outputs.count && counts.count >= outputs.count
        && weights.count >= layout.end(ofSamples: outputs.count, taps: mostTaps))
    switch kind {
    case .copy, .nearest:
      fillSources(of: outputs, &first)
      for entry in 0..<outputs.count {
        counts[entry] = 1
        weights[entry * layout.sampleStride] = 1
      }
    case .point(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .area(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .antialiased(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .filtered(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .neighbours(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .cells(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    case .covered(let rule):
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout, mostTaps)
    }
  }
}

/// Where the weight of a tap of an output sample lies, counted from that of the first tap of the first of them.
package struct WeightLayout {
  package let sampleStride: Int
  package let tapStride: Int

  package init(sampleStride: Int, tapStride: Int) {
    (self.sampleStride, self.tapStride) = (sampleStride, tapStride)
  }

  /// The end of the last one.
  func end(ofSamples samples: Int, taps: Int) -> Int {
    samples == 0 ? 0 : (samples - 1) * sampleStride + (taps - 1) * tapStride + 1
  }
}
