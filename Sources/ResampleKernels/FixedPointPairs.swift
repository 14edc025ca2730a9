import CShims

// Fixed-point arithmetic along a row where the instruction set multiplies int16 and adds up neighbours in one step.
// Taps after the last have weight 0 (see rsk_taps), so that any sample of the row will do for them.

@inline(__always) func horizontalPairPass<V: PairProducts>(
  _ sums: V.Type, _ rows: ByteRows, _ table: rsk_taps, samplesPerPixel: Int
) {
  if table.remainders != nil {
    var row = 0
    while row < rows.count {
      storeFixedPointPixels(
        rows.source(row), table, from: 0, samplesPerPixel: samplesPerPixel, rows.destination(row))
      row &+= 1
    }
    return
  }
  if samplesPerPixel == 3 { return horizontalColourPass(V.self, ThreeSamples.self, rows, table) }
  if samplesPerPixel == 4 { return horizontalColourPass(V.self, FourSamples.self, rows, table) }
  var row = 0
  while row < rows.count {
    let (source, destination) = (rows.source(row), rows.destination(row))
    if samplesPerPixel == 1 && table.most_taps <= RSK_FEW_TAPS {
      horizontalFourTapPass(V.self, source, table, destination)
    } else if samplesPerPixel == 1 {
      horizontalSixteenTapPass(V.self, source, table, destination)
    } else {
      storeFixedPointPixels(source, table, from: 0, samplesPerPixel: samplesPerPixel, destination)
    }
    row &+= 1
  }
}

/// Pixels below this can have windows of `bytes`, from their first one on, within the source: windows only move
/// forward.
@inline(__always) func readablePixels(_ table: rsk_taps, samplesPerPixel: Int, bytes: Int) -> Int {
  var readable = table.length
  while readable > 0
    && Int(table.first![readable &- 1]) &* samplesPerPixel &+ bytes > table.source_length &* samplesPerPixel
  { readable &-= 1 }
  return readable
}

// MARK: Pixels of three or four samples: four taps of up to two rows at a time

private protocol ColourPixel {
  static var samples: Int { get }
  /// Bring the same sample of the first two pixels of 16 bytes together as 16-bit numbers, and of the next two.
  static var firstPair: SIMD16<Int8> { get }
  static var secondPair: SIMD16<Int8> { get }
}

private enum ThreeSamples: ColourPixel {
  @inline(__always) static var samples: Int { 3 }
  @inline(__always) static var firstPair: SIMD16<Int8> {
    SIMD16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)
  }
  @inline(__always) static var secondPair: SIMD16<Int8> {
    SIMD16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)
  }
}

private enum FourSamples: ColourPixel {
  @inline(__always) static var samples: Int { 4 }
  @inline(__always) static var firstPair: SIMD16<Int8> {
    SIMD16(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1)
  }
  @inline(__always) static var secondPair: SIMD16<Int8> {
    SIMD16(8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1)
  }
}

@inline(__always) private func horizontalColourPass<V: PairProducts, P: ColourPixel>(
  _ sums: V.Type, _ pixel: P.Type, _ rows: ByteRows, _ table: rsk_taps
) {
  var row = 0
  while row < rows.count {
    let part = rows.part(from: row, count: min(rows.count &- row, 2))
    if table.most_taps <= 2 {
      storeColourRows(V.self, P.self, TwoTaps.self, part, table)
    } else {
      storeColourRows(V.self, P.self, AnyTaps.self, part, table)
    }
    row &+= 2
  }
}

/// One row, or two: of one the second half of a vector is the same once more. `taps`: two at most, or any number.
@inline(__always) private func storeColourRows<V: PairProducts, P: ColourPixel, T: TapCount>(
  _ sums: V.Type, _ pixel: P.Type, _ taps: T.Type, _ rows: ByteRows, _ table: rsk_taps
) {
  let (sourceA, sourceB) = (rows.source(0), rows.source(rows.count &- 1))
  let (rowA, rowB) = (rows.destination(0), rows.destination(rows.count &- 1))
  let steps = (table.most_taps &+ 3) / 4
  // Four bytes at a time: what is too much belongs to the next pixel, which is written later.
  let end = min(
    readablePixels(table, samplesPerPixel: P.samples, bytes: (steps &- 1) &* 4 &* P.samples &+ 16),
    table.length &- 1)
  let half: V.Words = V.repeated(oneHalf(table.precision))
  var x = 0
  while x < end {
    var offset = Int(table.first![x]) &* P.samples
    var weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
    var sums = half
    @inline(__always) func addPairs() {
      let bytesA = load(sourceA + offset, as: SIMD16<UInt8>.self)
      let bytesB = load(sourceB + offset, as: SIMD16<UInt8>.self)
      @inline(__always) func add(_ permutation: SIMD16<Int8>, _ weights: UnsafePointer<Int16>) {
        sums = V.add(sums, V.pairs(bytesA, bytesB, permutation), V.weights(load(weights, as: Int32.self)))
      }
      add(P.firstPair, weights)
      if T.taps != 2 { add(P.secondPair, weights + 2) }
    }
    if T.taps == 2 {
      addPairs()
    } else {
      let count = Int(table.count![x])
      var tap = 0
      while tap < count {
        addPairs()
        tap &+= 4
        offset &+= 4 &* P.samples
        weights += 4
      }
    }
    let pixels = V.pixels(sums, shift: table.precision)
    let place = x &* P.samples
    store(pixels.0, at: rowA + place)
    store(pixels.1, at: rowB + place)
    x &+= 1
  }
  storeLastPixels(sourceA, table, from: x, samplesPerPixel: P.samples, rowA)
  storeLastPixels(sourceB, table, from: x, samplesPerPixel: P.samples, rowB)
}

/// Those for which the source has no whole window, one by one: a function for all kinds of pixels.
@inline(never) private func storeLastPixels(
  _ source: UnsafePointer<UInt8>, _ table: rsk_taps, from x: Int, samplesPerPixel: Int,
  _ destination: UnsafeMutablePointer<UInt8>
) {
  storeFixedPointPixels(source, table, from: x, samplesPerPixel: samplesPerPixel, destination)
}

// MARK: Pixels of one sample

/// Sixteen taps of four pixels at a time. A function of its own: with the others in one, registers do not suffice.
@inline(never) private func horizontalSixteenTapPass<V: PairProducts>(
  _ sums: V.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
) {
  let readable = readablePixels(table, samplesPerPixel: 1, bytes: (table.most_taps &+ 15) / 16 &* 16)
  @inline(__always) func products(_ x: Int) -> V.Words {
    let pixels = source + Int(table.first![x])
    let weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
    let count = Int(table.count![x])
    var products: V.Words = V.repeated(0)
    var tap = 0
    while tap < count {
      products = V.add(
        products, V.widened(load(pixels + tap, as: SIMD16<UInt8>.self)), load(weights + tap, as: V.Words.self))
      tap &+= 16
    }
    return products
  }
  var x = 0
  while x &+ 4 <= readable {
    let sumsAB = V.pairSums(products(x), products(x &+ 1))
    let sumsCD = V.pairSums(products(x &+ 2), products(x &+ 3))
    store(V.bytes(ofSums: sumsAB, sumsCD, precision: table.precision), at: destination + x)
    x &+= 4
  }
  storeFixedPointPixels(source, table, from: x, samplesPerPixel: 1, destination)
}

/// Windows of at most four taps of one sample each: eight pixels at a time.
@inline(__always) private func horizontalFourTapPass<V: PairProducts>(
  _ sums: V.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ destination: UnsafeMutablePointer<UInt8>
) {
  let first = table.first!
  let weights = table.weights!.assumingMemoryBound(to: Int16.self)
  let readable = readablePixels(table, samplesPerPixel: 1, bytes: 4)
  var x = 0
  while x &+ 8 <= readable {
    // Four samples of each of four pixels.
    @inline(__always) func products(_ x: Int) -> V.Words {
      let windows = SIMD4<UInt32>(
        load(source + Int(first[x]), as: UInt32.self), load(source + Int(first[x &+ 1]), as: UInt32.self),
        load(source + Int(first[x &+ 2]), as: UInt32.self), load(source + Int(first[x &+ 3]), as: UInt32.self))
      return V.neighbourProducts(
        V.widened(unsafeBitCast(windows, to: SIMD16<UInt8>.self)),
        load(weights + x &* table.sample_stride, as: V.Words.self))
    }
    // The halves of the first four and of the last four, each pixel's two sums side by side.
    store(V.bytes(ofPairs: products(x), products(x &+ 4), precision: table.precision), at: destination + x)
    x &+= 8
  }
  storeFixedPointPixels(source, table, from: x, samplesPerPixel: 1, destination)
}
