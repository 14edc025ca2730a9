import CShims

// An instruction set is a file of this folder, compiled by its own module alone. The file has
// - the types of vectors: FloatVector, DoubleVector, Int64Vector, HalfVector (as many UInt16 as floats), Permutation;
// - what types can do with them: ArithmeticOfSet, SamplesOfSet, PixelsOfSet, FixedPointOfSet, each one of the protocols
//   in this folder or of Samples.swift, and the functions that these ask for;
// - Abilities: the vectors that registers hold, whether a multiply-add is fused, and whether passes convert float16 and
//   bfloat16 in registers, or rows are converted before and after them;
// - the function rsk_fill_ of its header.

/// Sums of products, for one sample and for a vector of them.
///
/// Both round alike, so that a result does not depend on where a vector ends. Conforming types are the module's own:
/// a conformance of Float itself would need the standard library's metadata at run time.
protocol Summation {
  associatedtype Scalar: BitwiseCopyable
  associatedtype Vector: BitwiseCopyable
  /// The elements of a vector.
  static var width: Int { get }
  /// Whether their products take longer than what a loop for several vectors shares.
  static var isInteger: Bool { get }
  /// Whether passes have their quickest loops for them: those for few channels, and for as many rows as registers hold.
  static var hasAllLoops: Bool { get }
  static var zero: Vector { get }
  static func splat(_ value: Scalar) -> Vector
  static func sum(_ a: Vector, _ b: Vector) -> Vector
  /// c + a * b: rounds once where the instruction set has a fused multiply-add, and twice elsewhere.
  static func multiplyAdd(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector
}

extension Summation {
  @inline(__always) static var isInteger: Bool { false }
  @inline(__always) static var hasAllLoops: Bool { false }
}

protocol TotalSummation: Summation {
  /// The sum of all elements: halves upon halves.
  static func total(_ vector: Vector) -> Scalar
}

/// Sums of pixels of up to four samples.
protocol PixelSummation: TotalSummation {
  static func widened(_ bytes: SIMD4<UInt8>) -> Vector
  static func product(_ a: Vector, _ b: Vector) -> Vector
  /// The first `count` elements, three or four.
  static func store(_ vector: Vector, count: Int, at address: UnsafeMutableRawPointer)
  /// Whether the function below works.
  static var takesTwoRows: Bool { get }
  /// Weights the first four pixels of `samples` bytes of each row, and stores four sums for it.
  static func storeSums(
    _ first: SIMD16<UInt8>, _ second: SIMD16<UInt8>, samples: Int, _ weights: (Vector, Vector, Vector, Vector),
    at address: UnsafeMutableRawPointer, _ next: UnsafeMutableRawPointer)
}

extension PixelSummation {
  @inline(__always) static var takesTwoRows: Bool { false }
  @inline(__always) static func storeSums(
    _ first: SIMD16<UInt8>, _ second: SIMD16<UInt8>, samples: Int, _ weights: (Vector, Vector, Vector, Vector),
    at address: UnsafeMutableRawPointer, _ next: UnsafeMutableRawPointer
  ) {}
}

/// What the passes need for floating-point samples besides. The files of the instruction sets have what is different in
/// each.
protocol RealArithmetic: TotalSummation {
  /// Four of `Scalar`.
  associatedtype Fours: BitwiseCopyable
  static func first(_ vector: Vector) -> Scalar
  /// The totals of four vectors.
  static func totals(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> Fours
  /// The value in the first element, and 0 in the others.
  static func only(_ value: Scalar) -> Vector
  static func scalar(_ value: Int) -> Scalar
  /// A whole number that an Int32 holds.
  static func truncated(_ value: Scalar) -> Int32
  static func product(_ a: Scalar, _ b: Scalar) -> Scalar
  static func product(_ a: Vector, _ b: Vector) -> Vector
  static func multiplyAdd(_ c: Scalar, _ a: Scalar, _ b: Scalar) -> Scalar
  /// In each element: count > tap ? a : b.
  static func select(_ count: UnsafePointer<Int32>, above tap: Int32, _ a: Vector, _ b: Vector) -> Vector

  /// Elements 0, 2, 4, ... of two adjacent vectors, and 1, 3, 5, ...; in an order of their own, which `inOrder` undoes.
  static func everySecond(_ low: Vector, _ high: Vector) -> (Vector, Vector)
  static func inOrder(_ vector: Vector) -> Vector

  /// Whether elements can be moved by a variable: the functions below are for such instruction sets alone.
  static var hasPermutations: Bool { get }
  /// What moves samples first[0], first[1], ... of a window that starts at `base` side by side.
  static func permutation(_ first: UnsafePointer<Int32>, from base: Int32) -> Permutation
  static func permute(_ window: Vector, _ permutation: Permutation) -> Vector
  /// Of two adjacent windows.
  static func permute(_ low: Vector, _ high: Vector, _ permutation: Permutation) -> Vector
}

/// For instruction sets that cannot move elements by a variable.
protocol UnpermutedArithmetic: RealArithmetic {}
extension UnpermutedArithmetic {
  @inline(__always) static var hasPermutations: Bool { false }
  @inline(__always) static func permutation(_ first: UnsafePointer<Int32>, from base: Int32) -> Permutation {
    Permutation()
  }
  @inline(__always) static func permute(_ window: Vector, _ permutation: Permutation) -> Vector { window }
  @inline(__always) static func permute(_ low: Vector, _ high: Vector, _ permutation: Permutation) -> Vector { low }
}

enum Float32Arithmetic: ArithmeticOfSet, PointArithmetic {
  @inline(__always) static var hasAllLoops: Bool { Abilities.fusesMultiplyAdd }
  @inline(__always) static var width: Int { FloatVector.scalarCount }
  @inline(__always) static var zero: FloatVector { FloatVector(repeating: 0) }
  @inline(__always) static func splat(_ value: Float) -> FloatVector { FloatVector(repeating: value) }
  @inline(__always) static func sum(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a + b }
  @inline(__always) static func first(_ vector: FloatVector) -> Float { vector[0] }
  @inline(__always) static func only(_ value: Float) -> FloatVector {
    var vector = FloatVector(repeating: 0)
    vector[0] = value
    return vector
  }
  @inline(__always) static func total(_ vector: FloatVector) -> Float { sumOfElements(vector) }
  @inline(__always) static func totals(
    _ a: FloatVector, _ b: FloatVector, _ c: FloatVector, _ d: FloatVector
  ) -> SIMD4<Float> { sumsOfElements(a, b, c, d) }
  @inline(__always) static func everySecond(_ low: FloatVector, _ high: FloatVector) -> (FloatVector, FloatVector) {
    (rsi_even_floats(low, high), rsi_odd_floats(low, high))
  }
  @inline(__always) static func inOrder(_ vector: FloatVector) -> FloatVector { rsi_floats_in_order(vector) }
  @inline(__always) static func scalar(_ value: Int) -> Float { Float(value) }
  @inline(__always) static func truncated(_ value: Float) -> Int32 { Int32(value) }
  @inline(__always) static func product(_ a: Float, _ b: Float) -> Float { a * b }
  @inline(__always) static func product(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a * b }
  @inline(__always) static func multiplyAdd(_ c: Float, _ a: Float, _ b: Float) -> Float {
    Abilities.fusesMultiplyAdd ? c.addingProduct(a, b) : c + a * b
  }
  @inline(__always) static func multiplyAdd(_ c: FloatVector, _ a: FloatVector, _ b: FloatVector) -> FloatVector {
    Abilities.fusesMultiplyAdd ? c.addingProduct(a, b) : c + a * b
  }
}

enum Float64Arithmetic: ArithmeticOfSet, PointArithmetic {
  @inline(__always) static var width: Int { DoubleVector.scalarCount }
  @inline(__always) static var zero: DoubleVector { DoubleVector(repeating: 0) }
  @inline(__always) static func splat(_ value: Double) -> DoubleVector { DoubleVector(repeating: value) }
  @inline(__always) static func sum(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a + b }
  @inline(__always) static func first(_ vector: DoubleVector) -> Double { vector[0] }
  @inline(__always) static func only(_ value: Double) -> DoubleVector {
    var vector = DoubleVector(repeating: 0)
    vector[0] = value
    return vector
  }
  @inline(__always) static func total(_ vector: DoubleVector) -> Double { sumOfElements(vector) }
  @inline(__always) static func totals(
    _ a: DoubleVector, _ b: DoubleVector, _ c: DoubleVector, _ d: DoubleVector
  ) -> SIMD4<Double> { sumsOfElements(a, b, c, d) }
  @inline(__always) static func everySecond(_ low: DoubleVector, _ high: DoubleVector) -> (DoubleVector, DoubleVector) {
    (rsi_even_doubles(low, high), rsi_odd_doubles(low, high))
  }
  @inline(__always) static func inOrder(_ vector: DoubleVector) -> DoubleVector { rsi_doubles_in_order(vector) }
  @inline(__always) static func scalar(_ value: Int) -> Double { Double(value) }
  @inline(__always) static func truncated(_ value: Double) -> Int32 { Int32(value) }
  @inline(__always) static func product(_ a: Double, _ b: Double) -> Double { a * b }
  @inline(__always) static func product(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a * b }
  @inline(__always) static func multiplyAdd(_ c: Double, _ a: Double, _ b: Double) -> Double {
    Abilities.fusesMultiplyAdd ? c.addingProduct(a, b) : c + a * b
  }
  @inline(__always) static func multiplyAdd(_ c: DoubleVector, _ a: DoubleVector, _ b: DoubleVector) -> DoubleVector {
    Abilities.fusesMultiplyAdd ? fusedMultiplyAdd(c, a, b) : c + a * b
  }
}

// Vectors of four, whatever the instruction set has, and of one: for pixels of few channels. Totals are those of wider vectors whose other
// elements are 0, and so never a negative zero.

enum FourFloats: PixelSummation {
  @inline(__always) static func widened(_ bytes: SIMD4<UInt8>) -> SIMD4<Float> {
    SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bytes))
  }
  @inline(__always) static func product(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> { a * b }
  @inline(__always) static func store(_ vector: SIMD4<Float>, count: Int, at address: UnsafeMutableRawPointer) {
    let samples = address.assumingMemoryBound(to: Float.self)
    (samples[0], samples[1], samples[2]) = (vector[0], vector[1], vector[2])
    if count > 3 { samples[3] = vector[3] }
  }
  @inline(__always) static var width: Int { 4 }
  @inline(__always) static var zero: SIMD4<Float> { SIMD4<Float>(repeating: 0) }
  @inline(__always) static func splat(_ value: Float) -> SIMD4<Float> { SIMD4<Float>(repeating: value) }
  @inline(__always) static func sum(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> { a + b }
  @inline(__always) static func total(_ vector: SIMD4<Float>) -> Float { sumOfElements(vector + zero) }
  @inline(__always) static func multiplyAdd(
    _ c: SIMD4<Float>, _ a: SIMD4<Float>, _ b: SIMD4<Float>
  ) -> SIMD4<Float> {
    Abilities.fusesMultiplyAdd ? c.addingProduct(a, b) : c + a * b
  }
}

enum FourDoubles: PixelSummation {
  @inline(__always) static func widened(_ bytes: SIMD4<UInt8>) -> SIMD4<Double> {
    SIMD4<Double>(SIMD4<Int32>(truncatingIfNeeded: bytes))
  }
  @inline(__always) static func product(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { a * b }
  @inline(__always) static func store(_ vector: SIMD4<Double>, count: Int, at address: UnsafeMutableRawPointer) {
    let samples = address.assumingMemoryBound(to: Double.self)
    (samples[0], samples[1], samples[2]) = (vector[0], vector[1], vector[2])
    if count > 3 { samples[3] = vector[3] }
  }
  @inline(__always) static var width: Int { 4 }
  @inline(__always) static var zero: SIMD4<Double> { SIMD4<Double>(repeating: 0) }
  @inline(__always) static func splat(_ value: Double) -> SIMD4<Double> { SIMD4<Double>(repeating: value) }
  @inline(__always) static func sum(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { a + b }
  @inline(__always) static func total(_ vector: SIMD4<Double>) -> Double { sumOfElements(vector + zero) }
  @inline(__always) static func multiplyAdd(
    _ c: SIMD4<Double>, _ a: SIMD4<Double>, _ b: SIMD4<Double>
  ) -> SIMD4<Double> {
    Abilities.fusesMultiplyAdd ? c.addingProduct(a, b) : c + a * b
  }
}

enum OneFloat: TotalSummation {
  @inline(__always) static var width: Int { 1 }
  @inline(__always) static var zero: Float { 0 }
  @inline(__always) static func splat(_ value: Float) -> Float { value }
  @inline(__always) static func sum(_ a: Float, _ b: Float) -> Float { a + b }
  @inline(__always) static func total(_ vector: Float) -> Float { vector + zero }
  @inline(__always) static func multiplyAdd(_ c: Float, _ a: Float, _ b: Float) -> Float {
    Float32Arithmetic.multiplyAdd(c, a, b)
  }
}

enum OneDouble: TotalSummation {
  @inline(__always) static var width: Int { 1 }
  @inline(__always) static var zero: Double { 0 }
  @inline(__always) static func splat(_ value: Double) -> Double { value }
  @inline(__always) static func sum(_ a: Double, _ b: Double) -> Double { a + b }
  @inline(__always) static func total(_ vector: Double) -> Double { vector + zero }
  @inline(__always) static func multiplyAdd(_ c: Double, _ a: Double, _ b: Double) -> Double {
    Float64Arithmetic.multiplyAdd(c, a, b)
  }
}

/// Integers, which wrap as PyTorch's do.
enum Int64Summation: Summation {
  @inline(__always) static var isInteger: Bool { true }
  @inline(__always) static var width: Int { Int64Vector.scalarCount }
  @inline(__always) static var zero: Int64Vector { Int64Vector(repeating: 0) }
  @inline(__always) static func splat(_ value: Int64) -> Int64Vector { Int64Vector(repeating: value) }
  @inline(__always) static func sum(_ a: Int64Vector, _ b: Int64Vector) -> Int64Vector { a &+ b }
  @inline(__always) static func multiplyAdd(_ c: Int64Vector, _ a: Int64Vector, _ b: Int64Vector) -> Int64Vector {
    c &+ a &* b
  }
}

/// The value at an address that need not be aligned.
@inline(__always) func load<T: BitwiseCopyable>(_ address: UnsafeRawPointer, as type: T.Type) -> T {
  address.loadUnaligned(as: T.self)
}

/// Writes to an address that need not be aligned.
@inline(__always) func store<T: BitwiseCopyable>(_ value: T, at address: UnsafeMutableRawPointer) {
  address.storeBytes(of: value, as: T.self)
}
