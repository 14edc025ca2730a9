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
    if lanes == 1 && taps.pointee.byte_windows != nil {
      return horizontalBytePass(sources, taps.pointee, destinations, rows)
    }
  #endif
  #if !RESAMPLE_BASELINE
    if lanes == 3 { return horizontalColourPass(ThreeSamples.self, sources, taps.pointee, destinations, rows) }
    if lanes == 4 { return horizontalColourPass(FourSamples.self, sources, taps.pointee, destinations, rows) }
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
    if lanes == 1 && table.most_taps <= RSK_FEW_TAPS { return horizontalFourTapPass(source, table, destination) }
    if lanes == 1 { return horizontalSixteenTapPass(source, table, destination) }
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

  // Taps behind the last have weight 0 (see rsk_taps), so that any sample of the row will do for them.

  /// Pixels below this can have windows of `bytes`, from their first one on, within the source: windows only move forward.
  @inline(__always) private func readablePixels(_ table: rsk_taps, _ samples: Int, _ bytes: Int) -> Int {
    var readable = table.length
    while readable > 0
      && Int(table.first![readable &- 1]) &* samples &+ bytes > table.source_length &* samples
    { readable &-= 1 }
    return readable
  }

  // MARK: Pixels of three or four samples: four taps of up to four rows at a time

  private protocol ColourPixel {
    static var samples: Int { get }
    /// Bring the same sample of the first two pixels of 16 bytes together as 16-bit numbers, and of the next two.
    static var firstPair: SIMD32<Int8> { get }
    static var secondPair: SIMD32<Int8> { get }
  }

  private enum ThreeSamples: ColourPixel {
    @inline(__always) static var samples: Int { 3 }
    @inline(__always) static var firstPair: SIMD32<Int8> {
      SIMD32(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)
    }
    @inline(__always) static var secondPair: SIMD32<Int8> {
      SIMD32(
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1,
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)
    }
  }

  private enum FourSamples: ColourPixel {
    @inline(__always) static var samples: Int { 4 }
    @inline(__always) static var firstPair: SIMD32<Int8> {
      SIMD32(
        0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1,
        0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1)
    }
    @inline(__always) static var secondPair: SIMD32<Int8> {
      SIMD32(
        8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1,
        8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1)
    }
  }

  @inline(__always) private func horizontalColourPass<P: ColourPixel>(
    _ pixel: P.Type, _ sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps,
    _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int
  ) {
    var row = 0
    while row < rows {
      let left = rows &- row
      if left > 2 {
        storeColourRows(P.self, sources + row, table, destinations + row, min(left, 4), hasFour: true)
      } else {
        storeColourRows(P.self, sources + row, table, destinations + row, left, hasFour: false)
      }
      row &+= 4
    }
  }

  /// Up to four rows, or up to two. A row that is missing is the last one once more.
  @inline(__always) private func storeColourRows<P: ColourPixel>(
    _ pixel: P.Type, _ sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps,
    _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, hasFour: Bool
  ) {
    func source(_ row: Int) -> UnsafePointer<UInt8> {
      sources[min(row, rows &- 1)]!.assumingMemoryBound(to: UInt8.self)
    }
    func destination(_ row: Int) -> UnsafeMutablePointer<UInt8> {
      destinations[min(row, rows &- 1)]!.assumingMemoryBound(to: UInt8.self)
    }
    let (sourceA, sourceB, sourceC, sourceD) = (source(0), source(1), source(2), source(3))
    let (rowA, rowB, rowC, rowD) = (destination(0), destination(1), destination(2), destination(3))
    let steps = (table.most_taps &+ 3) / 4
    // Four bytes at a time: what is too much belongs to the next pixel, which is written later.
    let end = min(
      readablePixels(table, P.samples, (steps &- 1) &* 4 &* P.samples &+ 16), table.length &- 1)
    let half = _mm256_set1_epi32(oneHalf(table.precision))
    let shift = _mm_cvtsi32_si128(table.precision)
    var x = 0
    while x < end {
      var offset = Int(table.first![x]) &* P.samples
      var weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
      let count = Int(table.count![x])
      var (sumsAB, sumsCD) = (half, half)
      var tap = 0
      while tap < count {
        let firstWeights = _mm256_set1_epi32(load(weights, as: Int32.self))
        let secondWeights = _mm256_set1_epi32(load(weights + 2, as: Int32.self))
        @inline(__always) func add(_ sums: inout SIMD4<Int64>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) {
          let bytes = SIMD4<Int64>(
            lowHalf: load(a + offset, as: SIMD2<Int64>.self), highHalf: load(b + offset, as: SIMD2<Int64>.self))
          let first = _mm256_shuffle_epi8(bytes, unsafeBitCast(P.firstPair, to: SIMD4<Int64>.self))
          let second = _mm256_shuffle_epi8(bytes, unsafeBitCast(P.secondPair, to: SIMD4<Int64>.self))
          sums = rsi_add_pair_products_256(sums, first, firstWeights)
          sums = rsi_add_pair_products_256(sums, second, secondWeights)
        }
        add(&sumsAB, sourceA, sourceB)
        if hasFour { add(&sumsCD, sourceC, sourceD) }
        tap &+= 4
        offset &+= 4 &* P.samples
        weights += 4
      }
      // Both packings saturate, the second to 0 ... 255; within 128 bits each, where rows A and C are in the first.
      let words = _mm256_packs_epi32(_mm256_sra_epi32(sumsAB, shift), _mm256_sra_epi32(sumsCD, shift))
      let pixels = unsafeBitCast(_mm256_packus_epi16(words, words), to: SIMD8<UInt32>.self)
      let place = x &* P.samples
      store(pixels[0], at: rowA + place)
      store(pixels[4], at: rowB + place)
      if hasFour {
        store(pixels[1], at: rowC + place)
        store(pixels[5], at: rowD + place)
      }
      x &+= 1
    }
    while x < table.length {
      var row = 0
      while row < rows {
        storeFixedPointPixel(source(row), table, x, P.samples, destination(row))
        row &+= 1
      }
      x &+= 1
    }
  }

  // MARK: Pixels of one sample

  /// Sixteen taps of four pixels at a time.
  @inline(__always) private func horizontalSixteenTapPass(
    _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
  ) {
    let readable = readablePixels(table, 1, (table.most_taps &+ 15) / 16 &* 16)
    @inline(__always) func products(_ x: Int) -> SIMD4<Int64> {
      let pixels = source + Int(table.first![x])
      let weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
      let count = Int(table.count![x])
      var products = SIMD4<Int64>(repeating: 0)
      var tap = 0
      while tap < count {
        products = rsi_add_pair_products_256(
          products, _mm256_cvtepu8_epi16(load(pixels + tap, as: SIMD2<Int64>.self)),
          load(weights + tap, as: SIMD4<Int64>.self))
        tap &+= 16
      }
      return products
    }
    var x = 0
    while x &+ 4 <= readable {
      let ab = _mm256_hadd_epi32(products(x), products(x &+ 1))
      let quarters = _mm256_hadd_epi32(ab, _mm256_hadd_epi32(products(x &+ 2), products(x &+ 3)))
      let result = roundedSums(_mm_add_epi32(quarters.lowHalf, quarters.highHalf), table.precision)
      store(unsafeBitCast(result, to: SIMD4<UInt32>.self)[0], at: destination + x)
      x &+= 4
    }
    while x < table.length {
      storeFixedPointPixel(source, table, x, 1, destination)
      x &+= 1
    }
  }

  /// Windows of at most four taps of one sample each: eight pixels at a time.
  @inline(__always) private func horizontalFourTapPass(
    _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
  ) {
    let first = table.first!
    let weights = table.weights!.assumingMemoryBound(to: Int16.self)
    let readable = readablePixels(table, 1, 4)
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
