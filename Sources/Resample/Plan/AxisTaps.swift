import CShims
import ResampleGeometry

/// The table of one axis: for each output sample its first source sample, how many it reads, and their weights.
package struct AxisTaps: ~Copyable {
  package let inputLength: Int
  package let outputLength: Int
  /// What the table was made of; nil of a transposed one.
  private let axis: Axis?
  /// The most taps of an output sample.
  package let tapCount: Int
  /// Every output sample is the source sample of its own index: there is nothing to do.
  package let isIdentity: Bool
  private let first: Buffer<Int32>
  /// Empty where samples are only copied: one each.
  private let counts: Buffer<Int32>
  /// Float, Double or Int16, by the arithmetic; empty where samples are only copied.
  private let weights: Buffer<UInt8>
  private let arithmetic: Arithmetic?
  /// The weights of an output sample lie side by side, or those of a tap do.
  private let sampleStride: Int
  private let tapStride: Int
  /// Fixed point: a weight of 1 is 1 << precision.
  private let precision: Int32
  /// Output samples that read neither the first nor the last source sample, and the fewest taps that one of them has.
  private let interior: Range<Int>
  private let fewestTaps: Int
  private let spans: TapSpans
  private let repetition: TapRepetition
  /// Fixed point: rsk_taps.byte_weights and byte_windows; empty where there are none.
  private let byteWeights: Buffer<Int32>
  private let byteWindows: Buffer<rsk_byte_window>

  /// Without an arithmetic the table has indices alone. Kernels that go along rows want weights in another order, and
  /// some of those for fixed point want byte weights.
  init(
    _ axis: Axis, _ arithmetic: Arithmetic?, isAlongRows: Bool = false, hasByteWeights: Bool = false
  ) throws(ResampleError) {
    // Long axes are computed in float64, whatever their weights are stored in.
    if axis.isDouble || axis.isLong {
      let table = try AxisTaps.table(AxisTapRule<Double>(axis), arithmetic, isAlongRows)
      try self.init(table, axis, arithmetic, isAlongRows: isAlongRows, hasByteWeights: hasByteWeights)
    } else {
      let table = try AxisTaps.table(AxisTapRule<Float>(axis), arithmetic, isAlongRows)
      try self.init(table, axis, arithmetic, isAlongRows: isAlongRows, hasByteWeights: hasByteWeights)
    }
  }

  private static func table<Weight: Real>(
    _ rule: AxisTapRule<Weight>, _ arithmetic: Arithmetic?, _ isAlongRows: Bool
  ) throws(ResampleError) -> TapTable {
    guard let arithmetic else { return try TapTable(copying: rule) }
    return arithmetic.weightSize == MemoryLayout<Weight>.size
      ? try TapTable(rule, isAlongRows: isAlongRows)
      : try TapTable(converting: rule, to: arithmetic, isAlongRows: isAlongRows)
  }

  /// The transposed table: for each input sample of the axis the output samples that read it.
  init(transposing axis: Axis, _ arithmetic: Arithmetic, isAlongRows: Bool) throws(ResampleError) {
    let forward = try Owned.make(AxisTaps(axis, arithmetic))
    defer { Owned.destroy(forward) }
    let readers = try Buffer<Int32>(count: try checkedProduct(2, axis.inputLength))
    let taps = forward.pointee.kernelTaps
    if arithmetic == .float64 {
      let table = try TapTable(TransposedTapRule<Double>(taps, readers.start), isAlongRows: isAlongRows)
      try self.init(table, nil, arithmetic, isAlongRows: isAlongRows, hasByteWeights: false)
    } else {
      let table = try TapTable(TransposedTapRule<Float>(taps, readers.start), isAlongRows: isAlongRows)
      try self.init(table, nil, arithmetic, isAlongRows: isAlongRows, hasByteWeights: false)
    }
    withExtendedLifetime(readers) {}
  }

  private init(
    _ table: consuming TapTable, _ axis: Axis?, _ arithmetic: Arithmetic?, isAlongRows: Bool, hasByteWeights: Bool
  ) throws(ResampleError) {
    let (inputLength, length, isWeighted) = (table.inputLength, table.outputLength, arithmetic != nil)
    let (first, counts, layout) = (table.first.start, table.counts.start, table.layout)
    let weights = UnsafeRawPointer(table.weights.start)
    var (tapCount, fewestTaps) = (1, 1)
    let interior = AxisTaps.interior(first, isWeighted ? counts : nil, length, inputLength)
    if isWeighted {
      let inside = Extremes(counts, interior)
      let (before, behind) = (
        Extremes(counts, 0..<interior.lowerBound), Extremes(counts, interior.upperBound..<length)
      )
      // Of no output samples one all the same, but of no source samples none.
      tapCount = min(inputLength, max(1, max(inside.most, before.most, behind.most)))
      // Kernels look at one number alone.
      let hasEmptyWindows = min(inside.fewest, before.fewest, behind.fewest) == 0
      fewestTaps = hasEmptyWindows ? 0 : interior.isEmpty ? tapCount : inside.fewest
    }
    let isIdentity =
      inputLength == length && tapCount == 1 && fewestTaps == 1 && TapSpans.ascendsByOne(first, length)

    let spans =
      isAlongRows && isWeighted ? TapSpans(first, length: length, step: 1) : TapSpans.none
    let repetition =
      switch isAlongRows && arithmetic != .fixedPoint ? arithmetic : nil {
      case .float32:
        TapRepetition(first, weights.assumingMemoryBound(to: Float.self), taps: tapCount, layout.tapStride, interior)
      case .float64:
        TapRepetition(first, weights.assumingMemoryBound(to: Double.self), taps: tapCount, layout.tapStride, interior)
      case nil where arithmetic == nil: TapRepetition(first, length: length)
      default: TapRepetition.none
      }
    let byteWeights = try ByteTaps.weights(
      weights.assumingMemoryBound(to: Int16.self), length: hasByteWeights ? length : 0, taps: layout.sampleStride)
    // Where eight samples are farther apart than three windows reach, one at a time is better.
    let hasWindows = byteWeights.count > 0 && spans.lengths.1 <= 3 * RSK_BYTES
    let byteWindows = try ByteTaps.windows(first, length: hasWindows ? length : 0, step: 1)

    self.inputLength = inputLength
    outputLength = length
    self.axis = axis
    self.tapCount = tapCount
    self.isIdentity = isIdentity
    precision = table.precision
    self.first = table.first
    self.counts = table.counts
    self.weights = table.weights
    self.arithmetic = arithmetic
    (sampleStride, tapStride) = (layout.sampleStride, layout.tapStride)
    self.interior = interior
    self.fewestTaps = fewestTaps
    self.spans = spans
    self.repetition = repetition
    self.byteWeights = byteWeights
    self.byteWindows = byteWindows
  }

  /// What kernels may read behind the last entry of a table.
  static let readBehind = Int(RSK_LANES) - 1
  static let indicesReadBehind = Int(RSK_BYTES) - 1

  /// The output samples that read neither the first nor the last source sample; they lie together, because windows ascend.
  private static func interior(
    _ first: UnsafePointer<Int32>, _ counts: UnsafePointer<Int32>?, _ length: Int, _ inputLength: Int
  ) -> Range<Int> {
    func isInterior(_ output: Int) -> Bool {
      first[output] > 0 && Int(first[output]) + Int(counts?[output] ?? 1) < inputLength
    }
    var (start, end) = (0, length)
    while start < end && !isInterior(start) { start += 1 }
    while start < end && !isInterior(end - 1) { end -= 1 }
    return start < end ? start..<end : length..<length
  }

  /// The table as kernels read it; valid as long as this is.
  var kernelTaps: rsk_taps {
    rsk_taps(
      first: first.start, count: counts.start, weights: weights.start, sample_stride: sampleStride,
      tap_stride: tapStride, source_length: inputLength, length: outputLength,
      interior_start: interior.lowerBound, interior_end: interior.upperBound, fewest_taps: fewestTaps,
      most_taps: tapCount, precision: precision, step: 1, spans: spans.lengths, period: repetition.period,
      advance: repetition.advance, byte_weights: byteWeights.count == 0 ? nil : UnsafePointer(byteWeights.start),
      byte_stride: outputLength + AxisTaps.readBehind,
      byte_windows: byteWindows.count == 0 ? nil : UnsafePointer(byteWindows.start),
      byte_window_count: byteWindows.count)
  }

  /// The position in the source axis that output sample `output` reads, before the border rule; NaN in a transposed table.
  package func coordinate(of output: Int) -> Double {
    guard let axis else { return .nan }
    return axis.isDouble || axis.isLong
      ? AxisRule<Double>(axis).position(of: output) : Double(AxisRule<Float>(axis).position(of: output))
  }

  func window(of output: Int) -> Window {
    Window(first: Int(first[output]), count: counts.count == 0 ? 1 : Int(counts[output]))
  }

  /// The `tap`-th source sample that output sample `output` reads; behind the last, the last.
  package func index(of output: Int, tap: Int) -> Int {
    let window = window(of: output)
    return window.first + min(tap, max(window.count - 1, 0))
  }

  /// The weight of that sample; behind the last, 0.
  package func weight(of output: Int, tap: Int) -> Double {
    precondition(tap >= 0 && tap < tapCount && output >= 0 && output < outputLength)
    let entry = output * sampleStride + tap * tapStride
    let start = UnsafeRawPointer(weights.start)
    return switch arithmetic {
    case nil: tap == 0 ? 1 : 0
    case .float32: Double(start.assumingMemoryBound(to: Float.self)[entry])
    case .float64: start.assumingMemoryBound(to: Double.self)[entry]
    case .fixedPoint: Double(start.assumingMemoryBound(to: Int16.self)[entry]) / Double(1 << precision)
    }
  }
}
