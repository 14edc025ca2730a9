import CShims

// The arithmetic of 8-bit images: int16 weights of `precision` fractional bits, a 32-bit sum, and one rounding to
// uint8 a pass. It is exact, so every instruction set gives the same bytes: docs/exactness.md#uint8.

/// The sum's rounded value as a sample. The shift rounds half up, because the sum starts at one half.
@inline(__always) func fixedPointSample(_ sum: Int32, _ precision: Int32) -> UInt8 {
  let value = sum &>> precision
  return UInt8(truncatingIfNeeded: value < 0 ? 0 : (value > 255 ? 255 : value))
}

@inline(__always) func horizontalFixedPointPass(
  _ source: UnsafeRawPointer, _ taps: UnsafePointer<rsk_taps>, _ lanes: Int, _ destination: UnsafeMutableRawPointer
) {
  let source = source.assumingMemoryBound(to: UInt8.self)
  let destination = destination.assumingMemoryBound(to: UInt8.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: Int16.self)
  let first = taps.pointee.first!
  let counts = taps.pointee.count!
  let stride = taps.pointee.sample_stride
  let length = taps.pointee.length
  let precision = taps.pointee.precision
  let half = Int32(1) &<< (precision &- 1)
  var x = 0
  while x < length {
    let pixel = source + Int(first[x]) &* lanes
    let weight = weights + x &* stride
    let count = Int(counts[x])
    var lane = 0
    while lane < lanes {
      var sum = half
      var tap = 0
      while tap < count {
        sum = sum &+ Int32(weight[tap]) &* Int32(pixel[tap &* lanes &+ lane])
        tap &+= 1
      }
      destination[x &* lanes &+ lane] = fixedPointSample(sum, precision)
      lane &+= 1
    }
    x &+= 1
  }
}

@inline(__always) func verticalFixedPointPass(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ precision: Int32,
  _ samples: Int, _ destination: UnsafeMutableRawPointer
) {
  let weights = weights.assumingMemoryBound(to: Int16.self)
  let destination = destination.assumingMemoryBound(to: UInt8.self)
  let half = Int32(1) &<< (precision &- 1)
  var i = 0
  while i < samples {
    var sum = half
    var k = 0
    while k < count {
      sum = sum &+ Int32(weights[k]) &* Int32(rows[k]!.assumingMemoryBound(to: UInt8.self)[i])
      k &+= 1
    }
    destination[i] = fixedPointSample(sum, precision)
    i &+= 1
  }
}
