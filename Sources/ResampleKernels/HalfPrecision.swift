import CShims

// float16 and bfloat16 as their bits. Every instruction set converts alike: to nearest, ties to even, NaN stays NaN.

/// Samples of 16 bits, which passes convert in registers where that pays (`Abilities.convertsHalves`).
protocol HalfSamples: Samples {
  static func widened(_ halves: HalfVector) -> FloatVector
  static func narrowed(_ floats: FloatVector) -> HalfVector
}

// The constraints are not the protocol's, because it would need the standard library's metadata.
extension HalfSamples where Stored == UInt16, A == Float32Arithmetic {
  @inline(__always) static func load(_ samples: UnsafePointer<UInt16>) -> FloatVector {
    widened(UnsafeRawPointer(samples).loadUnaligned(as: HalfVector.self))
  }
  @inline(__always) static func store(_ vector: FloatVector, at samples: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(samples).storeBytes(of: narrowed(vector), as: HalfVector.self)
  }
  @inline(__always) static func stream(_ vector: FloatVector, to samples: UnsafeMutablePointer<UInt16>) {
    rsi_stream_halves(samples, narrowed(vector))
  }
  @inline(__always) static func store(
    _ vector: FloatVector, _ elements: Range<Int>, at samples: UnsafeMutablePointer<UInt16>
  ) {
    rsi_store_some_halves(samples, elements.lowerBound, elements.upperBound, narrowed(vector))
  }
  @inline(__always) static func gather(
    _ samples: UnsafePointer<UInt16>, _ first: UnsafePointer<Int32>
  ) -> FloatVector {
    widened(gathered(samples, first))
  }
  @inline(__always) static func gatherTwo(
    _ samples: UnsafePointer<UInt16>, _ first: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector) {
    (gather(samples, first), gather(samples + 1, first))
  }
  @inline(__always) static func gatherFour(
    _ samples: UnsafePointer<UInt16>, _ first: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
    transposedFours(
      widened(rsi_fours_of_halves(samples, first)), widened(rsi_fours_of_halves(samples, first + 1)),
      widened(rsi_fours_of_halves(samples, first + 2)), widened(rsi_fours_of_halves(samples, first + 3)))
  }
}

/// Its conversions are those of the instruction set, or the ones below.
enum Float16Samples: HalfSamples, SamplesOfSet {
  typealias A = Float32Arithmetic
}

enum BFloat16Samples: HalfSamples, SamplesOfSet {
  typealias A = Float32Arithmetic
  @inline(__always) static func row(_ stored: UInt16) -> Float { Float(bitPattern: UInt32(stored) &<< 16) }
  @inline(__always) static func stored(_ row: Float) -> UInt16 {
    let bits = row.bitPattern
    if bits & 0x7fff_ffff > 0x7f80_0000 { return 0x7fc0 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits &>> 16) & 1)) &>> 16)
  }
  @inline(__always) static func widened(_ halves: HalfVector) -> FloatVector { rsi_widened_bfloat16(halves) }
  @inline(__always) static func narrowed(_ floats: FloatVector) -> HalfVector { rsi_narrowed_bfloat16(floats) }
}

@inline(__always) func computedFloat(fromFloat16 bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) &<< 16
  let magnitude = UInt32(bits & 0x7fff) &<< 13
  if magnitude >= 0x0f80_0000 {  // infinity or NaN
    return Float(bitPattern: sign | magnitude | 0x7f80_0000)
  }
  if magnitude < 0x0080_0000 {  // zero or subnormal: a multiple of 2^-24
    let value = Float(Int32(truncatingIfNeeded: bits & 0x7fff)) * 0x1p-24
    return Float(bitPattern: sign | value.bitPattern)
  }
  return Float(bitPattern: sign | (magnitude &+ 0x3800_0000))  // the exponent's bias: 127 - 15
}

@inline(__always) func computedFloat16Bits(_ value: Float) -> UInt16 {
  let sign = UInt16(truncatingIfNeeded: value.bitPattern &>> 16) & 0x8000
  let magnitude = value.bitPattern & 0x7fff_ffff
  if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
  if magnitude >= 0x4780_0000 { return sign | 0x7c00 }  // 65536 and above
  if magnitude < 0x3880_0000 {
    // Below 2^-14: adding 0.5 leaves a multiple of 2^-24, rounded to nearest even, in the last bits.
    let shifted = Float(bitPattern: magnitude) + 0.5
    return sign | UInt16(truncatingIfNeeded: shifted.bitPattern &- 0x3f00_0000)
  }
  let odd = (magnitude &>> 13) & 1
  return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xfff &+ odd) &>> 13)
}
