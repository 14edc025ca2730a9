/// One axis of a resampling, as asked for: everything that its taps depend on.
package struct Axis {
  package var inputLength: Int
  package var outputLength: Int
  package var sampling: Sampling
  package var alignCorners: Bool
  /// The user's scale factor, where coordinates are to be computed from it and not from the lengths.
  package var factor: Double?
  /// Coordinates in float64 rather than float32.
  package var isDouble: Bool
  package var weightPrecision: WeightPrecision
  /// The weights become int16, for 8-bit images.
  package var isFixedPoint: Bool
  /// PyTorch has kernels of their own for small images, which round differently: docs/exactness.md#nearest.
  package var isSmallImage: Bool

  package init(
    inputLength: Int, outputLength: Int, sampling: Sampling, alignCorners: Bool = false, factor: Double? = nil,
    isDouble: Bool = false, weightPrecision: WeightPrecision = .full, isFixedPoint: Bool = false,
    isSmallImage: Bool = false
  ) {
    self.inputLength = inputLength
    self.outputLength = outputLength
    self.sampling = sampling
    self.alignCorners = alignCorners
    self.factor = factor
    self.isDouble = isDouble
    self.weightPrecision = weightPrecision
    self.isFixedPoint = isFixedPoint
    self.isSmallImage = isSmallImage
  }

  /// The longest axis on which float32 holds every i + 0.5; PyTorch's float32 coordinates are wrong beyond it.
  package static let longestSingle = 1 << 23

  /// Beyond `longestSingle` the coordinates are right rather than PyTorch's: float64, with an exact floor.
  package var isLong: Bool { max(inputLength, outputLength) > Axis.longestSingle }

  /// Axes that keep their length are copied, whatever the factor; only float bicubic resamples them all the same.
  var isCopied: Bool {
    guard inputLength == outputLength else { return false }
    return switch sampling {
    case .nearest, .nearestExact: false
    case .cubic: isFixedPoint
    case .linear, .area, .antialiased: true
    }
  }
}
