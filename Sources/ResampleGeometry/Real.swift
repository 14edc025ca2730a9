import CShims

/// The floating-point type in which the coordinates and weights of an axis are computed.
///
/// `Convention.isDouble` says which.
package protocol Real: BinaryFloatingPoint & BitwiseCopyable {
  static func sine(_ x: Self) -> Self
  static func cosine(_ x: Self) -> Self
  // Conversions by the concrete types: those of BinaryFloatingPoint take a hundred times as long.
  var double: Double { get }
  /// The integer towards zero of a number that is one of an Int.
  var truncated: Int { get }
  /// The integer below. Without `rounded(.down)`, which is a call of libm on the baseline.
  var floor: Int { get }
  /// The integer below the value rounded to float32.
  var floorInSingle: Int { get }
  /// self * factor + addend, rounded once. Exact on every processor: libm computes it where there is no instruction.
  func multiplied(by factor: Self, adding addend: Self) -> Self
}

extension Float: Real {
  package var double: Double { Double(self) }
  package var truncated: Int { rsk_truncated_float(self) }
  package var floor: Int {
    let whole = truncated
    return Float(whole) > self ? whole &- 1 : whole
  }
  package var floorInSingle: Int { floor }
  package static func sine(_ x: Float) -> Float { sinf(x) }
  package static func cosine(_ x: Float) -> Float { cosf(x) }
  package func multiplied(by factor: Float, adding addend: Float) -> Float { fmaf(self, factor, addend) }
}

extension Double: Real {
  package var double: Double { self }
  package var truncated: Int { rsk_truncated_double(self) }
  package var floor: Int {
    let whole = truncated
    return Double(whole) > self ? whole &- 1 : whole
  }
  package var floorInSingle: Int { Float(self).floor }
  package static func sine(_ x: Double) -> Double { sin(x) }
  package static func cosine(_ x: Double) -> Double { cos(x) }
  package func multiplied(by factor: Double, adding addend: Double) -> Double { fma(self, factor, addend) }
}
