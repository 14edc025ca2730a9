/// The length of an axis resized by a factor: trunc(length * factor) in float64, as PyTorch has it; nil when that is
/// not a length from 1 to `longest`.
///
///     outputLength(of: 88, factor: 120.0 / 88)  // 119
package func outputLength(of length: Int, factor: Double, longest: Int) -> Int? {
  let product = Double(length) * factor
  guard product >= 1, product < Double(longest) + 1 else { return nil }
  return Int(product)
}
