import ResampleGeometry

/// How a convention rounds the sums that become integers. The conversion to a dtype rounds halves to even, and saturates;
/// rows of float64 may be rounded in another way before it.
enum IntegerRounding: Equatable {
  case halfToEven
  case halfAway
  /// To the greater of two that are as near.
  case halfUp
  /// Times a factor in float32, then half to even.
  case halfToEvenTimes(Float)
  /// What int32 has no room for becomes its least number, as the instruction of x86 has it.
  case halfAwayOrLeast

  func round(_ row: UnsafeMutableRawPointer, count: Int) {
    if self == .halfToEven { return }
    let samples = row.assumingMemoryBound(to: Double.self)
    if case .halfToEvenTimes(let factor) = self {
      for index in 0..<count { samples[index] = Double(Float(samples[index]) * factor) }
      return
    }
    for index in 0..<count {
      let sample = samples[index]
      // Larger numbers are whole.
      guard sample.magnitude < 0x1p52 else { continue }
      samples[index] =
        self == .halfUp ? floor(sample + 0.5) : Double(Int64(sample < 0 ? sample - 0.5 : sample + 0.5))
    }
    guard self == .halfAwayOrLeast else { return }
    for index in 0..<count where !(samples[index] >= -0x1p31 && samples[index] < 0x1p31) { samples[index] = -0x1p31 }
  }

  /// Of a number that is one of an Int64.
  private func floor(_ x: Double) -> Double {
    let whole = Double(Int64(x))
    return whole > x ? whole - 1 : whole
  }
}
