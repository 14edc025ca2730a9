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
    typealias FixedPointOfSet = PairProducts
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

  #if arch(x86_64)
    // 32 bytes are two vectors, of which each holds a half.
    extension FixedPoint {
      @inline(__always) static var mostExpanded: Int { 0 }
      @inline(__always) static var weights: Int { RSK_PAIR_WEIGHTS }
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

      @inline(__always) private static func joined(_ low: SIMD2<Int64>, _ high: SIMD2<Int64>) -> SIMD4<Int64> {
        SIMD4<Int64>(lowHalf: low, highHalf: high)
      }
      @inline(__always) static func repeated(_ value: Int32) -> SIMD4<Int64> {
        joined(_mm_set1_epi32(value), _mm_set1_epi32(value))
      }
      @inline(__always) static func repeatedPair(_ values: Int64) -> (SIMD4<Int64>, SIMD4<Int64>) {
        (repeated(Int32(truncatingIfNeeded: values)), repeated(Int32(truncatingIfNeeded: values &>> 32)))
      }
      @inline(__always) static func add(_ sum: SIMD4<Int64>, _ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
        joined(add(sum.lowHalf, a.lowHalf, b.lowHalf), add(sum.highHalf, a.highHalf, b.highHalf))
      }
      @inline(__always) static func products(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
        joined(_mm_madd_epi16(a.lowHalf, b.lowHalf), _mm_madd_epi16(a.highHalf, b.highHalf))
      }
      @inline(__always) static func sum(_ sum: SIMD4<Int64>, _ rest: SIMD4<Int64>, shift: Int32) -> SIMD4<Int64> {
        joined(
          self.sum(sum.lowHalf, rest.lowHalf, shift: shift), self.sum(sum.highHalf, rest.highHalf, shift: shift))
      }
      @inline(__always) static func isAny(of sums: SIMD4<Int64>, below limit: SIMD4<Int64>) -> Bool {
        _mm_movemask_epi8(
          _mm_cmpgt_epi32(limit.lowHalf, sums.lowHalf) | _mm_cmpgt_epi32(limit.highHalf, sums.highHalf)) != 0
      }
      @inline(__always) static func bits(_ sums: SIMD4<Int64>, _ mask: SIMD4<Int64>) -> SIMD4<Int64> { sums & mask }
      @inline(__always) static func widened(_ bytes: SIMD16<UInt8>) -> SIMD4<Int64> {
        let bytes = unsafeBitCast(bytes, to: SIMD2<Int64>.self)
        return joined(_mm_unpacklo_epi8(bytes, _mm_setzero_si128()), _mm_unpackhi_epi8(bytes, _mm_setzero_si128()))
      }
      @inline(__always) static func pairs(
        _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, samples: Int, isFirst: Bool
      ) -> SIMD4<Int64> {
        @inline(__always) func pairs(_ bytes: SIMD16<UInt8>) -> SIMD2<Int64> {
          let bytes = unsafeBitCast(bytes, to: SIMD2<Int64>.self)
          return switch (samples, isFirst) {
          case (3, true): rsi_pairs_of_three(bytes)
          case (3, false): rsi_pairs_of_three(rsi_after_two_of_three(bytes))
          case (_, true): rsi_pairs_of_four(bytes)
          case (_, false): rsi_pairs_of_four(_mm_unpackhi_epi64(bytes, bytes))
          }
        }
        return joined(pairs(a), pairs(b))
      }
      @inline(__always) static func pixels(_ sums: SIMD4<Int64>, shift: Int32) -> (UInt32, UInt32) {
        let (low, high) = (sums.lowHalf, sums.highHalf)
        let pixels = unsafeBitCast(bytes(low, low, high, high, shift: shift), to: SIMD4<UInt32>.self)
        return (pixels[0], pixels[2])
      }
      /// The same sample of two neighbouring pixels, side by side.
      @inline(__always) static func arranged(
        _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, samples: Int
      ) -> SIMD4<Int64> {
        @inline(__always) func arranged(_ bytes: SIMD16<UInt8>) -> SIMD2<Int64> {
          let bytes = unsafeBitCast(bytes, to: SIMD2<Int64>.self)
          return switch samples {
          case 1: bytes
          case 2: rsi_neighbours_of_two(bytes)
          case 3: rsi_neighbours_of_three(bytes)
          default: rsi_neighbours_of_four(bytes)
          }
        }
        return joined(arranged(a), arranged(b))
      }
      @inline(__always) static func columns(
        _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>
      ) -> (
        SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>
      ) {
        typealias Half = SIMD2<Int64>
        @inline(__always) func columns(
          _ a: Half, _ b: Half, _ c: Half, _ d: Half
        ) -> (Half, Half, Half, Half, Half, Half, Half, Half) {
          let (lowAB, highAB) = (_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b))
          let (lowCD, highCD) = (_mm_unpacklo_epi16(c, d), _mm_unpackhi_epi16(c, d))
          let (first, second) = (_mm_unpacklo_epi32(lowAB, lowCD), _mm_unpackhi_epi32(lowAB, lowCD))
          let (third, fourth) = (_mm_unpacklo_epi32(highAB, highCD), _mm_unpackhi_epi32(highAB, highCD))
          let zero = _mm_setzero_si128()
          return (
            self.low(first, zero), self.high(first, zero), self.low(second, zero), self.high(second, zero),
            self.low(third, zero), self.high(third, zero), self.low(fourth, zero), self.high(fourth, zero)
          )
        }
        let low = columns(a.lowHalf, b.lowHalf, c.lowHalf, d.lowHalf)
        let high = columns(a.highHalf, b.highHalf, c.highHalf, d.highHalf)
        return (
          joined(low.0, high.0), joined(low.1, high.1), joined(low.2, high.2), joined(low.3, high.3),
          joined(low.4, high.4), joined(low.5, high.5), joined(low.6, high.6), joined(low.7, high.7)
        )
      }
      @inline(__always) static func fours(
        _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>, shift: Int32
      ) -> SIMD4<Int64> {
        // Bytes of a, b, c and d, four each, become those of c between those of a, and those of d between those of b.
        @inline(__always) func zipped(_ bytes: SIMD2<Int64>) -> SIMD2<Int64> {
          _mm_unpacklo_epi8(bytes, _mm_unpackhi_epi64(bytes, bytes))
        }
        let low = bytes(a.lowHalf, b.lowHalf, c.lowHalf, d.lowHalf, shift: shift)
        let high = bytes(a.highHalf, b.highHalf, c.highHalf, d.highHalf, shift: shift)
        return joined(zipped(zipped(low)), zipped(zipped(high)))
      }
      @inline(__always) static func rows(
        ofFours a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>
      ) -> (SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>) {
        typealias Half = SIMD2<Int64>
        @inline(__always) func rows(_ a: Half, _ b: Half, _ c: Half, _ d: Half) -> (Half, Half, Half, Half) {
          let (lowAB, highAB) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b))
          let (lowCD, highCD) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d))
          return (
            _mm_unpacklo_epi64(lowAB, lowCD), _mm_unpackhi_epi64(lowAB, lowCD), _mm_unpacklo_epi64(highAB, highCD),
            _mm_unpackhi_epi64(highAB, highCD)
          )
        }
        let low = rows(a.lowHalf, b.lowHalf, c.lowHalf, d.lowHalf)
        let high = rows(a.highHalf, b.highHalf, c.highHalf, d.highHalf)
        return (joined(low.0, high.0), joined(low.1, high.1), joined(low.2, high.2), joined(low.3, high.3))
      }
      @inline(__always) static func thirds(_ bytes: SIMD4<Int64>) -> SIMD4<Int64> {
        joined(rsi_thirds(bytes.lowHalf), rsi_thirds(bytes.highHalf))
      }
      @inline(__always) static func storeHalves(
        _ words: SIMD4<Int64>, at low: UnsafeMutableRawPointer, _ high: UnsafeMutableRawPointer
      ) {
        store(words.lowHalf, at: low)
        store(words.highHalf, at: high)
      }
      @inline(__always) static func pairSums(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
        joined(rsi_pair_sums(a.lowHalf, b.lowHalf), rsi_pair_sums(a.highHalf, b.highHalf))
      }
      @inline(__always) static func bytes(
        ofSums ab: SIMD4<Int64>, _ cd: SIMD4<Int64>, precision: Int32
      ) -> UInt32 {
        let quarters = pairSums(ab, cd)
        let sums = _mm_add_epi32(_mm_add_epi32(quarters.lowHalf, quarters.highHalf), repeated(oneHalf(precision)))
        return unsafeBitCast(bytes(sums, sums, sums, sums, shift: precision), to: SIMD4<UInt32>.self)[0]
      }
      @inline(__always) static func bytes(
        ofPairs a: SIMD4<Int64>, _ b: SIMD4<Int64>, precision: Int32
      ) -> UInt64 {
        let half: SIMD2<Int64> = repeated(oneHalf(precision))
        let low = _mm_add_epi32(rsi_pair_sums(a.lowHalf, a.highHalf), half)
        let high = _mm_add_epi32(rsi_pair_sums(b.lowHalf, b.highHalf), half)
        return unsafeBitCast(bytes(low, high, low, high, shift: precision), to: SIMD2<UInt64>.self)[0]
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
