/// What the samples of a tensor are, in DLPack's terms: kind, bits of a sample, and 1.
package struct Dtype: Equatable {
  package let code: UInt8
  package let bits: UInt8
  /// DLPack's field, which is 1 for every dtype known here.
  package let lanes: UInt16

  package init(code: UInt8, bits: UInt8, lanes: UInt16 = 1) {
    self.code = code
    self.bits = bits
    self.lanes = lanes
  }

  package static let int8 = Dtype(code: 0, bits: 8)
  package static let int16 = Dtype(code: 0, bits: 16)
  package static let int32 = Dtype(code: 0, bits: 32)
  package static let int64 = Dtype(code: 0, bits: 64)
  package static let uint8 = Dtype(code: 1, bits: 8)
  package static let uint16 = Dtype(code: 1, bits: 16)
  package static let uint32 = Dtype(code: 1, bits: 32)
  package static let uint64 = Dtype(code: 1, bits: 64)
  package static let float16 = Dtype(code: 2, bits: 16)
  package static let float32 = Dtype(code: 2, bits: 32)
  package static let float64 = Dtype(code: 2, bits: 64)
  package static let bfloat16 = Dtype(code: 4, bits: 16)
  package static let complex64 = Dtype(code: 5, bits: 64)
  package static let complex128 = Dtype(code: 5, bits: 128)
  package static let bool = Dtype(code: 6, bits: 8)

  package var name: StaticString? {
    switch self {
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .bfloat16: "bfloat16"
    case .complex64: "complex64"
    case .complex128: "complex128"
    case .bool: "bool"
    default: nil
    }
  }

  package var isInteger: Bool { code == 0 || code == 1 }

  /// float32, float64, float16 or bfloat16.
  package var isFloatingPoint: Bool {
    self == .float32 || self == .float64 || self == .float16 || self == .bfloat16
  }

  /// Bytes of a sample that can be copied: 1, 2, 4, 8 or 16; nil for anything else.
  package var size: Int? {
    guard lanes == 1 else { return nil }
    return switch bits {
    case 8: 1
    case 16: 2
    case 32: 4
    case 64: 8
    case 128: 16
    default: nil
    }
  }
}
