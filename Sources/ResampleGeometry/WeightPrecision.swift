/// The precision of the weights of linear and cubic, which may be rounded before they are used in float32:
/// docs/exactness.md#half-precision.
package enum WeightPrecision {
  /// That of the coordinates.
  case full
  case float16
  case bfloat16
  /// Positions are rounded to float32 and weights computed in it, whatever the coordinates are computed in.
  case float32
  /// So many fractional bits, each weight on its own, halves to even.
  case fixedPoint(bits: Int32)
  /// The distance has so many fractional bits, and so have the two weights that it makes.
  case fixedPointDistance(bits: Int32)

  func rounded<R: Real>(_ weight: R) -> R {
    switch self {
    case .full, .float32, .fixedPointDistance: weight
    case .fixedPoint(let bits): R(WeightPrecision.rounded(weight.double, bits))
    case .float16: R(WeightPrecision.rounded(Float(weight.double), fractionBits: 10))
    case .bfloat16: R(WeightPrecision.rounded(Float(weight.double), fractionBits: 7))
    }
  }

  var isSingle: Bool {
    if case .float32 = self { true } else { false }
  }

  func roundedDistance(_ distance: Double) -> Double {
    if case .fixedPointDistance(let bits) = self { WeightPrecision.rounded(distance, bits) } else { distance }
  }

  @inline(never)
  private static func rounded(_ number: Double, _ bits: Int32) -> Double {
    let one = Double(1 << bits)
    // The sum has no fractional bits left.
    let whole = 0x1.8p52
    return (number * one + whole - whole) / one
  }

  /// To nearest, ties to even. The range of float16 does not matter to weights.
  private static func rounded(_ weight: Float, fractionBits: UInt32) -> Float {
    let dropped = UInt32(Float.significandBitCount) - fractionBits
    let bits = weight.bitPattern
    let odd = (bits >> dropped) & 1
    return Float(bitPattern: (bits &+ (1 << (dropped - 1)) &- 1 &+ odd) & ~((1 << dropped) - 1))
  }
}
