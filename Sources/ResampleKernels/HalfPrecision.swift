// float16 and bfloat16 as their bits. Every instruction set converts alike: to nearest, ties to even, NaN stays NaN.

@inline(__always) func float(fromFloat16 bits: UInt16) -> Float {
  #if RESAMPLE_BASELINE
    // Not Float16's own conversion: without F16C that is a call into the compiler's run-time library.
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
  #else
    Float(Float16(bitPattern: bits))
  #endif
}

@inline(__always) func float16Bits(_ value: Float) -> UInt16 {
  #if RESAMPLE_BASELINE
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
  #else
    Float16(value).bitPattern
  #endif
}

@inline(__always) func float(fromBFloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) &<< 16) }

@inline(__always) func bfloat16Bits(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if bits & 0x7fff_ffff > 0x7f80_0000 { return 0x7fc0 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits &>> 16) & 1)) &>> 16)
}
