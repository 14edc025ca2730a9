import CShims

/// A dtype whose samples are computed in rows of `Row`.
protocol Convertible {
  /// The sample as it lies in memory.
  associatedtype Stored: BitwiseCopyable
  /// The sample in a row.
  associatedtype Row: BitwiseCopyable
  static func row(_ stored: Stored) -> Row
  static func stored(_ row: Row) -> Stored
  static func bound(_ value: Double) -> Row
  /// The sample, or the bound that it lies beyond; NaN stays.
  static func bounded(_ row: Row, _ low: Row, _ high: Row) -> Row
  /// The values between which a result is held when the caller gives no narrower bounds.
  static var limits: (low: Double, high: Double) { get }
}

extension Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (-Double.infinity, Double.infinity) }
}

extension Convertible where Row == Float {
  @inline(__always) static func bounded(_ row: Float, _ low: Float, _ high: Float) -> Float {
    row < low ? low : (row > high ? high : row)
  }
  @inline(__always) static func bound(_ value: Double) -> Float { Float(value) }
}

extension Convertible where Row == Double {
  @inline(__always) static func bounded(_ row: Double, _ low: Double, _ high: Double) -> Double {
    row < low ? low : (row > high ? high : row)
  }
  @inline(__always) static func bound(_ value: Double) -> Double { value }
}

@inline(__always) func loadRow<C: Convertible>(
  _ dtype: C.Type, _ source: UnsafeRawPointer, _ stride: Int, _ pixels: Int, _ lanes: Int,
  _ row: UnsafeMutableRawPointer
) {
  let row = row.assumingMemoryBound(to: C.Row.self)
  let size = MemoryLayout<C.Stored>.size
  // Dense pixels are one run of samples, which the compiler can vectorise.
  let isDense = stride == lanes &* size
  let runs = isDense ? 1 : pixels
  let length = isDense ? pixels &* lanes : lanes
  var run = 0
  while run < runs {
    let samples = source + run &* stride
    let output = row + run &* length
    var i = 0
    while i < length {
      output[i] = C.row(load(samples + i &* size, as: C.Stored.self))
      i &+= 1
    }
    run &+= 1
  }
}

/// Like loadRow, into a row of doubles.
@inline(__always) func loadWideRow<C: Convertible>(
  _ dtype: C.Type, _ source: UnsafeRawPointer, _ stride: Int, _ pixels: Int, _ lanes: Int,
  _ row: UnsafeMutableRawPointer
) where C.Row == Float {
  let row = row.assumingMemoryBound(to: Double.self)
  let size = MemoryLayout<C.Stored>.size
  var pixel = 0
  while pixel < pixels {
    var lane = 0
    while lane < lanes {
      let stored = load(source + (pixel &* stride &+ lane &* size), as: C.Stored.self)
      row[pixel &* lanes &+ lane] = Double(C.row(stored))
      lane &+= 1
    }
    pixel &+= 1
  }
}

/// Like storeRow, from a row of doubles.
@inline(__always) func storeWideRow<C: Convertible>(
  _ dtype: C.Type, _ row: UnsafeRawPointer, _ pixels: Int, _ lanes: Int, _ low: Double, _ high: Double,
  _ destination: UnsafeMutableRawPointer, _ stride: Int
) where C.Row == Float {
  let row = row.assumingMemoryBound(to: Double.self)
  let size = MemoryLayout<C.Stored>.size
  let low = C.bound(withinLimits(of: C.self, low))
  let high = C.bound(withinLimits(of: C.self, high))
  var pixel = 0
  while pixel < pixels {
    var lane = 0
    while lane < lanes {
      let value = C.bounded(Float(row[pixel &* lanes &+ lane]), low, high)
      store(C.stored(value), at: destination + (pixel &* stride &+ lane &* size))
      lane &+= 1
    }
    pixel &+= 1
  }
}

@inline(__always) func storeRow<C: Convertible>(
  _ dtype: C.Type, _ row: UnsafeRawPointer, _ pixels: Int, _ lanes: Int, _ low: Double, _ high: Double,
  _ destination: UnsafeMutableRawPointer, _ stride: Int
) {
  let row = row.assumingMemoryBound(to: C.Row.self)
  let size = MemoryLayout<C.Stored>.size
  let low = C.bound(withinLimits(of: C.self, low))
  let high = C.bound(withinLimits(of: C.self, high))
  let isDense = stride == lanes &* size
  let runs = isDense ? 1 : pixels
  let length = isDense ? pixels &* lanes : lanes
  var run = 0
  while run < runs {
    let samples = row + run &* length
    let output = destination + run &* stride
    var i = 0
    while i < length {
      store(C.stored(C.bounded(samples[i], low, high)), at: output + i &* size)
      i &+= 1
    }
    run &+= 1
  }
}

/// A bound that the dtype can hold, so that it can be converted.
@inline(__always) private func withinLimits<C: Convertible>(of dtype: C.Type, _ bound: Double) -> Double {
  let limits = C.limits
  return bound < limits.low ? limits.low : (bound > limits.high ? limits.high : bound)
}

// Adding 1.5 * 2^23 (1.5 * 2^52 for Double) leaves the integer nearest to a small number, ties to even, in the last
// bits of the sum: the rounding that the integer dtypes need, without a call.
@inline(__always) func nearestInteger(_ value: Float) -> Int32 {
  Int32(bitPattern: (value + 12_582_912).bitPattern &- 0x4b40_0000)
}

@inline(__always) func nearestInteger(_ value: Double) -> Int32 {
  Int32(truncatingIfNeeded: (value + 6_755_399_441_055_744).bitPattern)
}

enum Int8Samples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (-128, 127) }
  @inline(__always) static func row(_ stored: Int8) -> Float { Float(stored) }
  @inline(__always) static func stored(_ row: Float) -> Int8 { Int8(truncatingIfNeeded: nearestInteger(row)) }
}

enum UInt8Samples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (0, 255) }
  @inline(__always) static func row(_ stored: UInt8) -> Float { Float(stored) }
  @inline(__always) static func stored(_ row: Float) -> UInt8 { UInt8(truncatingIfNeeded: nearestInteger(row)) }
}

enum Int16Samples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (-32768, 32767) }
  @inline(__always) static func row(_ stored: Int16) -> Float { Float(stored) }
  @inline(__always) static func stored(_ row: Float) -> Int16 { Int16(truncatingIfNeeded: nearestInteger(row)) }
}

enum UInt16Samples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (0, 65535) }
  @inline(__always) static func row(_ stored: UInt16) -> Float { Float(stored) }
  @inline(__always) static func stored(_ row: Float) -> UInt16 { UInt16(truncatingIfNeeded: nearestInteger(row)) }
}

enum Int32Samples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (-2_147_483_648, 2_147_483_647) }
  @inline(__always) static func row(_ stored: Int32) -> Double { Double(stored) }
  @inline(__always) static func stored(_ row: Double) -> Int32 { nearestInteger(row) }
}

/// Of sums that wrap: there is nothing to bound.
enum Int64Samples: Convertible {
  @inline(__always) static func row(_ stored: Int64) -> Int64 { stored }
  @inline(__always) static func stored(_ row: Int64) -> Int64 { row }
  @inline(__always) static func bound(_ value: Double) -> Int64 { 0 }
  @inline(__always) static func bounded(_ row: Int64, _ low: Int64, _ high: Int64) -> Int64 { row }
}

enum UInt8FixedSamples: Convertible {
  @inline(__always) static var limits: (low: Double, high: Double) { (0, 255) }
  @inline(__always) static func row(_ stored: UInt8) -> UInt8 { stored }
  @inline(__always) static func stored(_ row: UInt8) -> UInt8 { row }
  @inline(__always) static func bounded(_ row: UInt8, _ low: UInt8, _ high: UInt8) -> UInt8 {
    row < low ? low : (row > high ? high : row)
  }
  @inline(__always) static func bound(_ value: Double) -> UInt8 { UInt8(truncatingIfNeeded: nearestInteger(value)) }
}
