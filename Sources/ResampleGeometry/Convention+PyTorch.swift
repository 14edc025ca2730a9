/// What PyTorch's precision depends on.
package enum SampleKind {
  case float32
  case float64
  case float16
  case bfloat16
  /// 8-bit images: int16 weights.
  case fixedPoint

  /// Coordinates and weights are computed in float64.
  package var isDouble: Bool { self == .float64 || self == .fixedPoint }
}

extension Convention {
  /// Whether PyTorch has kernels of their own for images with an output of this size. They round differently.
  package static func isSmallPyTorchImage(height: Int, width: Int) -> Bool { height + width <= 128 }

  /// PyTorch's rules, with the roundings of its kernels for contiguous tensors: docs/exactness.md.
  package static func pytorch(
    _ mode: Mode, antialias: Bool, alignCorners: Bool, _ samples: SampleKind, isSmallImage: Bool
  ) -> Convention {
    let sampling = mode.sampling(antialias: antialias)
    var convention = Convention(
      sampling: sampling, coordinates: alignCorners ? .cornersAligned : .halfPixel,
      isDouble: samples.isDouble, roundsIndicesToSingle: true,
      cubicSharpness: antialias ? -0.5 : -0.75, copiesEqualLengths: sampling.interpolates)
    switch mode {
    case .nearest:
      convention.coordinates = .asymmetric
      convention.nearest = isSmallImage ? .downOrByLengths : .down
    case .nearestExact:
      // By way of the coordinate, whose rounding shows: 2 -> 41 samples.
      convention.nearest = isSmallImage ? .byCentre : .halfUp
    default: break
    }
    if mode.isNearest {
      convention.isDouble = samples == .float64 && !isSmallImage
      convention.copiesEqualLengths = false
      convention.coordinateRounding = .once
      return convention
    }
    // Filters that PyTorch does not have follow Pillow, which computes weights in float64: float32 coordinates decide by
    // their roundings what box covers.
    if case .filter(let filter) = mode, filter != .lanczos { convention.isDouble = true }
    // Its compiler fuses these.
    let isFused = sampling == .cubic || sampling == .linear && (convention.isDouble || isSmallImage)
    if isFused { convention.coordinateRounding = .once }
    // Bicubic of floats resamples axes of equal length, which shows where a factor is given.
    if sampling == .cubic { convention.copiesEqualLengths = samples == .fixedPoint }
    // Weights of half types are rounded to the type of the samples before they are used in float32.
    let roundsWeights = !(isSmallImage && sampling == .linear)
    if roundsWeights && samples == .float16 { convention.weightPrecision = .float16 }
    if roundsWeights && samples == .bfloat16 { convention.weightPrecision = .bfloat16 }
    return convention
  }
}
