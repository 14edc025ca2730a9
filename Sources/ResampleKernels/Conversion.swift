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
  _ dtype: C.Type, _ source: UnsafeRawPointer, _ stride: Int, _ pixels: Int, _ samplesPerPixel: Int,
  _ row: UnsafeMutableRawPointer
) {
  let row = row.assumingMemoryBound(to: C.Row.self)
  let size = MemoryLayout<C.Stored>.size
  if samplesPerPixel == 1 && stride != size {
    var (sample, i) = (source, 0)
    while i &+ 2 <= pixels {
      row[i] = C.row(load(sample, as: C.Stored.self))
      row[i &+ 1] = C.row(load(sample + stride, as: C.Stored.self))
      sample += 2 &* stride
      i &+= 2
    }
    if i < pixels { row[i] = C.row(load(sample, as: C.Stored.self)) }
    return
  }
  // Dense pixels are one run of samples, which the compiler can vectorise.
  let isDense = stride == samplesPerPixel &* size
  let runs = isDense ? 1 : pixels
  let length = isDense ? pixels &* samplesPerPixel : samplesPerPixel
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

@inline(__always) func storeRow<C: Convertible>(
  _ dtype: C.Type, _ row: UnsafeRawPointer, _ pixels: Int, _ samplesPerPixel: Int, _ low: Double, _ high: Double,
  _ destination: UnsafeMutableRawPointer, _ stride: Int
) {
  let row = row.assumingMemoryBound(to: C.Row.self)
  let size = MemoryLayout<C.Stored>.size
  let low = C.bound(withinLimits(of: C.self, low))
  let high = C.bound(withinLimits(of: C.self, high))
  let isDense = stride == samplesPerPixel &* size
  let runs = isDense ? 1 : pixels
  let length = isDense ? pixels &* samplesPerPixel : samplesPerPixel
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

/// The same for dtypes of which an output is much smaller than what it is made from: less code, not less time.
@inline(never) @_optimize(size) private func storeShortRow<C: Convertible>(
  _ dtype: C.Type, _ row: UnsafeRawPointer, _ pixels: Int, _ samplesPerPixel: Int, _ low: Double, _ high: Double,
  _ destination: UnsafeMutableRawPointer, _ stride: Int
) {
  storeRow(C.self, row, pixels, samplesPerPixel, low, high, destination, stride)
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

/// A dtype of rows of float in rows of double. It is bounded and rounded as a float.
enum Widened<C: Convertible>: Convertible where C.Row == Float {
  @inline(__always) static var limits: (low: Double, high: Double) { C.limits }
  @inline(__always) static func row(_ stored: C.Stored) -> Double { Double(C.row(stored)) }
  @inline(__always) static func stored(_ row: Double) -> C.Stored { C.stored(Float(row)) }
  @inline(__always) static func bounded(_ row: Double, _ low: Double, _ high: Double) -> Double {
    Double(C.bounded(Float(row), Float(low), Float(high)))
  }
}

/// An integer dtype of rows of float in rows of double: rounded once, because a float may fall on a half that the sum was not
/// on.
enum WidenedInteger<C: Convertible>: Convertible where C.Row == Float, C.Stored: FixedWidthInteger {
  @inline(__always) static var limits: (low: Double, high: Double) { C.limits }
  @inline(__always) static func row(_ stored: C.Stored) -> Double { Double(C.row(stored)) }
  @inline(__always) static func stored(_ row: Double) -> C.Stored { C.Stored(truncatingIfNeeded: nearestInteger(row)) }
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

// MARK: The table

@inline(__always) func fillConversions(_ table: UnsafeMutablePointer<rsk_table>) {
  // In the order of RSK_FLOAT32 ... RSK_UINT8_FIXED, then the first seven in rows of double, then RSK_INT64.
  table.pointee.conversions = (
    rsk_conversion(
      load: { loadRow(Float32Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Float32Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Float16Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Float16Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(BFloat16Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(BFloat16Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Int8Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Int8Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(UInt8Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(UInt8Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Int16Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Int16Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(UInt16Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(UInt16Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Float64Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Float64Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Int32Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Int32Samples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(UInt8FixedSamples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(UInt8FixedSamples.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Widened<Float32Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(Widened<Float32Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Widened<Float16Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(Widened<Float16Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Widened<BFloat16Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(Widened<BFloat16Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(WidenedInteger<Int8Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(WidenedInteger<Int8Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(WidenedInteger<UInt8Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(WidenedInteger<UInt8Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(WidenedInteger<Int16Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(WidenedInteger<Int16Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(WidenedInteger<UInt16Samples>.self, $0!, $1, $2, $3, $4!) },
      store: { storeShortRow(WidenedInteger<UInt16Samples>.self, $0!, $1, $2, $3, $4, $5!, $6) }),
    rsk_conversion(
      load: { loadRow(Int64Samples.self, $0!, $1, $2, $3, $4!) },
      store: { storeRow(Int64Samples.self, $0!, $1, $2, $3, $4, $5!, $6) })
  )
}
