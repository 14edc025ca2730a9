import CShims

/// A dtype whose samples are computed in an arithmetic.
protocol ComputedSamples: Convertible where Row == A.Scalar {
  associatedtype A: Arithmetic
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
  /// The samples at `first[0]`, `first[1]`, ..., a vector of them.
  static func gather(_ samples: UnsafePointer<Stored>, _ first: UnsafePointer<Int32>) -> A.Vector
  /// The samples at `first[0]`, `first[1]`, ..., those behind them, those behind these, and once more: four vectors.
  static func gatherFour(
    _ samples: UnsafePointer<Stored>, _ first: UnsafePointer<Int32>
  ) -> (A.Vector, A.Vector, A.Vector, A.Vector)
  #if !RESAMPLE_BASELINE
    /// The first `count` lanes alone: no other sample is touched. Those behind them are 0; any count will do.
    static func loadPart(_ samples: UnsafePointer<Stored>, count: Int) -> A.Vector
    static func storePart(_ vector: A.Vector, at samples: UnsafeMutablePointer<Stored>, count: Int)
  #endif
}

/// The samples from `address` up to the next address that is aligned to a vector of them, or nil where no sample is.
@inline(__always) func samplesToAlignment<S: Samples>(
  _ samples: S.Type, _ address: UnsafeMutablePointer<S.Stored>
) -> Int? {
  let size = MemoryLayout<S.Stored>.size
  let bytes = Int(bitPattern: address) & (S.A.lanes &* size &- 1)
  if bytes % size != 0 { return nil }
  return bytes == 0 ? 0 : S.A.lanes &- bytes / size
}

enum Float32Samples: Samples {
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
  @inline(__always) static func gather(_ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>) -> FloatVector {
    #if RESAMPLE_AVX512
      FloatVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])],
        p[Int(f[8])], p[Int(f[9])], p[Int(f[10])], p[Int(f[11])], p[Int(f[12])], p[Int(f[13])], p[Int(f[14])],
        p[Int(f[15])])
    #elseif RESAMPLE_AVX2
      FloatVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
    #else
      FloatVector(p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
    #endif
  }
  /// Four samples of every fourth place side by side, then a transposition within each 128 bits.
  @inline(__always) static func gatherFour(
    _ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>
  ) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
    transposedFours(
      rsi_fours_of_floats(p, f), rsi_fours_of_floats(p, f + 1), rsi_fours_of_floats(p, f + 2),
      rsi_fours_of_floats(p, f + 3))
  }
  #if !RESAMPLE_BASELINE
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Float>, count: Int) -> FloatVector {
      rsi_load_floats(samples, count)
    }
    @inline(__always) static func storePart(_ vector: FloatVector, at samples: UnsafeMutablePointer<Float>, count: Int)
    {
      rsi_store_floats(samples, count, vector)
    }
  #endif
}

/// The first samples of every four, the second ones, the third and the fourth.
@inline(__always) func transposedFours(
  _ a: FloatVector, _ b: FloatVector, _ c: FloatVector, _ d: FloatVector
) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
  let (evenLow, evenHigh) = (rsi_low_floats(a, b), rsi_high_floats(a, b))
  let (oddLow, oddHigh) = (rsi_low_floats(c, d), rsi_high_floats(c, d))
  return (
    rsi_low_float_pairs(evenLow, oddLow), rsi_high_float_pairs(evenLow, oddLow),
    rsi_low_float_pairs(evenHigh, oddHigh), rsi_high_float_pairs(evenHigh, oddHigh)
  )
}

enum Float64Samples: Samples {
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
  @inline(__always) static func gather(_ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>) -> DoubleVector {
    #if RESAMPLE_AVX512
      DoubleVector(
        p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
    #elseif RESAMPLE_AVX2
      DoubleVector(p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
    #else
      DoubleVector(p[Int(f[0])], p[Int(f[1])])
    #endif
  }
  /// Two samples of every other place side by side, then a transposition within each 128 bits; and the same behind them.
  @inline(__always) static func gatherFour(
    _ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>
  ) -> (DoubleVector, DoubleVector, DoubleVector, DoubleVector) {
    let (a, b) = (rsi_pairs_of_doubles(p, f), rsi_pairs_of_doubles(p, f + 1))
    let (c, d) = (rsi_pairs_of_doubles(p + 2, f), rsi_pairs_of_doubles(p + 2, f + 1))
    return (rsi_low_doubles(a, b), rsi_high_doubles(a, b), rsi_low_doubles(c, d), rsi_high_doubles(c, d))
  }
  #if !RESAMPLE_BASELINE
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Double>, count: Int) -> DoubleVector {
      rsi_load_doubles(samples, count)
    }
    @inline(__always) static func storePart(
      _ vector: DoubleVector, at samples: UnsafeMutablePointer<Double>, count: Int
    ) {
      rsi_store_doubles(samples, count, vector)
    }
  #endif
}
