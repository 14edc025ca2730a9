/// Where in the source axis an output sample lies: source sample i is at position i.
package struct SourceCoordinate<R: Real> {
  /// The distance in the source axis between neighbouring output samples.
  package let scale: R
  private let coordinates: Convention.Coordinates
  private let isFused: Bool

  /// The scale is the user's factor inverted in float64 and then rounded, or the quotient of the lengths.
  package init(_ axis: Axis) {
    coordinates = axis.convention.coordinates
    isFused = axis.convention.coordinateRounding == .once || axis.isLong
    switch coordinates {
    case .cornersAligned: scale = axis.outputLength > 1 ? R(axis.inputLength - 1) / R(axis.outputLength - 1) : 0
    case .halfPixel, .asymmetric:
      scale = if let factor = axis.factor { R(1 / factor) } else { R(axis.inputLength) / R(axis.outputLength) }
    case .line(let line): scale = R(line.scale)
    }
  }

  /// The position that output sample `index` reads, before any border rule.
  ///
  ///     // 4 -> 8 samples, half-pixel centres
  ///     coordinate.position(of: 0)  // -0.25
  ///
  /// On an axis of 4000 samples float32 tells whether s * (i + 0.5) - 0.5 rounds once or twice.
  func position(of index: Int) -> R {
    switch coordinates {
    case .cornersAligned, .asymmetric: return scale * R(index)
    case .halfPixel:
      let middle = R(index) + 0.5
      return isFused ? scale.multiplied(by: middle, adding: -0.5) : scale * middle - 0.5
    case .line(let line): return line.position(of: index)
    }
  }

  /// The centre of output sample `index` on an axis where source sample i covers i ..< i + 1. Aligned corners change the
  /// scale of antialiased modes and nothing else.
  func centre(of index: Int) -> R {
    if case .line(let line) = coordinates { return line.centre(of: index) }
    return scale * (R(index) + 0.5)
  }

  /// Where the share of output sample `index` begins on that axis.
  func start(of index: Int) -> R {
    if case .line(let line) = coordinates { return line.start(of: index) }
    return scale * R(index)
  }
}
