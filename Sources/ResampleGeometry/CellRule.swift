/// The mean of what an output sample covers, samples by their shares of it, or their sum: OpenCV's area where it shrinks.
struct CellRule {
  let inputLength: Int
  let scale: Double
  let isSum: Bool

  init(_ axis: Axis) {
    isSum = axis.convention.sampling == .cellSums
    inputLength = axis.inputLength
    scale = 1 / (axis.factor ?? Double(axis.outputLength) / Double(axis.inputLength))
  }

  /// No window has more samples.
  var mostTaps: Int { Int(min(scale, Double(inputLength))) + 3 }

  /// Shares below this are left out, so that weights need not add up to 1.
  private static var leastShare: Double { 1e-3 }

  /// What output sample `index` covers: the samples that it covers to the last, and the shares of those before and after them.
  private struct Cell {
    let whole: Range<Int>
    /// nil where there is none, or so little that it does not count.
    var left: Double?
    var right: Double?
    let length: Double

    @inline(never)
    init(_ index: Int, scale: Double, inputLength: Int) {
      let begin = Double(index) * scale
      let end = begin + scale
      length = min(scale, Double(inputLength) - begin)
      let last = min(end.floor, inputLength - 1)
      let ceiling = Double(begin.floor) == begin ? begin.floor : begin.floor + 1
      let first = min(ceiling, last)
      whole = first..<last
      if Double(first) - begin > leastShare { left = Double(first) - begin }
      if end - Double(last) > leastShare { right = min(min(end - Double(last), 1), length) }
    }

    var window: Window {
      let first = whole.lowerBound - (left == nil ? 0 : 1)
      return Window(first: first, count: whole.upperBound - first + (right == nil ? 0 : 1))
    }
  }

  func window(of index: Int) -> Window { Cell(index, scale: scale, inputLength: inputLength).window }

  @inline(never)
  func fill<R: Real>(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let cell = Cell(outputs.lowerBound &+ entry, scale: scale, inputLength: inputLength)
      let window = cell.window
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let start = entry &* layout.sampleStride
      for tap in 0..<mostTaps {
        var share = 0.0
        if tap < window.count {
          let sample = window.first + tap
          share =
            sample < cell.whole.lowerBound
            ? cell.left ?? 0 : sample < cell.whole.upperBound ? 1 : cell.right ?? 0
        }
        weights[start + tap * layout.tapStride] = R(Float(isSum ? share : share / cell.length))
      }
    }
  }
}
