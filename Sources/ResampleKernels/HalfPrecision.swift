import CShims

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

#if RESAMPLE_BASELINE
  /// Rows are converted before the passes, and behind them: it takes many instructions.
  protocol HalfSamples: ComputedSamples {}
#else
  /// Samples of 16 bits that passes convert in registers.
  protocol HalfSamples: Samples {
    static func widened(_ halves: rsi_halves) -> FloatVector
    static func narrowed(_ floats: FloatVector) -> rsi_halves
  }

  // The constraints are not the protocol's, because it would need the standard library's metadata.
  extension HalfSamples where Stored == UInt16, A == Float32Arithmetic {
    @inline(__always) static func load(_ samples: UnsafePointer<UInt16>) -> FloatVector {
      widened(UnsafeRawPointer(samples).loadUnaligned(as: rsi_halves.self))
    }
    @inline(__always) static func store(_ vector: FloatVector, at samples: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(samples).storeBytes(of: narrowed(vector), as: rsi_halves.self)
    }
    @inline(__always) static func stream(_ vector: FloatVector, to samples: UnsafeMutablePointer<UInt16>) {
      rsi_stream_halves(samples, narrowed(vector))
    }
    @inline(__always) static func gather(_ p: UnsafePointer<UInt16>, _ f: UnsafePointer<Int32>) -> FloatVector {
      #if RESAMPLE_AVX512
        widened(
          rsi_halves(
            p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])],
            p[Int(f[7])], p[Int(f[8])], p[Int(f[9])], p[Int(f[10])], p[Int(f[11])], p[Int(f[12])], p[Int(f[13])],
            p[Int(f[14])], p[Int(f[15])]))
      #else
        widened(
          rsi_halves(
            p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])],
            p[Int(f[7])]))
      #endif
    }
    @inline(__always) static func gatherFour(
      _ p: UnsafePointer<UInt16>, _ f: UnsafePointer<Int32>
    ) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
      transposedFours(
        widened(rsi_fours_of_halves(p, f)), widened(rsi_fours_of_halves(p, f + 1)),
        widened(rsi_fours_of_halves(p, f + 2)), widened(rsi_fours_of_halves(p, f + 3)))
    }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<UInt16>, count: Int) -> FloatVector {
      widened(rsi_load_halves(samples, count))
    }
    @inline(__always) static func storePart(
      _ vector: FloatVector, at samples: UnsafeMutablePointer<UInt16>, count: Int
    ) {
      rsi_store_halves(samples, count, narrowed(vector))
    }
  }
#endif

enum Float16Samples: HalfSamples {
  @inline(__always) static func row(_ stored: UInt16) -> Float { float(fromFloat16: stored) }
  @inline(__always) static func stored(_ row: Float) -> UInt16 { float16Bits(row) }
  typealias A = Float32Arithmetic
  #if !RESAMPLE_BASELINE
    @inline(__always) static func widened(_ halves: rsi_halves) -> FloatVector { rsi_widened_float16(halves) }
    @inline(__always) static func narrowed(_ floats: FloatVector) -> rsi_halves { rsi_narrowed_float16(floats) }
  #endif
}

enum BFloat16Samples: HalfSamples {
  @inline(__always) static func row(_ stored: UInt16) -> Float { float(fromBFloat16: stored) }
  @inline(__always) static func stored(_ row: Float) -> UInt16 { bfloat16Bits(row) }
  typealias A = Float32Arithmetic
  #if !RESAMPLE_BASELINE
    @inline(__always) static func widened(_ halves: rsi_halves) -> FloatVector { rsi_widened_bfloat16(halves) }
    @inline(__always) static func narrowed(_ floats: FloatVector) -> rsi_halves { rsi_narrowed_bfloat16(floats) }
  #endif
}
