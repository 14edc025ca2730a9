#if RESAMPLE_SIMD128
  import CShims

  enum Abilities {
    @inline(__always) static var registers: Int { 16 }
    @inline(__always) static var fusesMultiplyAdd: Bool { false }
    @inline(__always) static var convertsHalves: Bool { false }
  }

  extension FixedPoint {
    @inline(__always) static func pairs(_ first: SIMD2<Int64>, _ second: SIMD2<Int64>)
      -> (SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>)
    {
      let (low, high) = (rsi_low_bytes(first, second), rsi_high_bytes(first, second))
      return (rsi_low_words(low), rsi_high_words(low), rsi_low_words(high), rsi_high_words(high))
    }
    @inline(__always) static func pairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>
    ) -> VectorPair {
      permuted(a, b, permutation)
    }
    @inline(__always) static func bytePairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ permutation: SIMD16<Int8>
    ) -> VectorPair {
      permuted(a, b, permutation)
    }
    @inline(__always) static func quads(
      _ a: VectorPair, _ b: VectorPair, _ c: VectorPair, _ d: VectorPair
    ) -> (VectorPair, VectorPair, VectorPair, VectorPair) {
      rows(ofFours: a, b, c, d)
    }
    @inline(__always) static func pairs(ofQuad bytes: VectorPair) -> (VectorPair, VectorPair) {
      (bytes.map { rsi_even_bytes($0) }, bytes.map { rsi_odd_bytes($0) })
    }
  }

  @implementation @_cdecl("rsk_fill_simd128")
  public func rsk_fill_simd128(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
