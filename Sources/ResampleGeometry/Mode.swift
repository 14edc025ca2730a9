/// PyTorch's interpolation modes; the raw values are those of the C interface.
package enum Mode: Int32 {
  case nearest = 0
  case nearestExact = 1
  case linear = 2
  case bilinear = 3
  case trilinear = 4
  case bicubic = 5
  case area = 6
  case lanczos = 7

  package var name: StaticString {
    switch self {
    case .nearest: "nearest"
    case .nearestExact: "nearest-exact"
    case .linear: "linear"
    case .bilinear: "bilinear"
    case .trilinear: "trilinear"
    case .bicubic: "bicubic"
    case .area: "area"
    case .lanczos: "lanczos"
    }
  }

  /// How many spatial axes an input may have.
  package var spatialRanks: ClosedRange<Int> {
    switch self {
    case .linear: 1...1
    case .bilinear, .bicubic: 2...2
    case .trilinear: 3...3
    case .nearest, .nearestExact, .area, .lanczos: 1...3
    }
  }

  package var takesAlignCorners: Bool {
    switch self {
    case .linear, .bilinear, .trilinear, .bicubic: true
    case .nearest, .nearestExact, .area, .lanczos: false
    }
  }

  /// What the mode does along one axis.
  package func sampling(antialias: Bool) -> Sampling {
    switch self {
    case .nearest: .nearest
    case .nearestExact: .nearestExact
    case .linear, .bilinear, .trilinear: antialias ? .antialiased(.triangle) : .linear
    case .bicubic: antialias ? .antialiased(.cubic) : .cubic
    case .area: .area
    case .lanczos: .antialiased(.lanczos)
    }
  }

  package var takesAntialias: Bool {
    if case .antialiased = sampling(antialias: true) { true } else { false }
  }

  /// Whether antialias has to be asked for: the filter is not defined without it.
  package var requiresAntialias: Bool { self == .lanczos }

  /// Copies samples instead of weighting them, so that any dtype will do.
  package var isNearest: Bool { self == .nearest || self == .nearestExact }
}

/// The rule by which one axis is resampled.
package enum Sampling: Equatable {
  case nearest
  case nearestExact
  /// Two taps at the source coordinate.
  case linear
  /// Four taps at the source coordinate.
  case cubic
  /// The mean of the source samples that an output sample covers.
  case area
  /// A filter stretched over the source samples that an output sample covers.
  case antialiased(Filter)
}
