/// The precision of the weights of linear and cubic, which may be rounded before they are used in float32:
/// docs/exactness.md#half-precision.
package enum WeightPrecision {
  /// That of the coordinates.
  case full
  case float16
  case bfloat16

  func rounded<R: Real>(_ weight: R) -> R {
    switch self {
    case .full: weight
    case .float16: R(WeightPrecision.rounded(Float(weight.double), fractionBits: 10))
    case .bfloat16: R(WeightPrecision.rounded(Float(weight.double), fractionBits: 7))
    }
  }

  /// To nearest, ties to even. The range of float16 does not matter to weights.
  private static func rounded(_ weight: Float, fractionBits: UInt32) -> Float {
    let dropped = UInt32(Float.significandBitCount) - fractionBits
    let bits = weight.bitPattern
    let odd = (bits >> dropped) & 1
    return Float(bitPattern: (bits &+ (1 << (dropped - 1)) &- 1 &+ odd) & ~((1 << dropped) - 1))
  }
}
