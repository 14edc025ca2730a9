@testable import ResampleGeometry

extension Axis {
  /// An axis as PyTorch resamples it.
  init(
    _ inputLength: Int, to outputLength: Int, _ mode: Mode, antialias: Bool = false, alignCorners: Bool = false,
    factor: Double? = nil, _ samples: SampleKind = .float32, isSmallImage: Bool = false
  ) {
    self.init(
      inputLength: inputLength, outputLength: outputLength, factor: factor,
      .pytorch(mode, antialias: antialias, alignCorners: alignCorners, samples, isSmallImage: isSmallImage))
  }
}
