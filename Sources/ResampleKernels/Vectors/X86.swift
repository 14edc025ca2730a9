#if RESAMPLE_AVX2 || RESAMPLE_AVX512
  import CShims

  // Fixed-point arithmetic in 32 bytes: what AVX2 and AVX-512 have in common.

  extension FourFloats {
    @inline(__always) static var takesTwoRows: Bool { true }
    @inline(__always) static func storeSums(
      _ first: SIMD16<UInt8>, _ second: SIMD16<UInt8>, samples: Int,
      _ weights: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>), at address: UnsafeMutableRawPointer,
      _ next: UnsafeMutableRawPointer
    ) {
      @inline(__always) func weight(_ four: SIMD4<Float>) -> SIMD8<Float> { SIMD8(lowHalf: four, highHalf: four) }
      /// Four bytes of each row, from one on.
      @inline(__always) func widened(_ place: Int) -> SIMD8<Float> {
        let (a, b) = (Int8(truncatingIfNeeded: place), Int8(truncatingIfNeeded: place &+ 1))
        let (c, d) = (Int8(truncatingIfNeeded: place &+ 2), Int8(truncatingIfNeeded: place &+ 3))
        let four = SIMD16(a, -1, -1, -1, b, -1, -1, -1, c, -1, -1, -1, d, -1, -1, -1)
        return _mm256_cvtepi32_ps(FixedPoint.pairs(first, second, four))
      }
      var sums = weight(weights.0) * widened(0)
      sums = sums.addingProduct(weight(weights.1), widened(samples))
      sums = sums.addingProduct(weight(weights.2), widened(2 &* samples))
      sums = sums.addingProduct(weight(weights.3), widened(3 &* samples))
      // The compiler would compute the halves one after the other.
      FixedPoint.storeHalves(rsi_opaque(unsafeBitCast(sums, to: SIMD4<Int64>.self)), at: address, next)
    }
  }

  extension FixedPoint {
    @inline(__always) static func repeated(_ value: Int32) -> SIMD4<Int64> { _mm256_set1_epi32(value) }
    @inline(__always) static func weights(_ pair: Int32) -> SIMD4<Int64> { repeated(pair) }
    @inline(__always) static func weights(_ low: Int32, _ high: Int32) -> SIMD4<Int64> {
      let (low, high) = (SIMD4<Int32>(repeating: low), SIMD4<Int32>(repeating: high))
      return unsafeBitCast(SIMD8(lowHalf: low, highHalf: high), to: SIMD4<Int64>.self)
    }
    @inline(__always) static func products(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_madd_epi16(a, b)
    }
    @inline(__always) static func neighbourProducts(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      products(a, b)
    }
    @inline(__always) static func sum(_ sum: SIMD4<Int64>, _ rest: SIMD4<Int64>, shift: Int32) -> SIMD4<Int64> {
      _mm256_add_epi32(sum, _mm256_sra_epi32(rest, _mm_cvtsi32_si128(shift)))
    }
    @inline(__always) static func widened(_ bytes: SIMD16<UInt8>) -> SIMD4<Int64> {
      _mm256_cvtepu8_epi16(unsafeBitCast(bytes, to: SIMD2<Int64>.self))
    }
    @inline(__always) static func pairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>
    ) -> SIMD4<Int64> {
      let bytes = SIMD4<Int64>(
        lowHalf: unsafeBitCast(a, to: SIMD2<Int64>.self), highHalf: unsafeBitCast(b, to: SIMD2<Int64>.self))
      let half = unsafeBitCast(permutation, to: SIMD2<Int64>.self)
      return _mm256_shuffle_epi8(bytes, SIMD4<Int64>(lowHalf: half, highHalf: half))
    }
    @inline(__always) static func bytePairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>
    ) -> SIMD4<Int64> {
      pairs(a, b, permutation)
    }
    @inline(__always) static func pixels(_ sums: SIMD4<Int64>, shift: Int32) -> (UInt32, UInt32) {
      let shifted = _mm256_sra_epi32(sums, _mm_cvtsi32_si128(shift))
      // Both packings saturate, the second to 0 ... 255; within 128 bits each.
      let words = _mm256_packs_epi32(shifted, shifted)
      let pixels = unsafeBitCast(_mm256_packus_epi16(words, words), to: SIMD8<UInt32>.self)
      return (pixels[0], pixels[4])
    }
    @inline(__always) static func quads(
      _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>
    ) -> (SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>) {
      // The compiler would merge what moves bytes with what unpacks them, to the disadvantage of both.
      let (a, b, c, d) = (rsi_opaque(a), rsi_opaque(b), rsi_opaque(c), rsi_opaque(d))
      let (lowAB, highAB) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b))
      let (lowCD, highCD) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d))
      return (
        _mm256_unpacklo_epi64(lowAB, lowCD), _mm256_unpackhi_epi64(lowAB, lowCD),
        _mm256_unpacklo_epi64(highAB, highCD), _mm256_unpackhi_epi64(highAB, highCD)
      )
    }
    @inline(__always) static func pairs(ofQuad bytes: SIMD4<Int64>) -> (SIMD4<Int64>, SIMD4<Int64>) {
      (bytes & SIMD4<Int64>(repeating: 0x00ff_00ff_00ff_00ff), _mm256_srli_epi16(bytes, 8))
    }
    @inline(__always) static func add(
      _ sum: SIMD4<Int64>, bytes: SIMD4<Int64>, weights: SIMD4<Int64>
    ) -> SIMD4<Int64> {
      _mm256_add_epi16(sum, _mm256_maddubs_epi16(bytes, weights))
    }
    @inline(__always) static func sum(_ sum: SIMD4<Int64>, high: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_add_epi32(sum, _mm256_slli_epi32(_mm256_madd_epi16(high, _mm256_set1_epi16(1)), 16))
    }
    @inline(__always) static func fours(
      _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>, shift: Int32
    ) -> SIMD4<Int64> {
      let shift = _mm_cvtsi32_si128(shift)
      // Both packings saturate, the second to 0 ... 255; within 128 bits each.
      let ab = _mm256_packs_epi32(_mm256_sra_epi32(a, shift), _mm256_sra_epi32(b, shift))
      let cd = _mm256_packs_epi32(_mm256_sra_epi32(c, shift), _mm256_sra_epi32(d, shift))
      let half = unsafeBitCast(
        SIMD16<Int8>(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), to: SIMD2<Int64>.self)
      return _mm256_shuffle_epi8(_mm256_packus_epi16(ab, cd), SIMD4<Int64>(lowHalf: half, highHalf: half))
    }
    @inline(__always) static func rows(
      ofFours a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>
    ) -> (SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>, SIMD4<Int64>) {
      let (lowAB, highAB) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b))
      let (lowCD, highCD) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d))
      return (
        _mm256_unpacklo_epi64(lowAB, lowCD), _mm256_unpackhi_epi64(lowAB, lowCD),
        _mm256_unpacklo_epi64(highAB, highCD), _mm256_unpackhi_epi64(highAB, highCD)
      )
    }
    @inline(__always) static func thirds(_ bytes: SIMD4<Int64>) -> SIMD4<Int64> {
      let half = unsafeBitCast(
        SIMD16<Int8>(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1), to: SIMD2<Int64>.self)
      return _mm256_shuffle_epi8(bytes, SIMD4<Int64>(lowHalf: half, highHalf: half))
    }
    @inline(__always) static func storeHalves(
      _ words: SIMD4<Int64>, at low: UnsafeMutableRawPointer, _ high: UnsafeMutableRawPointer
    ) {
      low.storeBytes(of: words.lowHalf, as: SIMD2<Int64>.self)
      high.storeBytes(of: words.highHalf, as: SIMD2<Int64>.self)
    }
    @inline(__always) static func pairSums(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
      _mm256_hadd_epi32(a, b)
    }
    @inline(__always) static func bytes(
      ofSums ab: SIMD4<Int64>, _ cd: SIMD4<Int64>, precision: Int32
    ) -> UInt32 {
      let quarters = _mm256_hadd_epi32(ab, cd)
      let bytes = roundedSums(_mm_add_epi32(quarters.lowHalf, quarters.highHalf), precision)
      return unsafeBitCast(bytes, to: SIMD4<UInt32>.self)[0]
    }
    @inline(__always) static func bytes(
      ofPairs a: SIMD4<Int64>, _ b: SIMD4<Int64>, precision: Int32
    ) -> UInt64 {
      let low = roundedSums(_mm_hadd_epi32(a.lowHalf, a.highHalf), precision)
      let high = roundedSums(_mm_hadd_epi32(b.lowHalf, b.highHalf), precision)
      return unsafeBitCast(_mm_unpacklo_epi32(low, high), to: SIMD2<UInt64>.self)[0]
    }

    /// Four sums as the first four bytes.
    @inline(__always) private static func roundedSums(_ sums: SIMD2<Int64>, _ precision: Int32) -> SIMD2<Int64> {
      let shifted = _mm_sra_epi32(
        _mm_add_epi32(sums, _mm_set1_epi32(oneHalf(precision))), _mm_cvtsi32_si128(precision))
      // Both packings saturate, the second to 0 ... 255.
      let words = _mm_packs_epi32(shifted, shifted)
      return _mm_packus_epi16(words, words)
    }
  }
#endif
