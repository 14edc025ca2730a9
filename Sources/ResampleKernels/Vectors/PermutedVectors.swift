#if RESAMPLE_AVX2 || RESAMPLE_AVX512 || RESAMPLE_NEON || RESAMPLE_SIMD128
  import CShims

  // What instruction sets have in common that move elements by a variable, whatever the width of their vectors.

  extension Float32Arithmetic {
    @inline(__always) static func select(
      _ count: UnsafePointer<Int32>, above tap: Int32, _ a: FloatVector, _ b: FloatVector
    ) -> FloatVector {
      rsi_select_floats(count, tap, a, b)
    }
    @inline(__always) static var hasPermutations: Bool { true }
    @inline(__always) static func permutation(_ first: UnsafePointer<Int32>, from base: Int32) -> Permutation {
      rsi_permutation_of_floats(first, base)
    }
    @inline(__always) static func permute(_ window: FloatVector, _ permutation: Permutation) -> FloatVector {
      rsi_permute_floats(window, permutation)
    }
    @inline(__always) static func permute(
      _ low: FloatVector, _ high: FloatVector, _ permutation: Permutation
    ) -> FloatVector {
      rsi_permute_float_pairs(low, high, permutation)
    }
  }

  extension Float64Arithmetic {
    @inline(__always) static func select(
      _ count: UnsafePointer<Int32>, above tap: Int32, _ a: DoubleVector, _ b: DoubleVector
    ) -> DoubleVector {
      rsi_select_doubles(count, tap, a, b)
    }
    @inline(__always) static var hasPermutations: Bool { true }
    @inline(__always) static func permutation(_ first: UnsafePointer<Int32>, from base: Int32) -> Permutation {
      rsi_permutation_of_doubles(first, base)
    }
    @inline(__always) static func permute(_ window: DoubleVector, _ permutation: Permutation) -> DoubleVector {
      rsi_permute_doubles(window, permutation)
    }
    @inline(__always) static func permute(
      _ low: DoubleVector, _ high: DoubleVector, _ permutation: Permutation
    ) -> DoubleVector {
      rsi_permute_double_pairs(low, high, permutation)
    }
  }

  extension Float32Samples {
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Float>, count: Int) -> FloatVector {
      rsi_load_floats(samples, count)
    }
    @inline(__always) static func storePart(_ vector: FloatVector, at samples: UnsafeMutablePointer<Float>, count: Int)
    {
      rsi_store_floats(samples, count, vector)
    }
  }

  extension Float64Samples {
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<Double>, count: Int) -> DoubleVector {
      rsi_load_doubles(samples, count)
    }
    @inline(__always) static func storePart(
      _ vector: DoubleVector, at samples: UnsafeMutablePointer<Double>, count: Int
    ) {
      rsi_store_doubles(samples, count, vector)
    }
  }

  extension HalfSamples where Stored == UInt16, A == Float32Arithmetic {
    @inline(__always) static var hasPartialAccess: Bool { true }
    @inline(__always) static func loadPart(_ samples: UnsafePointer<UInt16>, count: Int) -> FloatVector {
      widened(rsi_load_halves(samples, count))
    }
    @inline(__always) static func storePart(
      _ vector: FloatVector, at samples: UnsafeMutablePointer<UInt16>, count: Int
    ) {
      rsi_store_halves(samples, count, narrowed(vector))
    }
  }

  #if !RESAMPLE_SIMD128
    extension Float16Samples {
      @inline(__always) static func row(_ stored: UInt16) -> Float { Float(Float16(bitPattern: stored)) }
      @inline(__always) static func stored(_ row: Float) -> UInt16 { Float16(row).bitPattern }
      @inline(__always) static func widened(_ halves: HalfVector) -> FloatVector { rsi_widened_float16(halves) }
      @inline(__always) static func narrowed(_ floats: FloatVector) -> HalfVector { rsi_narrowed_float16(floats) }
    }
  #endif

  #if !RESAMPLE_AVX512
    // Pixels of one and of two bytes are moved within 16 bytes, AVX2's as well: 32 cannot be permuted by single bytes.

    extension PermutedPixels where Vector == SIMD2<Int64> {
      @inline(__always) static func permute(_ window: Vector, _ permutation: Vector) -> Vector {
        rsi_permute(window, permutation)
      }
      @inline(__always) static var hasHalfAccess: Bool { false }
      @inline(__always) static func loadHalf(_ address: UnsafeRawPointer) -> Vector { load(address, as: Vector.self) }
      @inline(__always) static var hasPartialAccess: Bool { false }
      @inline(__always) static func loadPart(_ address: UnsafeRawPointer, bytes: Int) -> Vector { Vector(repeating: 0) }
      @inline(__always) static func storePart(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int) {}
    }

    extension Pixels1 {
      @inline(__always) static func permutation(
        _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
      ) -> SIMD2<Int64> {
        rsi_permutation_of_8_bits(bytes, base)
      }
    }

    extension Pixels2 {
      @inline(__always) static func permutation(
        _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
      ) -> SIMD2<Int64> {
        rsi_permutation_of_16_bits(first, base)
      }
    }
  #endif
#endif
