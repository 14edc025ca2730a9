/// The methods of tf.image.resize; the raw values are those of the C interface.
package enum TensorFlowMethod: Int32 {
  case bilinear = 0
  case nearest = 1
  case bicubic = 2
  case area = 3
  case lanczos3 = 4
  case lanczos5 = 5
  case gaussian = 6
  case mitchellcubic = 7

  package var name: StaticString {
    switch self {
    case .bilinear: "bilinear"
    case .nearest: "nearest"
    case .bicubic: "bicubic"
    case .area: "area"
    case .lanczos3: "lanczos3"
    case .lanczos5: "lanczos5"
    case .gaussian: "gaussian"
    case .mitchellcubic: "mitchellcubic"
    }
  }

  /// The filter that antialias stretches; nil: the method has none.
  package var filter: Filter? {
    switch self {
    case .nearest, .area: nil
    case .bilinear: .triangle
    case .bicubic: .cubic
    case .lanczos3: .lanczos
    case .lanczos5: .lanczos5
    case .gaussian: .gaussian
    case .mitchellcubic: .mitchell
    }
  }

  /// Whether there is no way without a filter.
  package var requiresFilter: Bool { rawValue >= TensorFlowMethod.lanczos3.rawValue }
}

/// What tf.image.resize, and tf.compat.v1.image.resize_bilinear and its like, do with both axes, in float32.
package struct TensorFlowResize {
  package var method = TensorFlowMethod.bilinear
  package var antialias = false
  package var coordinates = Coordinates.halfPixel

  package init() {}

  /// The raw values are those of the C interface.
  package enum Coordinates: Int32 {
    case halfPixel = 0
    case legacy = 1
    case alignCorners = 2
  }

  package func axis(from inputLength: Int, to outputLength: Int) -> Axis {
    if let filter = method.filter, antialias || method.requiresFilter {
      return filteredAxis(from: inputLength, to: outputLength, filter)
    }
    // One sample has no corners to be aligned with.
    let isAligned = coordinates == .alignCorners && inputLength > 1 && outputLength > 1
    let isHalfPixel = coordinates == .halfPixel
    var convention = Convention(
      sampling: sampling, coordinates: isAligned ? .cornersAligned : isHalfPixel ? .halfPixel : .asymmetric,
      cubicSharpness: isHalfPixel ? -0.5 : -0.75, stretchesFilters: false,
      borders: isHalfPixel && method == .bicubic ? .dropped : .clamped, stepsPerSample: 1024, fusesFilters: false,
      copiesEqualLengths: true)
    convention.nearest = isAligned ? .halfToAfter : isHalfPixel ? .byCentre : .down
    if method == .area && isHalfPixel { convention.coordinates = .asymmetric }
    return Axis(inputLength: inputLength, outputLength: outputLength, convention)
  }

  private var sampling: Sampling {
    switch method {
    case .nearest: .nearest
    case .area: .covered(.adjoining)
    case .bicubic: .filtered(.cubic)
    default: .linear
    }
  }

  private func filteredAxis(from inputLength: Int, to outputLength: Int, _ filter: Filter) -> Axis {
    let isLong = max(inputLength, outputLength) > Axis.longestSingle
    var step = Double(inputLength) / Double(outputLength)
    // Rounds twice: to a scale, and to its reciprocal.
    if !isLong { step = Double(Float(1 / Double(Float(outputLength) / Float(inputLength)))) }
    return Axis(
      inputLength: inputLength, outputLength: outputLength, factor: isLong ? 1 / step : Double(1 / Float(step)),
      Convention(
        sampling: .filtered(filter), coordinates: .line(SampleLine(shift: 0.5, stretch: step, offset: -0.5)),
        stretchesFilters: antialias, borders: .droppedWithCentres, fusesFilters: false,
        copiesEqualLengths: filter.interpolates))
  }

  /// The largest size of an image's proportions within `size`, or a sample beyond it: float32 rounds it.
  package static func size(keepingAspectOf image: (height: Int, width: Int), in size: (height: Int, width: Int)) -> (
    height: Int, width: Int
  ) {
    let scale = min(Float(size.height) / Float(image.height), Float(size.width) / Float(image.width))
    func rounded(_ length: Int) -> Int { Int((scale * Float(length)).rounded(.toNearestOrEven)) }
    return (rounded(image.height), rounded(image.width))
  }
}
