import CShims

extension rsk_table {
  func passes(of arithmetic: Arithmetic) -> rsk_passes {
    switch arithmetic {
    case .float32: float32
    case .float64: float64
    case .fixedPoint: fixed_point
    }
  }

  /// `index`: RSK_FLOAT32 and so on.
  func conversion(_ index: Int) -> rsk_conversion {
    // A C array is a tuple in Swift.
    withUnsafeBytes(of: conversions) {
      $0.load(fromByteOffset: index * MemoryLayout<rsk_conversion>.stride, as: rsk_conversion.self)
    }
  }

  /// The kernel that copies pixels of so many bytes.
  func select(pixelSize: Int) -> rsk_select {
    switch pixelSize {
    case 1: select.0!
    case 2: select.1!
    case 4: select.2!
    case 8: select.3!
    default: select.4!
    }
  }
}
