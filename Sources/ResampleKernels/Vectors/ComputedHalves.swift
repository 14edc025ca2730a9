#if RESAMPLE_BASELINE || RESAMPLE_SIMD128
  import CShims

  // Not Float16's own conversions: without F16C they are calls into the compiler's run-time library.
  extension Float16Samples {
    @inline(__always) static func row(_ stored: UInt16) -> Float { computedFloat(fromFloat16: stored) }
    @inline(__always) static func stored(_ row: Float) -> UInt16 { computedFloat16Bits(row) }
    @inline(__always) static func widened(_ halves: HalfVector) -> FloatVector {
      FloatVector(row(halves[0]), row(halves[1]), row(halves[2]), row(halves[3]))
    }
    @inline(__always) static func narrowed(_ floats: FloatVector) -> HalfVector {
      HalfVector(stored(floats[0]), stored(floats[1]), stored(floats[2]), stored(floats[3]))
    }
  }
#endif
