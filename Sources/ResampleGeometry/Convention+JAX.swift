/// The methods of jax.image; the raw values are those of the C interface.
package enum JaxMethod: Int32 {
  case nearest = 0
  case linear = 1
  case cubic = 2
  case lanczos3 = 3
  case lanczos5 = 4
  /// With antialias it is cubic.
  case cubicPyTorch = 5
  case area = 6

  package var name: StaticString {
    switch self {
    case .nearest: "nearest"
    case .linear: "linear"
    case .cubic: "cubic"
    case .lanczos3: "lanczos3"
    case .lanczos5: "lanczos5"
    case .cubicPyTorch: "cubic-pytorch"
    case .area: "area"
    }
  }
}

/// What jax.image.resize and jax.image.scale_and_translate do with every axis.
package struct JaxResize {
  package var method = JaxMethod.linear
  package var antialias = true
  /// Coordinates and weights are float64, as they are not in JAX; nearest has float32 ones always.
  package var isDouble = false
  package var weightPrecision = WeightPrecision.full

  package init() {}

  /// An axis of resize, which is compiled as a whole: a product and a sum round once.
  package func axis(from inputLength: Int, to outputLength: Int) -> Axis {
    let (input, output) = (Double(inputLength), Double(outputLength))
    if method == .nearest {
      // A division by a constant is a product with its reciprocal to the compiler.
      let isLong = max(inputLength, outputLength) > Axis.longestSingle
      let line = SampleLine(shift: 0.5, stretch: input, span: isLong ? 1 / output : Double(1 / Float(output)))
      return Axis(
        inputLength: inputLength, outputLength: outputLength,
        Convention(sampling: .nearest, coordinates: .line(line), nearest: .byCentre, copiesEqualLengths: true))
    }
    var convention = weighted
    convention.coordinateRounding = .once
    convention.copiesEqualLengths = true
    return Axis(inputLength: inputLength, outputLength: outputLength, factor: output / input, convention)
  }

  /// An axis of scale_and_translate, which runs step by step: position p of the input goes to p * scale + translation.
  package func axis(
    from inputLength: Int, to outputLength: Int, scale: Double, translation: Double
  ) -> Axis {
    var (step, shift) = (1 / scale, translation * (1 / scale))
    if !isDouble && max(inputLength, outputLength) <= Axis.longestSingle {
      let inverse = 1 / Float(scale)
      (step, shift) = (Double(inverse), Double(Float(translation) * inverse))
    }
    var convention = weighted
    convention.coordinates = .line(SampleLine(base: -shift, shift: 0.5, stretch: step, offset: -0.5))
    return Axis(inputLength: inputLength, outputLength: outputLength, factor: scale, convention)
  }

  private var weighted: Convention {
    let sampling: Sampling =
      switch method {
      case .nearest: .nearest
      case .linear: .filtered(.triangle)
      case .cubic, .cubicPyTorch: .filtered(.cubic)
      case .lanczos3: .filtered(.lanczos)
      case .lanczos5: .filtered(.lanczos5)
      case .area: .covered(.apart)
      }
    let repeatsEdges = method == .cubicPyTorch && !antialias
    return Convention(
      sampling: sampling, isDouble: isDouble, cubicSharpness: repeatsEdges ? -0.75 : -0.5,
      weightPrecision: weightPrecision, stretchesFilters: antialias,
      borders: repeatsEdges ? .padded : .droppedWithCentres,
      fusesFilters: repeatsEdges)
  }
}
