#if RESAMPLE_NEON || RESAMPLE_SIMD128
  import CShims

  // What instruction sets have in common whose vectors are 16 bytes, and move bytes by a variable.

  typealias FloatVector = SIMD4<Float>
  typealias DoubleVector = SIMD2<Double>
  typealias Int64Vector = SIMD2<Int64>
  /// Which byte of a vector goes where.
  typealias Permutation = rsi_permutation
  typealias HalfVector = SIMD4<UInt16>

  typealias ArithmeticOfSet = RealArithmetic
  typealias SamplesOfSet = Samples
  typealias PixelsOfSet = PermutedPixels
  typealias FixedPointOfSet = PairProducts

  extension Pixels4 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD2<Int64> {
      rsi_permutation_of_floats(first, base)
    }
  }

  extension Pixels8 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD2<Int64> {
      rsi_permutation_of_doubles(first, base)
    }
  }

  /// Two vectors: 32 bytes, as fixed-point arithmetic along rows has them.
  struct VectorPair {
    let low: SIMD2<Int64>
    let high: SIMD2<Int64>

    @inline(__always) init(_ low: SIMD2<Int64>, _ high: SIMD2<Int64>) { (self.low, self.high) = (low, high) }
    @inline(__always) init(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) {
      self.init(unsafeBitCast(low, to: SIMD2<Int64>.self), unsafeBitCast(high, to: SIMD2<Int64>.self))
    }

    @inline(__always) func map(_ change: (SIMD2<Int64>) -> SIMD2<Int64>) -> VectorPair {
      VectorPair(change(low), change(high))
    }
  }

  extension FixedPoint {
    @inline(__always) static var mostExpanded: Int { 0 }
    @inline(__always) static var weights: Int { RSK_PAIR_WEIGHTS }
    @inline(__always) static var takesRemainders: Bool { true }

    // Across rows.

    @inline(__always) static func repeated(_ value: Int32) -> SIMD2<Int64> { rsi_repeated(value) }
    @inline(__always) static func weights(_ pair: Int32) -> SIMD2<Int64> { rsi_pair_weights(pair) }
    @inline(__always) static func add(_ sum: SIMD2<Int64>, _ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
      rsi_add_pair_products(sum, a, b)
    }
    @inline(__always) static func sum(_ sum: SIMD2<Int64>, _ rest: SIMD2<Int64>, shift: Int32) -> SIMD2<Int64> {
      rsi_sum(sum, rsi_shifted(rest, shift))
    }
    @inline(__always) static func bytes(
      _ a: SIMD2<Int64>, _ b: SIMD2<Int64>, _ c: SIMD2<Int64>, _ d: SIMD2<Int64>, shift: Int32
    ) -> SIMD2<Int64> {
      rsi_shifted_bytes(a, b, c, d, shift)
    }
    @inline(__always) static func halves(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) -> SIMD2<Int64> {
      SIMD2<Int64>(unsafeBitCast(low, to: SIMD2<Int64>.self)[0], unsafeBitCast(high, to: SIMD2<Int64>.self)[0])
    }
    @inline(__always) static func halves(of vector: SIMD2<Int64>) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
      (
        unsafeBitCast(vector, to: SIMD16<UInt8>.self),
        unsafeBitCast(SIMD2<Int64>(vector[1], vector[1]), to: SIMD16<UInt8>.self)
      )
    }
    @inline(__always) static var hasPartialAccess: Bool { false }
    @inline(__always) static func loadPart(_ address: UnsafeRawPointer, count: Int) -> SIMD2<Int64> { repeated(0) }
    @inline(__always) static func storePart(
      _ vector: SIMD2<Int64>, at address: UnsafeMutableRawPointer, count: Int
    ) {}

    // Along rows.

    @inline(__always) static func repeated(_ value: Int32) -> VectorPair {
      VectorPair(rsi_repeated(value), rsi_repeated(value))
    }
    @inline(__always) static func weights(_ pair: Int32) -> VectorPair { weights(pair, pair) }
    @inline(__always) static func weights(_ low: Int32, _ high: Int32) -> VectorPair {
      VectorPair(rsi_pair_weights(low), rsi_pair_weights(high))
    }
    @inline(__always) static func twoWeights(_ pairs: Int64) -> (VectorPair, VectorPair) {
      let (first, second) = (rsi_first_pair_weights(pairs), rsi_second_pair_weights(pairs))
      return (VectorPair(first, first), VectorPair(second, second))
    }
    @inline(__always) static func add(_ sum: VectorPair, _ a: VectorPair, _ b: VectorPair) -> VectorPair {
      VectorPair(rsi_add_pair_products(sum.low, a.low, b.low), rsi_add_pair_products(sum.high, a.high, b.high))
    }
    @inline(__always) static func products(_ a: VectorPair, _ b: VectorPair) -> VectorPair {
      VectorPair(rsi_pair_products(a.low, b.low), rsi_pair_products(a.high, b.high))
    }
    @inline(__always) static func neighbourProducts(_ a: VectorPair, _ b: VectorPair) -> VectorPair {
      VectorPair(rsi_neighbour_products(a.low, b.low), rsi_neighbour_products(a.high, b.high))
    }
    @inline(__always) static func sum(_ sum: VectorPair, _ rest: VectorPair, shift: Int32) -> VectorPair {
      VectorPair(
        rsi_sum(sum.low, rsi_shifted(rest.low, shift)), rsi_sum(sum.high, rsi_shifted(rest.high, shift)))
    }
    @inline(__always) static func widened(_ bytes: SIMD16<UInt8>) -> VectorPair {
      let bytes = unsafeBitCast(bytes, to: SIMD2<Int64>.self)
      return VectorPair(rsi_low_words(bytes), rsi_high_words(bytes))
    }
    @inline(__always) static func permuted(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>
    ) -> VectorPair {
      VectorPair(a, b).map { rsi_permute($0, unsafeBitCast(permutation, to: SIMD2<Int64>.self)) }
    }
    @inline(__always) static func pixels(_ sums: VectorPair, shift: Int32) -> (UInt32, UInt32) {
      let pixels = rsi_shifted_eight(sums.low, sums.high, shift)
      return (UInt32(truncatingIfNeeded: pixels), UInt32(truncatingIfNeeded: pixels &>> 32))
    }
    @inline(__always) static func fours(
      _ a: VectorPair, _ b: VectorPair, _ c: VectorPair, _ d: VectorPair, shift: Int32
    ) -> VectorPair {
      permuted(
        unsafeBitCast(rsi_shifted_bytes(a.low, b.low, c.low, d.low, shift), to: SIMD16<UInt8>.self),
        unsafeBitCast(rsi_shifted_bytes(a.high, b.high, c.high, d.high, shift), to: SIMD16<UInt8>.self),
        SIMD16(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15))
    }
    @inline(__always) static func rows(
      ofFours a: VectorPair, _ b: VectorPair, _ c: VectorPair, _ d: VectorPair
    ) -> (VectorPair, VectorPair, VectorPair, VectorPair) {
      let low = rows(a.low, b.low, c.low, d.low)
      let high = rows(a.high, b.high, c.high, d.high)
      return (
        VectorPair(low.0, high.0), VectorPair(low.1, high.1), VectorPair(low.2, high.2), VectorPair(low.3, high.3)
      )
    }
    @inline(__always) static func rows(
      _ a: SIMD2<Int64>, _ b: SIMD2<Int64>, _ c: SIMD2<Int64>, _ d: SIMD2<Int64>
    ) -> (SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>) {
      typealias Vector = SIMD2<Int64>
      @inline(__always) func floats(_ vector: Vector) -> FloatVector { unsafeBitCast(vector, to: FloatVector.self) }
      let rows = transposedFours(floats(a), floats(b), floats(c), floats(d))
      return (
        unsafeBitCast(rows.0, to: Vector.self), unsafeBitCast(rows.1, to: Vector.self),
        unsafeBitCast(rows.2, to: Vector.self), unsafeBitCast(rows.3, to: Vector.self)
      )
    }
    @inline(__always) static func thirds(_ bytes: VectorPair) -> VectorPair {
      let permutation = SIMD16<Int8>(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)
      return bytes.map { rsi_permute($0, unsafeBitCast(permutation, to: SIMD2<Int64>.self)) }
    }
    @inline(__always) static func storeHalves(
      _ words: VectorPair, at low: UnsafeMutableRawPointer, _ high: UnsafeMutableRawPointer
    ) {
      store(words.low, at: low)
      store(words.high, at: high)
    }
    @inline(__always) static func pairSums(_ a: VectorPair, _ b: VectorPair) -> VectorPair {
      let sums = rsi_neighbour_sums(rsi_sum(a.low, a.high), rsi_sum(b.low, b.high))
      return VectorPair(sums, sums)
    }
    @inline(__always) static func bytes(
      ofSums ab: VectorPair, _ cd: VectorPair, precision: Int32
    ) -> UInt32 {
      let sums = rsi_sum(rsi_neighbour_sums(ab.low, cd.low), repeated(oneHalf(precision)))
      return UInt32(truncatingIfNeeded: rsi_shifted_eight(sums, sums, precision))
    }
    @inline(__always) static func bytes(
      ofPairs a: VectorPair, _ b: VectorPair, precision: Int32
    ) -> UInt64 {
      let half: SIMD2<Int64> = repeated(oneHalf(precision))
      return rsi_shifted_eight(
        rsi_sum(rsi_neighbour_sums(a.low, a.high), half), rsi_sum(rsi_neighbour_sums(b.low, b.high), half), precision)
    }
  }
#endif
