#if RESAMPLE_BASELINE
  import CShims

  typealias FloatVector = SIMD4<Float>
  typealias DoubleVector = SIMD2<Double>
  typealias Int64Vector = SIMD2<Int64>
  typealias HalfVector = SIMD4<UInt16>

  typealias ArithmeticOfSet = UnpermutedArithmetic
  typealias SamplesOfSet = WholeVectorSamples
  typealias PixelsOfSet = Pixels
  #if arch(x86_64)
    typealias FixedPointOfSet = UnpermutedPixels
  #else
    typealias FixedPointOfSet = FixedPointSums
  #endif

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

  #if arch(x86_64)
    extension FixedPoint {
      @inline(__always) static var mostExpanded: Int { 0 }
      @inline(__always) static var weights: Int { RSK_PLAIN_WEIGHTS }
      @inline(__always) static func repeated(_ value: Int32) -> SIMD2<Int64> { _mm_set1_epi32(value) }
      @inline(__always) static func low(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
        _mm_unpacklo_epi8(a, b)
      }
      @inline(__always) static func high(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
        _mm_unpackhi_epi8(a, b)
      }
      @inline(__always) static func add(_ sum: SIMD2<Int64>, _ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
        _mm_add_epi32(sum, _mm_madd_epi16(a, b))
      }
      @inline(__always) static func sum(_ sum: SIMD2<Int64>, _ rest: SIMD2<Int64>, shift: Int32) -> SIMD2<Int64> {
        _mm_add_epi32(sum, _mm_sra_epi32(rest, _mm_cvtsi32_si128(shift)))
      }
      @inline(__always) static func bytes(
        _ a: SIMD2<Int64>, _ b: SIMD2<Int64>, _ c: SIMD2<Int64>, _ d: SIMD2<Int64>, shift: Int32
      ) -> SIMD2<Int64> {
        let shift = _mm_cvtsi32_si128(shift)
        // Both packings saturate, the second to 0 ... 255.
        return _mm_packus_epi16(
          _mm_packs_epi32(_mm_sra_epi32(a, shift), _mm_sra_epi32(b, shift)),
          _mm_packs_epi32(_mm_sra_epi32(c, shift), _mm_sra_epi32(d, shift)))
      }
      @inline(__always) static func halves(_ low: SIMD16<UInt8>, _ high: SIMD16<UInt8>) -> SIMD2<Int64> {
        _mm_unpacklo_epi64(unsafeBitCast(low, to: SIMD2<Int64>.self), unsafeBitCast(high, to: SIMD2<Int64>.self))
      }
      @inline(__always) static func halves(of vector: SIMD2<Int64>) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
        (
          unsafeBitCast(vector, to: SIMD16<UInt8>.self),
          unsafeBitCast(_mm_unpackhi_epi64(vector, vector), to: SIMD16<UInt8>.self)
        )
      }
      @inline(__always) static var hasPartialAccess: Bool { false }
      @inline(__always) static func loadPart(_ address: UnsafeRawPointer, count: Int) -> SIMD2<Int64> { repeated(0) }
      @inline(__always) static func storePart(
        _ vector: SIMD2<Int64>, at address: UnsafeMutableRawPointer, count: Int
      ) {}

      @inline(__always) static func pair(_ first: UInt32, _ second: UInt32) -> SIMD2<Int64> {
        let (first, second) = (Int32(bitPattern: first), Int32(bitPattern: second))
        return low(low(_mm_cvtsi32_si128(first), _mm_cvtsi32_si128(second)), _mm_setzero_si128())
      }
      @inline(__always) static func four(_ bytes: UInt32) -> SIMD2<Int64> {
        low(_mm_cvtsi32_si128(Int32(bitPattern: bytes)), _mm_setzero_si128())
      }
      @inline(__always) static func four(_ weights: Int64) -> SIMD2<Int64> { SIMD2<Int64>(weights, 0) }
      @inline(__always) static func sumOfTwo(_ sums: SIMD2<Int64>) -> SIMD2<Int64> {
        _mm_add_epi32(sums, _mm_srli_epi64(sums, 32))
      }
      @inline(__always) static func firstFour(_ bytes: SIMD2<Int64>) -> UInt32 {
        UInt32(bitPattern: _mm_cvtsi128_si32(bytes))
      }
    }
  #else
    extension FixedPoint {
      @inline(__always) static var mostExpanded: Int { 0 }
      @inline(__always) static var weights: Int { RSK_PLAIN_WEIGHTS }
    }
  #endif

  @implementation @_cdecl("rsk_fill_baseline")
  public func rsk_fill_baseline(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
