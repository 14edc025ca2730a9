/// One axis of a resampling, as asked for: everything that its taps depend on.
package struct Axis {
  package var inputLength: Int
  package var outputLength: Int
  /// The user's scale factor, where coordinates are to be computed from it and not from the lengths.
  package var factor: Double?
  package var convention: Convention

  package init(inputLength: Int, outputLength: Int, factor: Double? = nil, _ convention: Convention) {
    self.inputLength = inputLength
    self.outputLength = outputLength
    self.factor = factor
    self.convention = convention
  }

  /// That of an axis that has no samples: nothing is made, and no table reads from nothing.
  package static var empty: Axis { Axis(inputLength: 1, outputLength: 0, Convention(sampling: .area)) }

  /// The longest axis on which float32 holds every i + 0.5; PyTorch's float32 coordinates are wrong beyond it.
  package static let longestSingle = 1 << 23

  /// Beyond `longestSingle` coordinates are right rather than the convention's: float64, rounded once, with an exact floor.
  package var isLong: Bool { max(inputLength, outputLength) > Axis.longestSingle }

  /// Coordinates and weights are computed in float64.
  package var isDouble: Bool { convention.isDouble || isLong }

  /// It keeps its samples: there is nothing to do along it.
  package var isCopied: Bool { inputLength == outputLength && convention.copiesEqualLengths }
}
