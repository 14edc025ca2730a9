/// The interpolation modes; the raw values are those of the C interface.
package enum Mode: Equatable {
  case nearest
  case nearestExact
  case linear
  case bilinear
  case trilinear
  case bicubic
  case area
  /// A filter that is there with antialias alone.
  case filter(Filter)

  package init?(rawValue: Int32) {
    switch rawValue {
    case 0: self = .nearest
    case 1: self = .nearestExact
    case 2: self = .linear
    case 3: self = .bilinear
    case 4: self = .trilinear
    case 5: self = .bicubic
    case 6: self = .area
    default:
      guard let filter = Filter(rawValue: rawValue), filter.isMode else { return nil }
      self = .filter(filter)
    }
  }

  package var name: StaticString {
    switch self {
    case .nearest: "nearest"
    case .nearestExact: "nearest-exact"
    case .linear: "linear"
    case .bilinear: "bilinear"
    case .trilinear: "trilinear"
    case .bicubic: "bicubic"
    case .area: "area"
    case .filter(let filter): filter.name
    }
  }

  /// How many spatial axes an input may have.
  package var spatialRanks: ClosedRange<Int> {
    switch self {
    case .linear: 1...1
    case .bilinear, .bicubic: 2...2
    case .trilinear: 3...3
    case .nearest, .nearestExact, .area, .filter: 1...3
    }
  }

  package var takesAlignCorners: Bool {
    switch self {
    case .linear, .bilinear, .trilinear, .bicubic: true
    case .nearest, .nearestExact, .area, .filter: false
    }
  }

  /// What the mode does along one axis.
  package func sampling(antialias: Bool) -> Sampling {
    switch self {
    case .nearest, .nearestExact: .nearest
    case .linear, .bilinear, .trilinear: antialias ? .antialiased(.triangle) : .linear
    case .bicubic: antialias ? .antialiased(.cubic) : .cubic
    case .area: .area
    case .filter(let filter): .antialiased(filter)
    }
  }

  package var takesAntialias: Bool {
    if case .antialiased = sampling(antialias: true) { true } else { false }
  }

  /// Whether antialias has to be asked for: the filter is not defined without it.
  package var requiresAntialias: Bool {
    if case .filter = self { true } else { false }
  }

  /// Copies samples instead of weighting them, so that any dtype will do.
  package var isNearest: Bool { self == .nearest || self == .nearestExact }
}
