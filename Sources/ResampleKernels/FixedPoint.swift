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

/// The weights of one sample of the output.
struct FixedPointWeights {
  let rounded: UnsafePointer<Int16>
  /// nil where the others are all there is of them.
  let remainders: UnsafePointer<Int16>?
  let remainderBits: Int32
  /// The fractional bits of both together.
  let precision: Int32

  @inline(__always) init(_ table: rsk_taps, of output: Int) {
    rounded = table.weights!.assumingMemoryBound(to: Int16.self) + output &* table.sample_stride
    remainders = table.remainders.map { $0 + output &* table.sample_stride }
    remainderBits = table.remainder_bits
    precision = table.precision &+ table.remainder_bits
  }

  @inline(__always) subscript(tap: Int) -> Int32 {
    if let remainders { Int32(rounded[tap]) &<< remainderBits &+ Int32(remainders[tap]) } else { Int32(rounded[tap]) }
  }
}

// Weights of more bits than int16 has are rounded. With b remainder bits the exact sum is S + R / 2^b, where S is that of the
// rounded weights and R that of the remainders. The fraction of R / 2^b does not show: that of the sum is shifted out.

/// Whether weights are all of a weight, or rounded ones, or the lower 16 bits.
protocol WeightRounding {
  static var isExact: Bool { get }
  /// Whether what is above the lower bits is a byte.
  static var isSplit: Bool { get }
}

enum ExactWeights: WeightRounding {
  @inline(__always) static var isExact: Bool { true }
  @inline(__always) static var isSplit: Bool { false }
}

enum RoundedWeights: WeightRounding {
  @inline(__always) static var isExact: Bool { false }
  @inline(__always) static var isSplit: Bool { false }
}

/// The lower bits lose nothing.
enum SplitWeights: WeightRounding {
  @inline(__always) static var isExact: Bool { true }
  @inline(__always) static var isSplit: Bool { true }
}

// A pass has a function for each ability of the instruction set (Vectors/FixedPointSums.swift); a call takes the one
// for the most that it has.

// MARK: Along a row

@inline(__always) func horizontalFixedPointPass<V: FixedPointSums>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: rsk_taps, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>, scratch: UnsafeMutableRawPointer
) {
  let rows = ByteRows(sources, targets)
  var row = 0
  while row < rows.count {
    storeFixedPointPixels(
      rows.source(row), table, from: 0, samplesPerPixel: samplesPerPixel, rows.destination(row))
    row &+= 1
  }
}

@inline(__always) func horizontalFixedPointPass<V: PairProducts>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: rsk_taps, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>, scratch: UnsafeMutableRawPointer
) {
  horizontalWordPass(V.self, ByteRows(sources, targets), table, samplesPerPixel: samplesPerPixel, scratch: scratch)
}

@inline(__always) func horizontalFixedPointPass<V: ByteProducts>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: rsk_taps, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>, scratch: UnsafeMutableRawPointer
) {
  let rows = ByteRows(sources, targets)
  if samplesPerPixel == 1 && table.byte_windows != nil {
    return table.byte_remainders == nil
      ? horizontalBytePass(V.self, ExactWeights.self, rows, table)
      : horizontalBytePass(V.self, RoundedWeights.self, rows, table)
  }
  horizontalWordPass(V.self, rows, table, samplesPerPixel: samplesPerPixel, scratch: scratch)
}

/// Several rows in columns, or, where most samples between windows are not read, two by two or each by itself.
@inline(__always) private func horizontalWordPass<V: PairProducts>(
  _ sums: V.Type, _ rows: ByteRows, _ table: rsk_taps, samplesPerPixel: Int, scratch: UnsafeMutableRawPointer
) {
  let readsFew =
    table.source_length > 2 &* table.pairs &* table.length && table.remainders == nil && samplesPerPixel != 2
  var row = 0
  while row < rows.count {
    let part = rows.part(from: row, count: min(rows.count &- row, mostColumnRows))
    if part.count < fewestColumnRows || table.pair_weights == nil || readsFew
      || !horizontalColumnPass(V.self, part, table, samplesPerPixel: samplesPerPixel, scratch: scratch)
    {
      horizontalPairPass(V.self, part, table, samplesPerPixel: samplesPerPixel)
    }
    row &+= mostColumnRows
  }
}

/// Rows of bytes, and those that are made of them.
struct ByteRows {
  private(set) var count: Int
  private let start: UnsafePointer<UInt8>
  let sourceStride: Int
  private let target: UnsafeMutablePointer<UInt8>
  let targetStride: Int

  @inline(__always) init(_ sources: UnsafePointer<rsk_source_rows>, _ targets: UnsafePointer<rsk_target_rows>) {
    count = targets.pointee.count
    start = sources.pointee.row(targets.pointee.first).assumingMemoryBound(to: UInt8.self)
    sourceStride = sources.pointee.stride
    target = targets.pointee.start.assumingMemoryBound(to: UInt8.self)
    targetStride = targets.pointee.stride
  }

  @inline(__always) func source(_ row: Int) -> UnsafePointer<UInt8> { start + row &* sourceStride }
  @inline(__always) func destination(_ row: Int) -> UnsafeMutablePointer<UInt8> { target + row &* targetStride }

  /// `count` of the rows, from `row` on.
  @inline(__always) func part(from row: Int, count: Int) -> ByteRows {
    ByteRows(
      count: count, start: source(row), sourceStride: sourceStride, target: destination(row), targetStride: targetStride
    )
  }

  /// Rows that are read alone.
  @inline(__always) init(at start: UnsafeMutableRawPointer, count: Int, stride: Int) {
    let start = start.assumingMemoryBound(to: UInt8.self)
    self.init(count: count, start: start, sourceStride: stride, target: start, targetStride: stride)
  }

  @inline(__always) private init(
    count: Int, start: UnsafePointer<UInt8>, sourceStride: Int, target: UnsafeMutablePointer<UInt8>, targetStride: Int
  ) {
    (self.count, self.start, self.sourceStride) = (count, start, sourceStride)
    (self.target, self.targetStride) = (target, targetStride)
  }
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
  let weights = FixedPointWeights(table, of: x)
  let count = Int(table.count![x])
  var sample = 0
  while sample < samplesPerPixel {
    var sum = oneHalf(weights.precision)
    var tap = 0
    while tap < count {
      sum = sum &+ weights[tap] &* Int32(pixel[tap &* samplesPerPixel &+ sample])
      tap &+= 1
    }
    destination[x &* samplesPerPixel &+ sample] = fixedPointSample(sum, weights.precision)
    sample &+= 1
  }
}

// MARK: Across rows

/// Combines rows to those of `targets`: `combine` gets one of them.
@inline(__always) private func forEachTarget(
  _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>,
  _ targets: UnsafePointer<rsk_target_rows>, _ combine: (CombinedBytes, UnsafeMutablePointer<UInt8>) -> Void
) {
  var index = 0
  while index < targets.pointee.count {
    let row = targets.pointee.first &+ index
    combine(
      CombinedBytes(
        rows: RowCursor(sources.pointee, from: Int(table.pointee.first![row])),
        weights: FixedPointWeights(table.pointee, of: row), count: Int(table.pointee.count![row]),
        precision: table.pointee.precision), targets.pointee.row(index).assumingMemoryBound(to: UInt8.self))
    index &+= 1
  }
}

@inline(__always) func verticalFixedPointPass<V: FixedPointSums>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  forEachTarget(sources, table, targets) { $0.combine(samples, $1) }
}

@inline(__always) func verticalFixedPointPass<V: PairSums>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  let step = MemoryLayout<V.Vector>.size
  forEachTarget(sources, table, targets) { rows, destination in
    if samples >= step {
      // The first and the last vector may overlap others; those between begin where they are aligned.
      let last = samples &- step
      var next = step &- (Int(bitPattern: destination) & (step &- 1))
      var i = 0
      while true {
        store(rows.vector(V.self) { load($0 + i, as: V.Vector.self) }, at: destination + i)
        if i == last { break }
        i = min(next, last)
        next &+= step
      }
    } else if V.hasPartialAccess {
      V.storePart(rows.vector(V.self) { V.loadPart($0, count: samples) }, at: destination, count: samples)
    } else if samples >= 16 {
      rows.combineEnds(V.self, Ends16.self, samples, destination)
    } else if samples >= 8 {
      rows.combineEnds(V.self, Ends8.self, samples, destination)
    } else if samples >= 4 {
      rows.combineEnds(V.self, Ends4.self, samples, destination)
    } else {
      rows.combine(samples, destination)
    }
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

/// The rows that a row of the output reads, and their weights.
private struct CombinedBytes {
  let rows: RowCursor
  let weights: FixedPointWeights
  let count: Int
  let precision: Int32

  /// Combines the samples one by one.
  @inline(__always) func combine(_ samples: Int, _ destination: UnsafeMutablePointer<UInt8>) {
    var i = 0
    while i < samples {
      var (rows, sum) = (rows, oneHalf(weights.precision))
      var k = 0
      while k < count {
        sum = sum &+ weights[k] &* Int32(rows.row.assumingMemoryBound(to: UInt8.self)[i])
        rows.advance()
        k &+= 1
      }
      destination[i] = fixedPointSample(sum, weights.precision)
      i &+= 1
    }
  }

  /// Combines rows of as many samples as an end has, up to twice that many.
  @inline(__always) func combineEnds<V: PairSums, E: Ends>(
    _ sums: V.Type, _ ends: E.Type, _ samples: Int, _ destination: UnsafeMutableRawPointer
  ) {
    let last = samples &- MemoryLayout<E.End>.size
    let bytes = vector(V.self) {
      V.halves(E.widened(load($0, as: E.End.self)), E.widened(load($0 + last, as: E.End.self)))
    }
    let (start, end) = V.halves(of: bytes)
    store(E.narrowed(start), at: destination)
    store(E.narrowed(end), at: destination + last)
  }

  /// A vector of samples; `samples` loads those of one row.
  ///
  /// Rows go in pairs: the same sample of both, as 16-bit numbers, times their weights, is one multiply-and-add. Unpacking
  /// and packing undo each other.
  @inline(__always) func vector<V: PairSums>(
    _ sums: V.Type, _ samples: (UnsafeRawPointer) -> V.Vector
  ) -> V.Vector {
    var sums = SumsOfRows<V>(from: V.repeated(oneHalf(precision)))
    if let remainders = weights.remainders {
      var rest = SumsOfRows<V>(from: V.repeated(0))
      forEachPair(samples) { pair, k, isLast in
        sums.add(pair, weight(weights.rounded + k, isLast))
        rest.add(pair, weight(remainders + k, isLast))
      }
      sums.add(rest, shift: weights.remainderBits)
    } else {
      forEachPair(samples) { pair, k, isLast in sums.add(pair, weight(weights.rounded + k, isLast)) }
    }
    return V.bytes(sums.a, sums.b, sums.c, sums.d, shift: precision)
  }

  /// The weights of two rows, or that of the last one alone.
  @inline(__always) private func weight(_ weights: UnsafePointer<Int16>, _ isLast: Bool) -> Int32 {
    isLast ? Int32(UInt16(bitPattern: weights[0])) : load(weights, as: Int32.self)
  }

  @inline(__always) private func forEachPair<V: PairSums>(
    _ samples: (UnsafeRawPointer) -> V.Vector, _ body: (UnpackedRows<V>, _ row: Int, _ isLast: Bool) -> Void
  ) {
    var (rows, k) = (rows, 0)
    while k &+ 1 < count {
      let first = samples(rows.row)
      rows.advance()
      let second = samples(rows.row)
      rows.advance()
      body(UnpackedRows(first, second), k, false)
      k &+= 2
    }
    if k < count { body(UnpackedRows(samples(rows.row), V.repeated(0)), k, true) }
  }
}

/// The samples of two rows, as pairs of 16-bit numbers.
private struct UnpackedRows<V: PairSums> {
  let a: V.Vector
  let b: V.Vector
  let c: V.Vector
  let d: V.Vector

  @inline(__always) init(_ first: V.Vector, _ second: V.Vector) {
    (a, b, c, d) = V.pairs(first, second)
  }
}

/// The sums of the samples of a vector, as unpacking leaves them.
private struct SumsOfRows<V: PairSums> {
  private(set) var a: V.Vector
  private(set) var b: V.Vector
  private(set) var c: V.Vector
  private(set) var d: V.Vector

  @inline(__always) init(from start: V.Vector) { (a, b, c, d) = (start, start, start, start) }

  /// Adds the samples of two rows, times their weights.
  @inline(__always) mutating func add(_ rows: UnpackedRows<V>, _ weights: Int32) {
    let weight: V.Vector = V.weights(weights)
    a = V.add(a, rows.a, weight)
    b = V.add(b, rows.b, weight)
    c = V.add(c, rows.c, weight)
    d = V.add(d, rows.d, weight)
  }

  /// Adds those of remainders.
  @inline(__always) mutating func add(_ rest: SumsOfRows, shift: Int32) {
    a = V.sum(a, rest.a, shift: shift)
    b = V.sum(b, rest.b, shift: shift)
    c = V.sum(c, rest.c, shift: shift)
    d = V.sum(d, rest.d, shift: shift)
  }
}
