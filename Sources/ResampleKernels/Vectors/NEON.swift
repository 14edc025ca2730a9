#if RESAMPLE_NEON
  import CShims

  enum Abilities {
    @inline(__always) static var registers: Int { 32 }
    @inline(__always) static var fusesMultiplyAdd: Bool { true }
    @inline(__always) static var convertsHalves: Bool { true }
  }

  extension FixedPoint {
    @inline(__always) static func pairs(_ first: SIMD2<Int64>, _ second: SIMD2<Int64>)
      -> (SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>, SIMD2<Int64>)
    {
      let (low, high) = (rsi_low_pairs(first, second), rsi_high_pairs(first, second))
      return (rsi_low_words(low), rsi_high_words(low), rsi_low_words(high), rsi_high_words(high))
    }
    @inline(__always) static func pairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ p: SIMD16<Int8>
    ) -> VectorPair {
      permuted(
        a, b,
        SIMD16(p[0], p[1], p[4], p[5], p[8], p[9], p[12], p[13], p[2], p[3], p[6], p[7], p[10], p[11], p[14], p[15]))
    }
    @inline(__always) static func bytePairs(
      _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ p: SIMD16<Int8>
    ) -> VectorPair {
      permuted(
        a, b,
        SIMD16(p[0], p[2], p[1], p[3], p[4], p[6], p[5], p[7], p[8], p[10], p[9], p[11], p[12], p[14], p[13], p[15]))
    }
    @inline(__always) static func quads(
      _ a: VectorPair, _ b: VectorPair, _ c: VectorPair, _ d: VectorPair
    ) -> (VectorPair, VectorPair, VectorPair, VectorPair) {
      typealias Vector = SIMD2<Int64>
      @inline(__always) func transposed(
        _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector
      ) -> (Vector, Vector, Vector, Vector) {
        let (lowAB, highAB) = (rsi_low_bytes(a, b), rsi_high_bytes(a, b))
        let (lowCD, highCD) = (rsi_low_bytes(c, d), rsi_high_bytes(c, d))
        return (
          rsi_low_byte_pairs(lowAB, lowCD), rsi_high_byte_pairs(lowAB, lowCD),
          rsi_low_byte_pairs(highAB, highCD), rsi_high_byte_pairs(highAB, highCD)
        )
      }
      let (low, high) = (transposed(a.low, b.low, c.low, d.low), transposed(a.high, b.high, c.high, d.high))
      return (
        VectorPair(low.0, high.0), VectorPair(low.1, high.1), VectorPair(low.2, high.2), VectorPair(low.3, high.3)
      )
    }
    @inline(__always) static func pairs(ofQuad bytes: VectorPair) -> (VectorPair, VectorPair) {
      (bytes.map { rsi_low_words($0) }, bytes.map { rsi_high_words($0) })
    }
  }

  @implementation @_cdecl("rsk_fill_neon")
  public func rsk_fill_neon(_ table: UnsafeMutablePointer<rsk_table>!) { fill(table) }
#endif
