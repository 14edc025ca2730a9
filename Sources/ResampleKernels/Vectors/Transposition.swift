import CShims

/// The first samples of every four, the second ones, the third and the fourth: a transposition within each 128 bits.
@inline(__always) func transposedFours(
  _ a: FloatVector, _ b: FloatVector, _ c: FloatVector, _ d: FloatVector
) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
  let (evenLow, evenHigh) = (rsi_low_floats(a, b), rsi_high_floats(a, b))
  let (oddLow, oddHigh) = (rsi_low_floats(c, d), rsi_high_floats(c, d))
  return (
    rsi_low_float_pairs(evenLow, oddLow), rsi_high_float_pairs(evenLow, oddLow),
    rsi_low_float_pairs(evenHigh, oddHigh), rsi_high_float_pairs(evenHigh, oddHigh)
  )
}

/// The first samples of both pairs, and the second ones.
@inline(__always) func transposedPairs(_ a: DoubleVector, _ b: DoubleVector) -> (DoubleVector, DoubleVector) {
  (rsi_low_doubles(a, b), rsi_high_doubles(a, b))
}
