import CShims

/// How an instruction set sums the products of bytes and int16 weights; where it conforms to nothing more, one by one.
protocol FixedPointSums {
  /// The horizontal pass takes pixels of up to this many samples as that many pixels of one.
  static var mostExpanded: Int { get }
  /// What it wants of a table besides: RSK_PLAIN_WEIGHTS and so on.
  static var weights: Int { get }
}

enum FixedPoint: FixedPointOfSet {}

/// Products of two neighbouring int16 each, added up in an int32: across rows, in whole vectors.
protocol PairSums: FixedPointSums {
  associatedtype Vector: BitwiseCopyable
  static func repeated(_ value: Int32) -> Vector
  /// The bytes of two vectors as pairs of int16, one of each, in an order that `bytes` undoes.
  static func pairs(_ first: Vector, _ second: Vector) -> (Vector, Vector, Vector, Vector)
  /// Two weights, for every pair of a vector.
  static func weights(_ pair: Int32) -> Vector
  /// sum + the products of pairs
  static func add(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector
  /// sum + rest >> shift
  static func sum(_ sum: Vector, _ rest: Vector, shift: Int32) -> Vector
  /// int32 shifted to the right, as bytes: what `pairs` made four of a, as one.
  static func bytes(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, shift: Int32) -> Vector
  /// A vector whose halves begin with those bytes, and those bytes.
  static func halves(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) -> Vector
  static func halves(of vector: Vector) -> (SIMD16<UInt8>, SIMD16<UInt8>)
  /// Whether the functions below work: they touch nothing but the first `count` bytes. Others are 0; any count will do.
  static var hasPartialAccess: Bool { get }
  static func loadPart(_ address: UnsafeRawPointer, count: Int) -> Vector
  static func storePart(_ vector: Vector, at address: UnsafeMutableRawPointer, count: Int)
}

/// Where a pair of int16 is two neighbours, whose products one instruction adds up.
protocol NeighbourSums: PairSums {
  /// The bytes of the lower, or upper, halves of two vectors in turn, within 128 bits each.
  static func low(_ a: Vector, _ b: Vector) -> Vector
  static func high(_ a: Vector, _ b: Vector) -> Vector
}

extension NeighbourSums {
  @inline(__always) static func pairs(_ first: Vector, _ second: Vector) -> (Vector, Vector, Vector, Vector) {
    let zero = repeated(0)
    let (low, high) = (low(first, second), high(first, second))
    return (Self.low(low, zero), Self.high(low, zero), Self.low(high, zero), Self.high(high, zero))
  }
  @inline(__always) static func weights(_ pair: Int32) -> Vector { repeated(pair) }
}

/// The same along a row, a pixel of up to four samples at a time, where bytes cannot be permuted.
protocol UnpermutedPixels: NeighbourSums {
  /// The bytes of two pixels, the same sample of both side by side as 16-bit numbers.
  static func pair(_ first: UInt32, _ second: UInt32) -> Vector
  /// Four bytes as 16-bit numbers, and four such numbers.
  static func four(_ bytes: UInt32) -> Vector
  static func four(_ weights: Int64) -> Vector
  /// An int32 that is the sum of the first two.
  static func sumOfTwo(_ sums: Vector) -> Vector
  static func firstFour(_ bytes: Vector) -> UInt32
}

/// The same along several rows, in 32 bytes whose bytes can be permuted.
protocol PairProducts: PairSums {
  associatedtype Words: BitwiseCopyable
  /// Whether weights may have remainders; where bytes are multiplied, these are bytes.
  static var takesRemainders: Bool { get }
  static func repeated(_ value: Int32) -> Words
  /// Two weights for every pair, and for those of each half.
  static func weights(_ pair: Int32) -> Words
  static func weights(_ low: Int32, _ high: Int32) -> Words
  /// Two weights for every pair, and the two after them.
  static func twoWeights(_ pairs: Int64) -> (Words, Words)
  static func add(_ sum: Words, _ a: Words, _ b: Words) -> Words
  static func products(_ a: Words, _ b: Words) -> Words
  /// The products of two neighbours, added up, wherever the two of a pair lie.
  static func neighbourProducts(_ a: Words, _ b: Words) -> Words
  /// sum + rest >> shift
  static func sum(_ sum: Words, _ rest: Words, shift: Int32) -> Words
  /// Bytes as int16.
  static func widened(_ bytes: SIMD16<UInt8>) -> Words
  /// Bytes as pairs of int16, moved within each half alike: `permutation` has pairs as neighbours, and -1 for a 0.
  static func pairs(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>) -> Words
  /// Bytes for `quads`, moved within each half alike: `permutation` has, of each four, those of a pair at even places.
  static func bytePairs(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>) -> Words
  /// Sums of four int32 in each half, shifted to the right, as four bytes.
  static func pixels(_ sums: Words, shift: Int32) -> (UInt32, UInt32)
  /// The first four bytes of eight rows' `bytePairs`, then the next four. The rows are the halves of `a`, `b`, `c` and `d`,
  /// those of the first halves before those of the second.
  static func quads(_ a: Words, _ b: Words, _ c: Words, _ d: Words) -> (Words, Words, Words, Words)
  /// The first pairs as int16, and the second ones.
  static func pairs(ofQuad bytes: Words) -> (Words, Words)
  /// Whether the functions below work: weights of more than 16 bits are split into these and a byte.
  static var splitsWeights: Bool { get }
  /// sum + the products of two neighbouring bytes and int8 each, modulo 1 << 16
  static func add(_ sum: Words, bytes: Words, weights: Words) -> Words
  /// sum + both int16 of each int32, times 1 << 16
  static func sum(_ sum: Words, high: Words) -> Words
  /// int32 shifted to the right, as bytes: element r has the bytes of the r-th of `a`, `b`, `c` and `d`.
  static func fours(_ a: Words, _ b: Words, _ c: Words, _ d: Words, shift: Int32) -> Words
  /// Elements r of four vectors, and elements r + 4, for r of 0 ..< 4.
  static func rows(ofFours a: Words, _ b: Words, _ c: Words, _ d: Words) -> (Words, Words, Words, Words)
  /// The first three of each four bytes, as the first twelve of each half.
  static func thirds(_ bytes: Words) -> Words
  /// The two halves.
  static func storeHalves(_ words: Words, at low: UnsafeMutableRawPointer, _ high: UnsafeMutableRawPointer)
  /// The sums of two neighbouring int32 of each.
  static func pairSums(_ a: Words, _ b: Words) -> Words
  /// The sums of all int32 of a, b, c and d, rounded and shifted to the right, as bytes, from their `pairSums`.
  static func bytes(ofSums ab: Words, _ cd: Words, precision: Int32) -> UInt32
  /// The sums of two neighbouring int32 each, rounded and shifted to the right, as bytes.
  static func bytes(ofPairs a: Words, _ b: Words, precision: Int32) -> UInt64
}

extension PairProducts {
  @inline(__always) static var splitsWeights: Bool { false }
  @inline(__always) static func add(_ sum: Words, bytes: Words, weights: Words) -> Words { sum }
  @inline(__always) static func sum(_ sum: Words, high: Words) -> Words { sum }
}

/// Products of four neighbouring bytes and int8 each, added up in an int32, and bytes taken out of two windows: in
/// vectors of RSK_BYTES.
protocol ByteProducts: PairProducts {
  /// The bytes at those places; `inSecond` says which of them are in the second window.
  static func take(_ places: Vector, _ window: Vector) -> Vector
  static func take(_ places: Vector, _ first: Vector, _ second: Vector, inSecond: UInt64) -> Vector
  /// sum + the products of four neighbouring bytes and int8 each
  static func add(_ sum: Vector, bytes: Vector, weights: Vector) -> Vector
  /// 256 * high + low
  static func sum(high: Vector, low: Vector) -> Vector
  /// int32 shifted to the right, as the first `count` bytes at an address.
  static func store(_ sums: Vector, shift: Int32, at address: UnsafeMutableRawPointer, count: Int)
}
