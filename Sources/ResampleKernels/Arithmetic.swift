import CShims

/// What the passes need of floating-point samples, for one and for a vector of them.
///
/// Both round alike, so that a result does not depend on where a vector ends. Conforming types are the module's own:
/// a conformance of Float itself would need the standard library's metadata at run time.
protocol Arithmetic {
  associatedtype Scalar: BitwiseCopyable
  associatedtype Vector: BitwiseCopyable
  static var lanes: Int { get }
  static func splat(_ value: Scalar) -> Vector
  static func first(_ vector: Vector) -> Scalar
  static func product(_ a: Scalar, _ b: Scalar) -> Scalar
  static func product(_ a: Vector, _ b: Vector) -> Vector
  /// c + a * b: rounds once where the instruction set has a fused multiply-add, twice on the baseline.
  static func multiplyAdd(_ c: Scalar, _ a: Scalar, _ b: Scalar) -> Scalar
  static func multiplyAdd(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector
  /// Stores past the caches to an address aligned to the vector.
  static func stream(_ vector: Vector, to address: UnsafeMutableRawPointer)
  /// The samples at `first[0]`, `first[1]`, ..., a vector of them.
  static func gather(_ samples: UnsafePointer<Scalar>, _ first: UnsafePointer<Int32>) -> Vector
  /// The samples at `first[0]`, `first[1]`, ..., those behind them, those behind these, and once more: four vectors.
  static func gatherFour(
    _ samples: UnsafePointer<Scalar>, _ first: UnsafePointer<Int32>
  ) -> (Vector, Vector, Vector, Vector)
  /// In each lane: count > tap ? a : b.
  static func select(_ count: UnsafePointer<Int32>, above tap: Int32, _ a: Vector, _ b: Vector) -> Vector
  #if !RESAMPLE_BASELINE
    /// first[0], first[1], ... as lanes of a window of samples that starts at `base`.
    static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> rsi_lanes
    static func permute(_ window: Vector, _ lanes: rsi_lanes) -> Vector
    static func permute(_ low: Vector, _ high: Vector, _ lanes: rsi_lanes) -> Vector
    /// The first `count` lanes alone: no other sample is touched. Those behind them are 0; any count will do.
    static func loadPart(_ samples: UnsafePointer<Scalar>, count: Int) -> Vector
    static func storePart(_ vector: Vector, at samples: UnsafeMutablePointer<Scalar>, count: Int)
  #endif
}

#if RESAMPLE_AVX512
  typealias FloatVector = SIMD16<Float>
  typealias DoubleVector = SIMD8<Double>
#elseif RESAMPLE_AVX2
  typealias FloatVector = SIMD8<Float>
  typealias DoubleVector = SIMD4<Double>
#else
  typealias FloatVector = SIMD4<Float>
  typealias DoubleVector = SIMD2<Double>
#endif

enum Float32Arithmetic: Arithmetic {
  @inline(__always) static var lanes: Int { FloatVector.scalarCount }
  @inline(__always) static func splat(_ value: Float) -> FloatVector { FloatVector(repeating: value) }
  @inline(__always) static func first(_ vector: FloatVector) -> Float { vector[0] }
  @inline(__always) static func product(_ a: Float, _ b: Float) -> Float { a * b }
  @inline(__always) static func product(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a * b }
  @inline(__always) static func multiplyAdd(_ c: Float, _ a: Float, _ b: Float) -> Float {
    #if RESAMPLE_BASELINE
      c + a * b
    #else
      c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func multiplyAdd(_ c: FloatVector, _ a: FloatVector, _ b: FloatVector) -> FloatVector {
    #if RESAMPLE_BASELINE
      c + a * b
    #else
      c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func stream(_ vector: FloatVector, to address: UnsafeMutableRawPointer) {
    rsi_stream_floats(address, vector)
  }
  @inline(__always) static func gather(_ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>) -> FloatVector {
    #if RESAMPLE_AVX512
      FloatVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])],
        p[Int(f[8])], p[Int(f[9])], p[Int(f[10])], p[Int(f[11])], p[Int(f[12])], p[Int(f[13])], p[Int(f[14])],
        p[Int(f[15])])
    #elseif RESAMPLE_AVX2
      FloatVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
    #else
      FloatVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
    #endif
  }
  /// Four samples of every fourth place side by side, then a transposition within each 128 bits.
  @inline(__always) static func gatherFour(
    _ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
    let (a, b) = (rsi_fours_of_floats(p, f), rsi_fours_of_floats(p, f + 1))
    let (c, d) = (rsi_fours_of_floats(p, f + 2), rsi_fours_of_floats(p, f + 3))
    let (evenLow, evenHigh) = (rsi_low_floats(a, b), rsi_high_floats(a, b))
    let (oddLow, oddHigh) = (rsi_low_floats(c, d), rsi_high_floats(c, d))
    return (
      rsi_low_float_pairs(evenLow, oddLow), rsi_high_float_pairs(evenLow, oddLow),
      rsi_low_float_pairs(evenHigh, oddHigh), rsi_high_float_pairs(evenHigh, oddHigh)
    )
  }
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> rsi_lanes {
      rsi_float_lanes(first, base)
    }
    @inline(__always) static func permute(_ window: FloatVector, _ lanes: rsi_lanes) -> FloatVector {
      rsi_permute_floats(window, lanes)
    }
    @inline(__always) static func permute(_ low: FloatVector, _ high: FloatVector, _ lanes: rsi_lanes) -> FloatVector {
      rsi_permute_float_pairs(low, high, lanes)
    }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Float>, count: Int) -> FloatVector {
      rsi_load_floats(samples, count)
    }
    @inline(__always) static func storePart(_ vector: FloatVector, at samples: UnsafeMutablePointer<Float>, count: Int)
    {
      rsi_store_floats(samples, count, vector)
    }
  #endif
  @inline(__always) static func select(
    _ count: UnsafePointer<Int32>, above tap: Int32, _ a: FloatVector, _ b: FloatVector
  ) -> FloatVector {
    #if RESAMPLE_BASELINE
      FloatVector(
        count[0] > tap ? a[0] : b[0], count[1] > tap ? a[1] : b[1], count[2] > tap ? a[2] : b[2],
        count[3] > tap ? a[3] : b[3])
    #else
      rsi_select_floats(count, tap, a, b)
    #endif
  }
}

enum Float64Arithmetic: Arithmetic {
  @inline(__always) static var lanes: Int { DoubleVector.scalarCount }
  @inline(__always) static func splat(_ value: Double) -> DoubleVector { DoubleVector(repeating: value) }
  @inline(__always) static func first(_ vector: DoubleVector) -> Double { vector[0] }
  @inline(__always) static func product(_ a: Double, _ b: Double) -> Double { a * b }
  @inline(__always) static func product(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a * b }
  @inline(__always) static func multiplyAdd(_ c: Double, _ a: Double, _ b: Double) -> Double {
    #if RESAMPLE_BASELINE
      c + a * b
    #else
      c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func multiplyAdd(_ c: DoubleVector, _ a: DoubleVector, _ b: DoubleVector) -> DoubleVector {
    #if RESAMPLE_BASELINE
      c + a * b
    #else
      c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func stream(_ vector: DoubleVector, to address: UnsafeMutableRawPointer) {
    rsi_stream_doubles(address, vector)
  }
  @inline(__always) static func gather(_ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>) -> DoubleVector {
    #if RESAMPLE_AVX512
      DoubleVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
    #elseif RESAMPLE_AVX2
      DoubleVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
    #else
      DoubleVector(
        p[Int(f[0])], p[Int(f[1])])
    #endif
  }
  /// Two samples of every other place side by side, then a transposition within each 128 bits; and the same behind them.
  @inline(__always) static func gatherFour(
    _ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>
  ) -> (DoubleVector, DoubleVector, DoubleVector, DoubleVector) {
    let (a, b) = (rsi_pairs_of_doubles(p, f), rsi_pairs_of_doubles(p, f + 1))
    let (c, d) = (rsi_pairs_of_doubles(p + 2, f), rsi_pairs_of_doubles(p + 2, f + 1))
    return (rsi_low_doubles(a, b), rsi_high_doubles(a, b), rsi_low_doubles(c, d), rsi_high_doubles(c, d))
  }
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> rsi_lanes {
      rsi_double_lanes(first, base)
    }
    @inline(__always) static func permute(_ window: DoubleVector, _ lanes: rsi_lanes) -> DoubleVector {
      rsi_permute_doubles(window, lanes)
    }
    @inline(__always) static func permute(_ low: DoubleVector, _ high: DoubleVector, _ lanes: rsi_lanes) -> DoubleVector
    {
      rsi_permute_double_pairs(low, high, lanes)
    }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Double>, count: Int) -> DoubleVector {
      rsi_load_doubles(samples, count)
    }
    @inline(__always) static func storePart(
      _ vector: DoubleVector, at samples: UnsafeMutablePointer<Double>, count: Int
    ) {
      rsi_store_doubles(samples, count, vector)
    }
  #endif
  @inline(__always) static func select(
    _ count: UnsafePointer<Int32>, above tap: Int32, _ a: DoubleVector, _ b: DoubleVector
  ) -> DoubleVector {
    #if RESAMPLE_BASELINE
      DoubleVector(count[0] > tap ? a[0] : b[0], count[1] > tap ? a[1] : b[1])
    #else
      rsi_select_doubles(count, tap, a, b)
    #endif
  }
}

/// The value at an address that need not be aligned.
@inline(__always) func load<T: BitwiseCopyable>(_ address: UnsafeRawPointer, as type: T.Type) -> T {
  address.loadUnaligned(as: T.self)
}

/// The samples from `address` up to the next address that is aligned to a vector, or nil where no sample is.
@inline(__always) func samplesToAlignment<A: Arithmetic>(
  _ arithmetic: A.Type, _ address: UnsafeMutableRawPointer
) -> Int? {
  let size = MemoryLayout<A.Scalar>.size
  let bytes = Int(bitPattern: address) & (MemoryLayout<A.Vector>.size &- 1)
  if bytes % size != 0 { return nil }
  return bytes == 0 ? 0 : A.lanes &- bytes / size
}

/// Writes to an address that need not be aligned.
@inline(__always) func store<T: BitwiseCopyable>(_ value: T, at address: UnsafeMutableRawPointer) {
  address.storeBytes(of: value, as: T.self)
}
