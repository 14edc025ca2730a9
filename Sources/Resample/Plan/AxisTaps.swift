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
      try self.init(AxisTapRule<Double>(axis), axis, arithmetic, isAlongRows, hasByteWeights)
    } else {
      try self.init(AxisTapRule<Float>(axis), axis, arithmetic, isAlongRows, hasByteWeights)
    }
  }

  /// The transposed table: for each input sample of the axis the output samples that read it.
  init(transposing axis: Axis, _ arithmetic: Arithmetic, isAlongRows: Bool) throws(ResampleError) {
    let forward = try Owned.make(AxisTaps(axis, arithmetic))
    defer { Owned.destroy(forward) }
    let readers = try Buffer<Int32>(count: try checkedProduct(2, axis.inputLength))
    let taps = forward.pointee.kernelTaps
    if arithmetic == .float64 {
      try self.init(TransposedTapRule<Double>(taps, readers.start), nil, arithmetic, isAlongRows, false)
    } else {
      try self.init(TransposedTapRule<Float>(taps, readers.start), nil, arithmetic, isAlongRows, false)
    }
    withExtendedLifetime(readers) {}
  }

  private init<Rule: TapRule>(
    _ rule: Rule, _ axis: Axis?, _ arithmetic: Arithmetic?, _ isAlongRows: Bool, _ hasByteWeights: Bool
  ) throws(ResampleError) {
    let isTapMajor = isAlongRows && arithmetic != .fixedPoint
    let (inputLength, length) = (rule.inputLength, rule.outputLength)
    // Kernels load whole vectors of the table, also where it ends within one.
    let first = try Buffer<Int32>(count: length, behind: AxisTaps.indicesReadBehind, isFilled: true)
    let isWeighted = arithmetic != nil
    let counts = try Buffer<Int32>(
      count: isWeighted ? length : 0, behind: isWeighted ? AxisTaps.readBehind : 0, isFilled: true)
    var (tapCount, fewestTaps, paddedTapCount) = (1, 1, rule.mostTaps)
    // Fixed-point weights are found twice, because all of them decide the precision.
    var precision: Int32 = 0
    if arithmetic == .fixedPoint {
      let largest = try TapBlocks(rule, first: first.start, counts: counts.start).largestWeight()
      precision = AxisTaps.precision(ofLargest: largest.double)
      paddedTapCount = AxisTaps.paddedFixedPointTapCount(Extremes(counts.start, 0..<length).most)
    }
    let layout =
      isTapMajor
      ? WeightLayout(sampleStride: 1, tapStride: length) : WeightLayout(sampleStride: paddedTapCount, tapStride: 1)
    let weightSize = arithmetic?.weightSize ?? 0
    let weights = try Buffer<UInt8>(
      count: try checkedProduct(try checkedProduct(length, paddedTapCount), weightSize),
      behind: AxisTaps.readBehind * weightSize, isFilled: true)
    let table = UnsafeMutableRawPointer(weights.start)
    switch arithmetic {
    case nil:
      var indices = first.elements.mutableSpan
      rule.fillFirst(of: 0..<length, &indices)
    case .float32, .float64:
      if weightSize == MemoryLayout<Rule.Weight>.size {
        var indices = first.elements.mutableSpan
        var counts = counts.elements.mutableSpan
        var weights = UnsafeMutableBufferPointer(
          start: table.assumingMemoryBound(to: Rule.Weight.self), count: length * paddedTapCount
        ).mutableSpan
        rule.fill(0..<length, first: &indices, counts: &counts, weights: &weights, in: layout)
      } else {
        // Long axes are computed in float64 for float32, and small images of float64 in float32.
        let blocks = try TapBlocks(rule, first: first.start, counts: counts.start)
        if arithmetic == .float64 {
          blocks.fill(table.assumingMemoryBound(to: Double.self), layout) { $0.double }
        } else {
          blocks.fill(table.assumingMemoryBound(to: Float.self), layout) { Float($0.double) }
        }
      }
    case .fixedPoint:
      memset(table, 0, weights.count)
      let one = Double(1 << precision)
      let blocks = try TapBlocks(rule, first: first.start, counts: counts.start)
      blocks.fill(table.assumingMemoryBound(to: Int16.self), layout) {
        // Halves away from zero.
        let scaled = $0.double * one
        return Int16(clamping: Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
      }
    }

    let interior = AxisTaps.interior(first.start, isWeighted ? counts.start : nil, length, inputLength)
    if isWeighted {
      let inside = Extremes(counts.start, interior)
      let (before, behind) = (
        Extremes(counts.start, 0..<interior.lowerBound), Extremes(counts.start, interior.upperBound..<length)
      )
      tapCount = max(inside.most, before.most, behind.most)
      // Kernels look at one number alone.
      let hasEmptyWindows = min(inside.fewest, before.fewest, behind.fewest) == 0
      fewestTaps = hasEmptyWindows ? 0 : interior.isEmpty ? tapCount : inside.fewest
    }
    let isIdentity =
      inputLength == length && tapCount == 1 && fewestTaps == 1 && TapSpans.ascendsByOne(first.start, length)

    let spans =
      isAlongRows && isWeighted ? TapSpans(first.start, length: length, step: 1) : TapSpans.none
    let repetition =
      switch isTapMajor ? arithmetic : nil {
      case .float32:
        TapRepetition(first.start, table.assumingMemoryBound(to: Float.self), taps: tapCount, layout.tapStride, interior)
      case .float64:
        TapRepetition(first.start, table.assumingMemoryBound(to: Double.self), taps: tapCount, layout.tapStride, interior)
      case nil where arithmetic == nil: TapRepetition(first.start, length: length)
      default: TapRepetition.none
      }
    let byteWeights = try ByteTaps.weights(
      table.assumingMemoryBound(to: Int16.self), length: hasByteWeights ? length : 0, taps: paddedTapCount)
    // Where eight samples are farther apart than three windows reach, one at a time is better.
    let hasWindows = byteWeights.count > 0 && spans.lengths.1 <= 3 * RSK_BYTES
    let byteWindows = try ByteTaps.windows(first.start, length: hasWindows ? length : 0, step: 1)

    self.inputLength = inputLength
    outputLength = length
    self.axis = axis
    self.tapCount = tapCount
    self.isIdentity = isIdentity
    self.first = first
    self.counts = counts
    self.weights = weights
    self.arithmetic = arithmetic
    (sampleStride, tapStride) = (layout.sampleStride, layout.tapStride)
    self.precision = precision
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

  /// The entries of an output sample: fixed-point kernels take several taps at a time.
  private static func paddedFixedPointTapCount(_ tapCount: Int) -> Int {
    if tapCount <= RSK_FEW_TAPS { return RSK_FEW_TAPS }
    return (tapCount + RSK_TAPS_AT_ONCE - 1) / RSK_TAPS_AT_ONCE * RSK_TAPS_AT_ONCE
  }

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

  /// The fractional bits of int16 weights: as many as the largest weight of the axis leaves room for, at most 22.
  /// docs/exactness.md#uint8
  private static func precision(ofLargest weight: Double) -> Int32 {
    var precision: Int32 = 0
    while precision < 22 && Int(0.5 + weight * Double(1 << (precision + 1))) < 1 << 15 { precision += 1 }
    return precision
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
