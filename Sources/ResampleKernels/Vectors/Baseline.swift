#if RESAMPLE_BASELINE
  import CShims

  typealias FloatVector = SIMD4<Float>
  typealias DoubleVector = SIMD2<Double>
  typealias Int64Vector = SIMD2<Int64>
  typealias HalfVector = SIMD4<UInt16>

  typealias ArithmeticOfSet = UnpermutedArithmetic
  typealias SamplesOfSet = WholeVectorSamples
  typealias PixelsOfSet = Pixels
  typealias FixedPointOfSet = FixedPointSums

  /// There are none.
  struct Permutation {}

  enum Abilities {
    @inline(__always) static var registers: Int { 16 }
    @inline(__always) static var fusesMultiplyAdd: Bool { false }
    @inline(__always) static var convertsHalves: Bool { false }
  }

  extension Float32Arithmetic {
    @inline(__always) static func select(
      _ count: UnsafePointer<Int32>, above tap: Int32, _ a: FloatVector, _ b: FloatVector
    ) -> FloatVector {
      FloatVector(
        count[0] > tap ? a[0] : b[0], count[1] > tap ? a[1] : b[1], count[2] > tap ? a[2] : b[2],
        count[3] > tap ? a[3] : b[3])
    }
  }

  extension Float64Arithmetic {
    @inline(__always) static func select(
      _ count: UnsafePointer<Int32>, above tap: Int32, _ a: DoubleVector, _ b: DoubleVector
    ) -> DoubleVector {
      DoubleVector(count[0] > tap ? a[0] : b[0], count[1] > tap ? a[1] : b[1])
    }
  }

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

  extension FixedPoint {
    @inline(__always) static var mostExpanded: Int { 0 }
    @inline(__always) static var weights: Int { RSK_PLAIN_WEIGHTS }
  }

  @implementation @_cdecl("rsk_fill_baseline")
  public func rsk_fill_baseline(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
