#if RESAMPLE_AVX2
  import CShims

  typealias FloatVector = SIMD8<Float>
  typealias DoubleVector = SIMD4<Double>
  typealias Int64Vector = SIMD4<Int64>
  /// Which element of a vector goes where.
  typealias Permutation = rsi_permutation
  typealias HalfVector = SIMD8<UInt16>

  typealias ArithmeticOfSet = RealArithmetic
  typealias SamplesOfSet = Samples
  typealias PixelsOfSet = PermutedPixels
  typealias FixedPointOfSet = PairProducts & NeighbourSums

  enum Abilities {
    @inline(__always) static var registers: Int { 16 }
    @inline(__always) static var fusesMultiplyAdd: Bool { true }
    @inline(__always) static var convertsHalves: Bool { true }
  }

  extension PermutedPixels where Vector == SIMD4<Int64> {
    @inline(__always) static var hasHalfAccess: Bool { false }
    @inline(__always) static func loadHalf(_ address: UnsafeRawPointer) -> Vector { load(address, as: Vector.self) }
    @inline(__always) static func permute(_ window: Vector, _ permutation: Vector) -> Vector {
      // The permutation of doubles is that of their halves.
      unsafeBitCast(
        rsi_permute_floats(unsafeBitCast(window, to: FloatVector.self), permutation), to: Vector.self)
    }
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ address: UnsafeRawPointer, bytes: Int) -> Vector {
      unsafeBitCast(rsi_load_floats(address.assumingMemoryBound(to: Float.self), bytes / 4), to: Vector.self)
    }
    @inline(__always) static func storePart(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int) {
      rsi_store_floats(
        address.assumingMemoryBound(to: Float.self), bytes / 4, unsafeBitCast(vector, to: FloatVector.self))
    }
  }

  extension Pixels4 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD4<Int64> {
      rsi_permutation_of_floats(first, base)
    }
  }

  extension Pixels8 {
    @inline(__always) static func permutation(
      _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
    ) -> SIMD4<Int64> {
      rsi_permutation_of_doubles(first, base)
    }
  }

  extension FixedPoint {
    @inline(__always) static var mostExpanded: Int { 0 }
    @inline(__always) static var weights: Int { RSK_QUAD_WEIGHTS }
    @inline(__always) static var takesRemainders: Bool { true }
    @inline(__always) static var splitsWeights: Bool { true }
    @inline(__always) static func low(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_unpacklo_epi8(a, b)
    }
    @inline(__always) static func high(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_unpackhi_epi8(a, b)
    }
    @inline(__always) static func add(_ sum: SIMD4<Int64>, _ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
    }
    @inline(__always) static func twoWeights(_ pairs: Int64) -> (SIMD4<Int64>, SIMD4<Int64>) {
      let pairs = rsi_repeated_pairs(pairs)
      return (rsi_repeated_first(pairs), rsi_repeated_second(pairs))
    }
    @inline(__always) static func bytes(
      _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>, shift: Int32
    ) -> SIMD4<Int64> {
      rsi_shifted_bytes(a, b, c, d, shift)
    }
    @inline(__always) static func halves(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) -> SIMD4<Int64> {
      SIMD4<Int64>(
        lowHalf: unsafeBitCast(low, to: SIMD2<Int64>.self), highHalf: unsafeBitCast(high, to: SIMD2<Int64>.self))
    }
    @inline(__always) static func halves(of vector: SIMD4<Int64>) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
      (unsafeBitCast(vector.lowHalf, to: SIMD16<UInt8>.self), unsafeBitCast(vector.highHalf, to: SIMD16<UInt8>.self))
    }
    @inline(__always) static var hasPartialAccess: Bool { false }
    @inline(__always) static func loadPart(_ address: UnsafeRawPointer, count: Int) -> SIMD4<Int64> {
      SIMD4<Int64>(repeating: 0)
    }
    @inline(__always) static func storePart(
      _ vector: SIMD4<Int64>, at address: UnsafeMutableRawPointer, count: Int
    ) {}
  }

  @implementation @_cdecl("rsk_fill_avx2")
  public func rsk_fill_avx2(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
