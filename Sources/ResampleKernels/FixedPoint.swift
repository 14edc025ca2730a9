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

// A pass has a function for each ability of the instruction set (Vectors/FixedPointSums.swift); a call takes the one
// for the most that it has.

// MARK: Along a row

@inline(__always) func horizontalFixedPointPass<V: FixedPointSums>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, samplesPerPixel: Int,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, scratch: UnsafeMutableRawPointer
) {
  var row = 0
  while row < rows {
    storeFixedPointPixels(
      sources[row]!.assumingMemoryBound(to: UInt8.self), table, from: 0, samplesPerPixel: samplesPerPixel,
      destinations[row]!.assumingMemoryBound(to: UInt8.self))
    row &+= 1
  }
}

@inline(__always) func horizontalFixedPointPass<V: PairProducts>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, samplesPerPixel: Int,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, scratch: UnsafeMutableRawPointer
) {
  horizontalWordPass(
    V.self, sources: sources, table, samplesPerPixel: samplesPerPixel, destinations: destinations, rows: rows,
    scratch: scratch)
}

@inline(__always) func horizontalFixedPointPass<V: ByteProducts>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, samplesPerPixel: Int,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, scratch: UnsafeMutableRawPointer
) {
  if samplesPerPixel == 1 && table.byte_windows != nil {
    return horizontalBytePass(V.self, sources: sources, table, destinations: destinations, rows: rows)
  }
  horizontalWordPass(
    V.self, sources: sources, table, samplesPerPixel: samplesPerPixel, destinations: destinations, rows: rows,
    scratch: scratch)
}

/// Several rows in columns, or each by itself.
@inline(__always) private func horizontalWordPass<V: PairProducts>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, samplesPerPixel: Int,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, scratch: UnsafeMutableRawPointer
) {
  if rows >= fewestColumnRows && table.pair_weights != nil
    && horizontalColumnPass(
      V.self, sources: sources, table, samplesPerPixel: samplesPerPixel, destinations: destinations, rows: rows,
      scratch: scratch)
  {
    return
  }
  horizontalPairPass(
    V.self, sources: sources, table, samplesPerPixel: samplesPerPixel, destinations: destinations, rows: rows)
}

/// Resamples the pixels from `x` on, sample by sample.
@inline(__always) func storeFixedPointPixels(
  _ source: UnsafePointer<UInt8>, _ table: rsk_taps, from x: Int, samplesPerPixel: Int,
  _ destination: UnsafeMutablePointer<UInt8>
) {
  var x = x
  while x < table.length {
    storeFixedPointPixel(source, table, x, samplesPerPixel: samplesPerPixel, destination)
    x &+= 1
  }
}

/// Resamples the samples of one pixel, one by one.
@inline(__always) func storeFixedPointPixel(
  _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ x: Int, samplesPerPixel: Int,
  _ destination: UnsafeMutablePointer<UInt8>
) {
  let pixel = source + Int(table.first![x]) &* samplesPerPixel
  let weights = table.weights!.assumingMemoryBound(to: Int16.self) + x &* table.sample_stride
  let count = Int(table.count![x])
  var sample = 0
  while sample < samplesPerPixel {
    var sum = oneHalf(table.precision)
    var tap = 0
    while tap < count {
      sum = sum &+ Int32(weights[tap]) &* Int32(pixel[tap &* samplesPerPixel &+ sample])
      tap &+= 1
    }
    destination[x &* samplesPerPixel &+ sample] = fixedPointSample(sum, table.precision)
    sample &+= 1
  }
}

// MARK: Across rows

@inline(__always) func verticalFixedPointPass<V: FixedPointSums>(
  _ sums: V.Type, rows: UnsafePointer<UnsafeRawPointer?>, weights: UnsafeRawPointer, count: Int, precision: Int32,
  samples: Int, destination: UnsafeMutableRawPointer
) {
  combineFixedPoint(
    rows: rows, weights: weights.assumingMemoryBound(to: Int16.self), count: count, precision: precision,
    samples: samples, destination: destination.assumingMemoryBound(to: UInt8.self))
}

@inline(__always) func verticalFixedPointPass<V: PairProducts>(
  _ sums: V.Type, rows: UnsafePointer<UnsafeRawPointer?>, weights: UnsafeRawPointer, count: Int, precision: Int32,
  samples: Int, destination: UnsafeMutableRawPointer
) {
  let weights = weights.assumingMemoryBound(to: Int16.self)
  let step = MemoryLayout<V.Vector>.size
  @inline(__always) func combine(_ i: Int) {
    let bytes = combinedFixedPoint(V.self, rows, weights, count: count, precision: precision) {
      load($0 + i, as: V.Vector.self)
    }
    store(bytes, at: destination + i)
  }
  if samples >= step {
    // The first and the last vector may overlap others; those between begin where they are aligned.
    combine(0)
    var i = step &- (Int(bitPattern: destination) & (step &- 1))
    while i &+ step <= samples {
      combine(i)
      i &+= step
    }
    if i < samples { combine(samples &- step) }
  } else if V.hasPartialAccess {
    let bytes = combinedFixedPoint(V.self, rows, weights, count: count, precision: precision) {
      V.loadPart($0, count: samples)
    }
    V.storePart(bytes, at: destination, count: samples)
  } else if samples >= 16 {
    combineEnds(V.self, Ends16.self, rows, weights, count: count, precision: precision, samples, destination)
  } else if samples >= 8 {
    combineEnds(V.self, Ends8.self, rows, weights, count: count, precision: precision, samples, destination)
  } else if samples >= 4 {
    combineEnds(V.self, Ends4.self, rows, weights, count: count, precision: precision, samples, destination)
  } else {
    combineFixedPoint(
      rows: rows, weights: weights, count: count, precision: precision, samples: samples,
      destination: destination.assumingMemoryBound(to: UInt8.self))
  }
}

/// Up to 16 bytes, at the start and at the end of a row that is too short for a vector; they may overlap.
private protocol Ends {
  associatedtype End: BitwiseCopyable
  static func widened(_ end: End) -> SIMD16<UInt8>
  static func narrowed(_ bytes: SIMD16<UInt8>) -> End
}

private enum Ends16: Ends {
  @inline(__always) static func widened(_ end: SIMD16<UInt8>) -> SIMD16<UInt8> { end }
  @inline(__always) static func narrowed(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> { bytes }
}

private enum Ends8: Ends {
  @inline(__always) static func widened(_ end: UInt64) -> SIMD16<UInt8> {
    unsafeBitCast(SIMD2<UInt64>(end, 0), to: SIMD16<UInt8>.self)
  }
  @inline(__always) static func narrowed(_ bytes: SIMD16<UInt8>) -> UInt64 {
    unsafeBitCast(bytes, to: SIMD2<UInt64>.self)[0]
  }
}

private enum Ends4: Ends {
  @inline(__always) static func widened(_ end: UInt32) -> SIMD16<UInt8> {
    unsafeBitCast(SIMD4<UInt32>(end, 0, 0, 0), to: SIMD16<UInt8>.self)
  }
  @inline(__always) static func narrowed(_ bytes: SIMD16<UInt8>) -> UInt32 {
    unsafeBitCast(bytes, to: SIMD4<UInt32>.self)[0]
  }
}

/// Combines rows of as many samples as an end has, up to twice that many.
@inline(__always) private func combineEnds<V: PairProducts, E: Ends>(
  _ sums: V.Type, _ ends: E.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<Int16>, count: Int,
  precision: Int32, _ samples: Int, _ destination: UnsafeMutableRawPointer
) {
  let last = samples &- MemoryLayout<E.End>.size
  let bytes = combinedFixedPoint(V.self, rows, weights, count: count, precision: precision) {
    V.halves(E.widened(load($0, as: E.End.self)), E.widened(load($0 + last, as: E.End.self)))
  }
  let (start, end) = V.halves(of: bytes)
  store(E.narrowed(start), at: destination)
  store(E.narrowed(end), at: destination + last)
}

/// Combines the samples of rows one by one.
@inline(__always) private func combineFixedPoint(
  rows: UnsafePointer<UnsafeRawPointer?>, weights: UnsafePointer<Int16>, count: Int, precision: Int32, samples: Int,
  destination: UnsafeMutablePointer<UInt8>
) {
  var i = 0
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
}

/// A vector of samples of the combined rows; `samples` loads those of one of them.
///
/// Rows go in pairs: the same sample of both, side by side as 16-bit numbers, times their weights, is one
/// multiply-and-add. Unpacking and packing reorder within 128 bits alone, and each undoes the other.
@inline(__always) private func combinedFixedPoint<V: PairProducts>(
  _ sums: V.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<Int16>, count: Int,
  precision: Int32, _ samples: (UnsafeRawPointer) -> V.Vector
) -> V.Vector {
  let zero: V.Vector = V.repeated(0)
  let half: V.Vector = V.repeated(oneHalf(precision))
  var (a, b, c, d) = (half, half, half, half)
  @inline(__always) func add(_ first: V.Vector, _ second: V.Vector, _ weights: Int32) {
    let weights: V.Vector = V.repeated(weights)
    let low = V.low(first, second)
    let high = V.high(first, second)
    a = V.add(a, V.low(low, zero), weights)
    b = V.add(b, V.high(low, zero), weights)
    c = V.add(c, V.low(high, zero), weights)
    d = V.add(d, V.high(high, zero), weights)
  }
  var k = 0
  while k &+ 2 <= count {
    add(samples(rows[k]!), samples(rows[k &+ 1]!), load(weights + k, as: Int32.self))
    k &+= 2
  }
  if k < count { add(samples(rows[k]!), zero, Int32(UInt16(bitPattern: weights[k]))) }
  return V.bytes(a, b, c, d, shift: precision)
}
