#if RESAMPLE_AVX512
  import CShims

  typealias FloatVector = SIMD16<Float>
  typealias DoubleVector = SIMD8<Double>
  typealias Int64Vector = SIMD8<Int64>
  /// Which element of a vector goes where.
  typealias Permutation = rsi_permutation
  typealias HalfVector = SIMD16<UInt16>

  typealias ArithmeticOfSet = RealArithmetic
  typealias SamplesOfSet = Samples
  typealias PixelsOfSet = PermutedPixels
  typealias FixedPointOfSet = ByteProducts & NeighbourSums

  enum Abilities {
    @inline(__always) static var registers: Int { 32 }
    @inline(__always) static var fusesMultiplyAdd: Bool { true }
    @inline(__always) static var convertsHalves: Bool { true }
  }

  extension PermutedPixels where Vector == SIMD8<Int64> {
    @inline(__always) static var hasHalfAccess: Bool { true }
    @inline(__always) static func loadHalf(_ address: UnsafeRawPointer) -> Vector { rsi_load_half(address) }
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ address: UnsafeRawPointer, bytes: Int) -> Vector {
      rsi_load_bytes(address, bytes)
    }
    @inline(__always) static func storePart(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int) {
      rsi_store_bytes(address, bytes, vector)
    }
  }

  extension Pixels1 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD8<Int64> {
      rsi_permutation_of_8_bits(bytes, base)
    }
    @inline(__always) static func permute(_ window: SIMD8<Int64>, _ permutation: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_permutexvar_epi8(permutation, window)
    }
  }

  extension Pixels2 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD8<Int64> {
      rsi_permutation_of_16_bits(first, base)
    }
    @inline(__always) static func permute(_ window: SIMD8<Int64>, _ permutation: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_permutexvar_epi16(permutation, window)
    }
  }

  extension Pixels4 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD8<Int64> {
      rsi_permutation_of_floats(first, base)
    }
    @inline(__always) static func permute(_ window: SIMD8<Int64>, _ permutation: SIMD8<Int64>) -> SIMD8<Int64> {
      unsafeBitCast(
        rsi_permute_floats(unsafeBitCast(window, to: FloatVector.self), permutation), to: SIMD8<Int64>.self)
    }
  }

  extension Pixels8 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD8<Int64> {
      rsi_permutation_of_doubles(first, base)
    }
    @inline(__always) static func permute(_ window: SIMD8<Int64>, _ permutation: SIMD8<Int64>) -> SIMD8<Int64> {
      unsafeBitCast(
        rsi_permute_doubles(unsafeBitCast(window, to: DoubleVector.self), permutation), to: SIMD8<Int64>.self)
    }
  }

  extension FixedPoint {
    @inline(__always) static var mostExpanded: Int { 16 }
    @inline(__always) static var weights: Int { RSK_BYTE_WEIGHTS }
    @inline(__always) static var takesRemainders: Bool { false }
    @inline(__always) static func repeated(_ value: Int32) -> SIMD8<Int64> { _mm512_set1_epi32(value) }
    @inline(__always) static func sum(high: SIMD8<Int64>, low: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_add_epi32(_mm512_slli_epi32(high, 8), low)
    }
    @inline(__always) static func sum(_ sum: SIMD8<Int64>, _ rest: SIMD8<Int64>, shift: Int32) -> SIMD8<Int64> {
      _mm512_add_epi32(sum, _mm512_sra_epi32(rest, _mm_cvtsi32_si128(shift)))
    }
    @inline(__always) static func low(_ a: SIMD8<Int64>, _ b: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_unpacklo_epi8(a, b)
    }
    @inline(__always) static func high(_ a: SIMD8<Int64>, _ b: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_unpackhi_epi8(a, b)
    }
    @inline(__always) static func add(_ sum: SIMD8<Int64>, _ a: SIMD8<Int64>, _ b: SIMD8<Int64>) -> SIMD8<Int64> {
      rsi_add_pair_products(sum, a, b)
    }
    @inline(__always) static func add(_ sum: SIMD4<Int64>, _ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      rsi_add_pair_products_256(sum, a, b)
    }
    @inline(__always) static func twoWeights(_ pairs: Int64) -> (SIMD4<Int64>, SIMD4<Int64>) {
      (repeated(Int32(truncatingIfNeeded: pairs)), repeated(Int32(truncatingIfNeeded: pairs &>> 32)))
    }
    @inline(__always) static func bytes(
      _ a: SIMD8<Int64>, _ b: SIMD8<Int64>, _ c: SIMD8<Int64>, _ d: SIMD8<Int64>, shift: Int32
    ) -> SIMD8<Int64> {
      rsi_shifted_bytes(a, b, c, d, shift)
    }
    // Not called: parts of vectors are loaded and stored as such.
    @inline(__always) static func halves(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) -> SIMD8<Int64> { repeated(0) }
    @inline(__always) static func halves(of vector: SIMD8<Int64>) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
      (SIMD16(repeating: 0), SIMD16(repeating: 0))
    }
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ address: UnsafeRawPointer, count: Int) -> SIMD8<Int64> {
      rsi_load_bytes(address, count)
    }
    @inline(__always) static func storePart(_ vector: SIMD8<Int64>, at address: UnsafeMutableRawPointer, count: Int) {
      rsi_store_bytes(address, count, vector)
    }
    @inline(__always) static func take(_ places: SIMD8<Int64>, _ window: SIMD8<Int64>) -> SIMD8<Int64> {
      _mm512_permutexvar_epi8(places, window)
    }
    @inline(__always) static func take(
      _ places: SIMD8<Int64>, _ first: SIMD8<Int64>, _ second: SIMD8<Int64>, inSecond: UInt64
    ) -> SIMD8<Int64> {
      rsi_take_bytes_of_two(places, first, second, inSecond)
    }
    @inline(__always) static func add(
      _ sum: SIMD8<Int64>, bytes: SIMD8<Int64>, weights: SIMD8<Int64>
    ) -> SIMD8<Int64> {
      _mm512_dpbusd_epi32(sum, bytes, weights)
    }
    @inline(__always) static func store(
      _ sums: SIMD8<Int64>, shift: Int32, at address: UnsafeMutableRawPointer, count: Int
    ) {
      rsi_store_shifted(address, count, sums, shift)
    }
  }

  @implementation @_cdecl("rsk_fill_avx512")
  public func rsk_fill_avx512(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
