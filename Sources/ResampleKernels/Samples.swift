import CShims

/// A dtype whose samples are computed in an arithmetic.
protocol ComputedSamples: Convertible where Row == A.Scalar {
  associatedtype A: RealArithmetic
}

extension ComputedSamples {
  /// The sample at an offset, or 0.
  @inline(__always) static func sample(_ samples: UnsafePointer<Stored>, _ offset: Int32, _ isThere: Int32) -> Row {
    isThere != 0 ? row(samples[Int(offset)]) : A.first(A.zero)
  }
}

/// How they come from memory into vectors, and back.
protocol Samples: ComputedSamples {
  /// None of these addresses need be aligned to a vector, but that of `stream`, which stores past the caches.
  static func load(_ samples: UnsafePointer<Stored>) -> A.Vector
  static func store(_ vector: A.Vector, at samples: UnsafeMutablePointer<Stored>)
  static func stream(_ vector: A.Vector, to samples: UnsafeMutablePointer<Stored>)
  /// Some elements of a vector that would go to `samples`.
  static func store(_ vector: A.Vector, _ elements: Range<Int>, at samples: UnsafeMutablePointer<Stored>)
  /// The samples at `first[0]`, `first[1]`, ..., a vector of them.
  static func gather(_ samples: UnsafePointer<Stored>, _ first: UnsafePointer<Int32>) -> A.Vector
  /// The samples at `first[0]`, `first[1]`, ..., and the sample after each of them: two vectors.
  static func gatherTwo(_ samples: UnsafePointer<Stored>, _ first: UnsafePointer<Int32>) -> (A.Vector, A.Vector)
  /// The same, and the next two: four vectors.
  static func gatherFour(
    _ samples: UnsafePointer<Stored>, _ first: UnsafePointer<Int32>
  ) -> (A.Vector, A.Vector, A.Vector, A.Vector)

  /// Whether part of a vector can be loaded and stored: the functions below are for such instruction sets alone.
  static var hasPartialAccess: Bool { get }
  /// The first `count` elements: no other sample is touched. Those after them are 0; any count will do.
  static func loadPart(_ samples: UnsafePointer<Stored>, count: Int) -> A.Vector
  static func storePart(_ vector: A.Vector, at samples: UnsafeMutablePointer<Stored>, count: Int)
}

/// For instruction sets that load and store whole vectors alone.
protocol WholeVectorSamples: Samples {}

extension WholeVectorSamples {
  @inline(__always) static var hasPartialAccess: Bool { false }
  @inline(__always) static func loadPart(_ samples: UnsafePointer<Stored>, count: Int) -> A.Vector { A.zero }
  @inline(__always) static func storePart(_ vector: A.Vector, at samples: UnsafeMutablePointer<Stored>, count: Int) {}
}

/// The samples from `address` up to the next address that is aligned to `count` of them, a power of two, or nil where no
/// sample is.
@inline(__always) func samplesToAlignment<S: Samples>(
  _ samples: S.Type, _ address: UnsafeMutablePointer<S.Stored>, of count: Int = S.A.width
) -> Int? {
  let size = MemoryLayout<S.Stored>.size
  let bytes = Int(bitPattern: address) & (count &* size &- 1)
  if bytes % size != 0 { return nil }
  return bytes == 0 ? 0 : count &- bytes / size
}

enum Float32Samples: SamplesOfSet {
  typealias A = Float32Arithmetic
  @inline(__always) static func row(_ stored: Float) -> Float { stored }
  @inline(__always) static func stored(_ row: Float) -> Float { row }
  @inline(__always) static func load(_ samples: UnsafePointer<Float>) -> FloatVector {
    UnsafeRawPointer(samples).loadUnaligned(as: FloatVector.self)
  }
  @inline(__always) static func store(_ vector: FloatVector, at samples: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(samples).storeBytes(of: vector, as: FloatVector.self)
  }
  @inline(__always) static func stream(_ vector: FloatVector, to samples: UnsafeMutablePointer<Float>) {
    rsi_stream_floats(samples, vector)
  }
  @inline(__always) static func store(
    _ vector: FloatVector, _ elements: Range<Int>, at samples: UnsafeMutablePointer<Float>
  ) {
    rsi_store_some_floats(samples, elements.lowerBound, elements.upperBound, vector)
  }
  @inline(__always) static func gather(
    _ samples: UnsafePointer<Float>, _ first: UnsafePointer<Int32>
  ) -> FloatVector {
    gathered(samples, first)
  }
  /// Two samples of every other place side by side, of four at a time; then each second one.
  @inline(__always) static func gatherTwo(
    _ samples: UnsafePointer<Float>, _ first: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector) {
    let (a, b) = (rsi_pairs_of_floats(samples, first), rsi_pairs_of_floats(samples, first + 2))
    return (rsi_even_float_pairs(a, b), rsi_odd_float_pairs(a, b))
  }
  /// Four samples of every fourth place side by side, then a transposition within each 128 bits.
  @inline(__always) static func gatherFour(
    _ samples: UnsafePointer<Float>, _ first: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
    transposedFours(
      rsi_fours_of_floats(samples, first), rsi_fours_of_floats(samples, first + 1),
      rsi_fours_of_floats(samples, first + 2), rsi_fours_of_floats(samples, first + 3))
  }
}

enum Float64Samples: SamplesOfSet {
  typealias A = Float64Arithmetic
  @inline(__always) static func row(_ stored: Double) -> Double { stored }
  @inline(__always) static func stored(_ row: Double) -> Double { row }
  @inline(__always) static func load(_ samples: UnsafePointer<Double>) -> DoubleVector {
    UnsafeRawPointer(samples).loadUnaligned(as: DoubleVector.self)
  }
  @inline(__always) static func store(_ vector: DoubleVector, at samples: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(samples).storeBytes(of: vector, as: DoubleVector.self)
  }
  @inline(__always) static func stream(_ vector: DoubleVector, to samples: UnsafeMutablePointer<Double>) {
    rsi_stream_doubles(samples, vector)
  }
  @inline(__always) static func store(
    _ vector: DoubleVector, _ elements: Range<Int>, at samples: UnsafeMutablePointer<Double>
  ) {
    rsi_store_some_doubles(samples, elements.lowerBound, elements.upperBound, vector)
  }
  @inline(__always) static func gather(
    _ samples: UnsafePointer<Double>, _ first: UnsafePointer<Int32>
  ) -> DoubleVector {
    gathered(samples, first)
  }
  /// Two samples of every other place side by side, then a transposition within each 128 bits.
  @inline(__always) static func gatherTwo(
    _ samples: UnsafePointer<Double>, _ first: UnsafePointer<Int32>
  ) -> (DoubleVector, DoubleVector) {
    transposedPairs(rsi_pairs_of_doubles(samples, first), rsi_pairs_of_doubles(samples, first + 1))
  }
  /// Two samples of every other place side by side, then a transposition within each 128 bits; and again for the next
  /// two.
  @inline(__always) static func gatherFour(
    _ samples: UnsafePointer<Double>, _ first: UnsafePointer<Int32>
  ) -> (DoubleVector, DoubleVector, DoubleVector, DoubleVector) {
    let (a, b) = (rsi_pairs_of_doubles(samples, first), rsi_pairs_of_doubles(samples, first + 1))
    let (c, d) = (rsi_pairs_of_doubles(samples + 2, first), rsi_pairs_of_doubles(samples + 2, first + 1))
    let (near, far) = (transposedPairs(a, b), transposedPairs(c, d))
    return (near.0, near.1, far.0, far.1)
  }
}
