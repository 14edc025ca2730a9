import CShims

/// Sums of products, for one sample and for a vector of them.
///
/// Both round alike, so that a result does not depend on where a vector ends. Conforming types are the module's own:
/// a conformance of Float itself would need the standard library's metadata at run time.
protocol Summation {
  associatedtype Scalar: BitwiseCopyable
  associatedtype Vector: BitwiseCopyable
  static var lanes: Int { get }
  static var zero: Vector { get }
  static func splat(_ value: Scalar) -> Vector
  static func sum(_ a: Vector, _ b: Vector) -> Vector
  /// c + a * b: rounds once where the instruction set has a fused multiply-add, twice on the baseline.
  static func multiplyAdd(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector
}

/// What the passes need of floating-point samples beside.
protocol Arithmetic: Summation {
  static func first(_ vector: Vector) -> Scalar
  /// The value in the first lane, and 0 in the others.
  static func only(_ value: Scalar) -> Vector
  /// The sum of all lanes: halves upon halves.
  static func total(_ vector: Vector) -> Scalar
  static func scalar(_ value: Int) -> Scalar
  /// A whole number that an Int32 holds.
  static func truncated(_ value: Scalar) -> Int32
  static func product(_ a: Scalar, _ b: Scalar) -> Scalar
  static func product(_ a: Vector, _ b: Vector) -> Vector
  static func multiplyAdd(_ c: Scalar, _ a: Scalar, _ b: Scalar) -> Scalar
  /// In each lane: count > tap ? a : b.
  static func select(_ count: UnsafePointer<Int32>, above tap: Int32, _ a: Vector, _ b: Vector) -> Vector
  #if !RESAMPLE_BASELINE
    /// first[0], first[1], ... as lanes of a window of samples that starts at `base`.
    static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> rsi_lanes
    static func permute(_ window: Vector, _ lanes: rsi_lanes) -> Vector
    static func permute(_ low: Vector, _ high: Vector, _ lanes: rsi_lanes) -> Vector
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
  @inline(__always) static var zero: FloatVector { FloatVector(repeating: 0) }
  @inline(__always) static func splat(_ value: Float) -> FloatVector { FloatVector(repeating: value) }
  @inline(__always) static func sum(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a + b }
  @inline(__always) static func first(_ vector: FloatVector) -> Float { vector[0] }
  @inline(__always) static func only(_ value: Float) -> FloatVector {
    var vector = FloatVector(repeating: 0)
    vector[0] = value
    return vector
  }
  @inline(__always) static func total(_ vector: FloatVector) -> Float {
    #if RESAMPLE_AVX512
      let eights = vector.lowHalf + vector.highHalf
      let fours = eights.lowHalf + eights.highHalf
    #elseif RESAMPLE_AVX2
      let fours = vector.lowHalf + vector.highHalf
    #else
      let fours = vector
    #endif
    let twos = fours.lowHalf + fours.highHalf
    return twos[0] + twos[1]
  }
  @inline(__always) static func scalar(_ value: Int) -> Float { Float(value) }
  @inline(__always) static func truncated(_ value: Float) -> Int32 { Int32(value) }
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
  @inline(__always) static var zero: DoubleVector { DoubleVector(repeating: 0) }
  @inline(__always) static func splat(_ value: Double) -> DoubleVector { DoubleVector(repeating: value) }
  @inline(__always) static func sum(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a + b }
  @inline(__always) static func first(_ vector: DoubleVector) -> Double { vector[0] }
  @inline(__always) static func only(_ value: Double) -> DoubleVector {
    var vector = DoubleVector(repeating: 0)
    vector[0] = value
    return vector
  }
  @inline(__always) static func total(_ vector: DoubleVector) -> Double {
    #if RESAMPLE_AVX512
      let fours = vector.lowHalf + vector.highHalf
      let twos = fours.lowHalf + fours.highHalf
    #elseif RESAMPLE_AVX2
      let twos = vector.lowHalf + vector.highHalf
    #else
      let twos = vector
    #endif
    return twos[0] + twos[1]
  }
  @inline(__always) static func scalar(_ value: Int) -> Double { Double(value) }
  @inline(__always) static func truncated(_ value: Double) -> Int32 { Int32(value) }
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

/// Integers, which wrap as PyTorch's do.
enum Int64Summation: Summation {
  #if RESAMPLE_AVX512
    typealias Vector = SIMD8<Int64>
  #elseif RESAMPLE_AVX2
    typealias Vector = SIMD4<Int64>
  #else
    typealias Vector = SIMD2<Int64>
  #endif
  @inline(__always) static var lanes: Int { Vector.scalarCount }
  @inline(__always) static var zero: Vector { Vector(repeating: 0) }
  @inline(__always) static func splat(_ value: Int64) -> Vector { Vector(repeating: value) }
  @inline(__always) static func sum(_ a: Vector, _ b: Vector) -> Vector { a &+ b }
  @inline(__always) static func multiplyAdd(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector { c &+ a &* b }
}

/// The value at an address that need not be aligned.
@inline(__always) func load<T: BitwiseCopyable>(_ address: UnsafeRawPointer, as type: T.Type) -> T {
  address.loadUnaligned(as: T.self)
}

/// Writes to an address that need not be aligned.
@inline(__always) func store<T: BitwiseCopyable>(_ value: T, at address: UnsafeMutableRawPointer) {
  address.storeBytes(of: value, as: T.self)
}
