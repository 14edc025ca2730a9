import CShims

// The arithmetic of 8-bit images: int16 weights of `precision` fractional bits, a 32-bit sum, and one rounding to
// uint8 a pass. It is exact, so every instruction set gives the same bytes: docs/exactness.md#uint8.

/// The sum's rounded value as a sample. The shift rounds half up, because the sum starts at one half.
@inline(__always) func fixedPointSample(_ sum: Int32, _ precision: Int32) -> UInt8 {
  let value = sum &>> precision
  return UInt8(truncatingIfNeeded: value < 0 ? 0 : (value > 255 ? 255 : value))
}

/// The sum that rounds to nearest when it is shifted.
@inline(__always) func oneHalf(_ precision: Int32) -> Int32 { Int32(1) &<< (precision &- 1) }

// MARK: Along a row

@inline(__always) func horizontalFixedPointPass(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ lanes: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int
) {
  #if RESAMPLE_AVX512
    // Where pixels are far apart, one at a time is better.
    let table = taps.pointee
    if lanes == 1 && table.byte_weights != nil && (table.step > 1 || table.spans.1 <= 192) {
      return horizontalBytePass(sources, table, destinations, rows)
    }
  #endif
  var row = 0
  while row < rows {
    horizontalFixedPointPass(
      sources[row]!.assumingMemoryBound(to: UInt8.self), taps.pointee, lanes,
      destinations[row]!.assumingMemoryBound(to: UInt8.self))
    row &+= 1
  }
}

@inline(__always) private func horizontalFixedPointPass(
  _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ lanes: Int, _ destination: UnsafeMutablePointer<UInt8>
) {
  #if !RESAMPLE_BASELINE
    switch lanes {
    case 1 where table.most_taps <= RSK_FEW_TAPS: return horizontalFourTapPass(source, table, destination)
    case 1: return horizontalFixedPointPass(PlanarWindow.self, source, table, destination)
    case 3: return horizontalFixedPointPass(ThreeSampleWindow.self, source, table, destination)
    case 4: return horizontalFixedPointPass(FourSampleWindow.self, source, table, destination)
    default: break
    }
  #endif
  var x = 0
  while x < table.length {
    storeFixedPointPixel(source, table, x, lanes, destination)
    x &+= 1
  }
}

/// Resamples the samples of one pixel, one by one.
@inline(__always) private func storeFixedPointPixel(
  _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ x: Int, _ lanes: Int, _ destination: UnsafeMutablePointer<UInt8>
) {
  let pixel = source + Int(table.first![x]) &* lanes
  let weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
  let count = Int(table.count![x])
  var lane = 0
  while lane < lanes {
    var sum = oneHalf(table.precision)
    var tap = 0
    while tap < count {
      sum = sum &+ Int32(weights[tap]) &* Int32(pixel[tap &* lanes &+ lane])
      tap &+= 1
    }
    destination[x &* lanes &+ lane] = fixedPointSample(sum, table.precision)
    lane &+= 1
  }
}

#if !RESAMPLE_BASELINE

  /// Pixels of a number of samples, several taps of which are multiplied and added at once.
  ///
  /// Taps behind the last have weight 0 (see rsk_taps): any sample of the row will do for them.
  private protocol FixedPointWindow {
    static var samples: Int { get }
    /// The taps that one step takes; it reads 16 bytes of the source.
    static var taps: Int { get }
    /// Weighted and added in pairs, in the order in which `sums` wants them.
    static func products(_ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int16>) -> SIMD4<Int64>
  }

  private enum PlanarWindow: FixedPointWindow {
    @inline(__always) static var samples: Int { 1 }
    @inline(__always) static var taps: Int { 16 }
    @inline(__always) static func products(
      _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int16>
    ) -> SIMD4<Int64> {
      _mm256_madd_epi16(
        _mm256_cvtepu8_epi16(load(pixels, as: SIMD2<Int64>.self)), load(weights, as: SIMD4<Int64>.self))
    }
    /// Those of two pixels and of two more: four sums.
    @inline(__always) static func sums(
      _ a: SIMD4<Int64>, _ b: SIMD4<Int64>, _ c: SIMD4<Int64>, _ d: SIMD4<Int64>
    ) -> SIMD2<Int64> {
      let quarters = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d))
      return _mm_add_epi32(quarters.lowHalf, quarters.highHalf)
    }
  }

  /// Brings the same sample of two neighbouring pixels together as 16-bit numbers, two pixels to the lower half and two
  /// to the upper one.
  @inline(__always) private func pairedProducts(
    _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int16>, _ order: SIMD32<Int8>
  ) -> SIMD4<Int64> {
    let bytes = _mm256_broadcastsi128_si256(load(pixels, as: SIMD2<Int64>.self))
    let pairs = _mm256_shuffle_epi8(bytes, unsafeBitCast(order, to: SIMD4<Int64>.self))
    let fourWeights = load(weights, as: SIMD2<Int32>.self)
    let (low, high) = (fourWeights[0], fourWeights[1])
    let pairedWeights = SIMD8<Int32>(low, low, low, low, high, high, high, high)
    return _mm256_madd_epi16(pairs, unsafeBitCast(pairedWeights, to: SIMD4<Int64>.self))
  }

  private enum ThreeSampleWindow: FixedPointWindow {
    @inline(__always) static var samples: Int { 3 }
    @inline(__always) static var taps: Int { 4 }
    @inline(__always) static func products(
      _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int16>
    ) -> SIMD4<Int64> {
      pairedProducts(
        pixels, weights,
        SIMD32<Int8>(
          0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
          6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1))
    }
  }

  private enum FourSampleWindow: FixedPointWindow {
    @inline(__always) static var samples: Int { 4 }
    @inline(__always) static var taps: Int { 4 }
    @inline(__always) static func products(
      _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int16>
    ) -> SIMD4<Int64> {
      pairedProducts(
        pixels, weights,
        SIMD32<Int8>(
          0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1,
          8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1))
    }
  }

  @inline(__always) private func horizontalFixedPointPass<W: FixedPointWindow>(
    _ window: W.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
  ) {
    // Pixels below this can take as many steps as the longest window within the source: windows only move forward.
    let steps = (table.most_taps &+ W.taps &- 1) / W.taps
    let bytes = (steps &- 1) &* W.taps &* W.samples &+ 16
    var readable = table.length
    while readable > 0
      && Int(table.first![readable &- 1]) &* W.samples &+ bytes > table.source_length &* W.samples
    { readable &-= 1 }
    var x = 0
    if W.samples == 1 {
      while x &+ 4 <= readable {
        let (a, b) = (products(W.self, source, table, x), products(W.self, source, table, x &+ 1))
        let (c, d) = (products(W.self, source, table, x &+ 2), products(W.self, source, table, x &+ 3))
        let result = roundedSums(PlanarWindow.sums(a, b, c, d), table.precision)
        store(unsafeBitCast(result, to: SIMD4<UInt32>.self)[0], at: destination + x)
        x &+= 4
      }
    }
    if W.samples > 1 {
      // Four bytes at a time: what is too much belongs to the next pixel, which is written later.
      while x < min(readable, table.length &- 1) {
        let pixel = products(W.self, source, table, x)
        let result = roundedSums(_mm_add_epi32(pixel.lowHalf, pixel.highHalf), table.precision)
        store(unsafeBitCast(result, to: SIMD4<UInt32>.self)[0], at: destination + x &* W.samples)
        x &+= 1
      }
    }
    while x < table.length {
      storeFixedPointPixel(source, table, x, W.samples, destination)
      x &+= 1
    }
  }

  /// Windows of at most four taps of one sample each: eight pixels at a time.
  @inline(__always) private func horizontalFourTapPass(
    _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
  ) {
    let first = table.first!
    let weights = table.weights!.assumingMemoryBound(to: Int16.self)
    var readable = table.length
    while readable > 0 && Int(first[readable &- 1]) &+ 4 > table.source_length { readable &-= 1 }
    var x = 0
    while x &+ 8 <= readable {
      // Four samples of each of four pixels, as 16-bit numbers.
      @inline(__always) func products(_ x: Int) -> SIMD4<Int64> {
        let windows = SIMD4<UInt32>(
          load(source + Int(first[x]), as: UInt32.self), load(source + Int(first[x &+ 1]), as: UInt32.self),
          load(source + Int(first[x &+ 2]), as: UInt32.self), load(source + Int(first[x &+ 3]), as: UInt32.self))
        return _mm256_madd_epi16(
          _mm256_cvtepu8_epi16(unsafeBitCast(windows, to: SIMD2<Int64>.self)),
          load(weights + x &* table.sample_stride, as: SIMD4<Int64>.self))
      }
      // The halves of the first four and of the last four, each pixel's two sums side by side.
      let (a, b) = (products(x), products(x &+ 4))
      let low = roundedSums(_mm_hadd_epi32(a.lowHalf, a.highHalf), table.precision)
      let high = roundedSums(_mm_hadd_epi32(b.lowHalf, b.highHalf), table.precision)
      store(unsafeBitCast(_mm_unpacklo_epi32(low, high), to: SIMD2<UInt64>.self)[0], at: destination + x)
      x &+= 8
    }
    while x < table.length {
      storeFixedPointPixel(source, table, x, 1, destination)
      x &+= 1
    }
  }

  @inline(__always) private func products<W: FixedPointWindow>(
    _ window: W.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ x: Int
  ) -> SIMD4<Int64> {
    let pixels = source + Int(table.first![x]) &* W.samples
    let weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
    let count = Int(table.count![x])
    var products = W.products(pixels, weights)
    var tap = W.taps
    while tap < count {
      products = _mm256_add_epi32(products, W.products(pixels + tap &* W.samples, weights + tap))
      tap &+= W.taps
    }
    return products
  }

  /// Four sums as the first four samples.
  @inline(__always) private func roundedSums(_ sums: SIMD2<Int64>, _ precision: Int32) -> SIMD2<Int64> {
    let shifted = _mm_sra_epi32(
      _mm_add_epi32(sums, _mm_set1_epi32(oneHalf(precision))), _mm_cvtsi32_si128(precision))
    // Both packings saturate, the second to 0 ... 255.
    let words = _mm_packs_epi32(shifted, shifted)
    return _mm_packus_epi16(words, words)
  }

#endif

// MARK: Across rows

@inline(__always) func verticalFixedPointPass(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ precision: Int32,
  _ samples: Int, _ destination: UnsafeMutableRawPointer
) {
  let weights = weights.assumingMemoryBound(to: Int16.self)
  let destination = destination.assumingMemoryBound(to: UInt8.self)
  var i = 0
  #if !RESAMPLE_BASELINE
    let step = MemoryLayout<rsi_integers>.size
    @inline(__always) func combine(_ i: Int) {
      store(
        combinedFixedPoint(rows, weights, count, precision) { load($0 + i, as: rsi_integers.self) }, at: destination + i
      )
    }
    if samples >= step {
      // The first and the last vector may overlap others; those between begin where they are aligned.
      combine(0)
      i = step &- (Int(bitPattern: destination) & (step &- 1))
      while i &+ step <= samples {
        combine(i)
        i &+= step
      }
      if i < samples { combine(samples &- step) }
      return
    }
  #endif
  #if RESAMPLE_AVX512
    let sums = combinedFixedPoint(rows, weights, count, precision) { rsi_load_bytes($0, samples) }
    rsi_store_bytes(destination, samples, sums)
  #else
    while i < samples {
      var sum = oneHalf(precision)
      var k = 0
      while k < count {
        sum = sum &+ Int32(weights[k]) &* Int32(rows[k]!.assumingMemoryBound(to: UInt8.self)[i])
        k &+= 1
      }
      destination[i] = fixedPointSample(sum, precision)
      i &+= 1
    }
  #endif
}

#if !RESAMPLE_BASELINE

  /// A vector of samples of the combined rows; `samples` loads those of one of them.
  ///
  /// Rows go in pairs: the same sample of both, side by side as 16-bit numbers, times their weights, is one
  /// multiply-and-add. Unpacking and packing reorder within 128 bits alone, and each undoes the other.
  @inline(__always) private func combinedFixedPoint(
    _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<Int16>, _ count: Int, _ precision: Int32,
    _ samples: (UnsafeRawPointer) -> rsi_integers
  ) -> rsi_integers {
    let zero = rsi_integers(repeating: 0)
    let half = rsi_repeated_int32(oneHalf(precision))
    var (a, b, c, d) = (half, half, half, half)
    var k = 0
    while k < count {
      let hasSecond = k &+ 1 < count
      let first = samples(rows[k]!)
      let second = hasSecond ? samples(rows[k &+ 1]!) : zero
      let weight = rsi_repeated_int32(
        Int32(bitPattern: UInt32(UInt16(bitPattern: weights[k])))
          | (hasSecond ? Int32(weights[k &+ 1]) &<< 16 : 0))
      let low = rsi_low_bytes(first, second)
      let high = rsi_high_bytes(first, second)
      a = rsi_add_pair_products(a, rsi_low_bytes(low, zero), weight)
      b = rsi_add_pair_products(b, rsi_high_bytes(low, zero), weight)
      c = rsi_add_pair_products(c, rsi_low_bytes(high, zero), weight)
      d = rsi_add_pair_products(d, rsi_high_bytes(high, zero), weight)
      k &+= 2
    }
    return rsi_shifted_bytes(a, b, c, d, precision)
  }

#endif
