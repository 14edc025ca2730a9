import CShims
import ResampleGeometry

/// The table of one axis: for each output sample its first source sample, how many it reads, and their weights.
package struct AxisTaps: ~Copyable {
  /// The table as kernels read it, in the memory below.
  let kernelTaps: rsk_taps
  /// The axis that this is all, or a part, of.
  let whole: WholeAxis
  /// The samples of the whole axis that are computed, and those that the table reads.
  package let outputs: Range<Int>
  package let sources: Range<Int>
  /// Every output sample is the source sample of its own index: there is nothing to do.
  package let isIdentity: Bool
  /// What the table was made of; nil of a transposed one.
  private let axis: Axis?
  private let workingType: WorkingType?
  private let first: Buffer<Int32>
  /// rsk_taps.first_bytes; empty where samples are weighted.
  private let firstBytes: Buffer<UInt8>
  /// Empty where samples are only copied: one each.
  private let counts: Buffer<Int32>
  /// Float, Double or Int16, by the working type; empty where samples are only copied.
  private let weights: Buffer<UInt8>
  /// Fixed point: rsk_taps.byte_weights and byte_windows; empty where there are none.
  private let byteWeights: Buffer<Int32>
  private let byteWindows: Buffer<rsk_byte_window>
  /// Fixed point: rsk_taps.pair_first and pair_weights; empty where there are none.
  private let pairs: PairTaps
  /// Fixed point: rsk_taps.remainders, byte_remainders and pair_remainders; empty where there are none.
  private let remainders: Buffer<Int16>
  private let byteRemainders: Buffer<Int32>
  private let pairRemainders: PairTaps
  /// Fixed point: rsk_taps.quad_first and quad_weights; empty where there are none.
  private let quads: QuadTaps

  /// Of the whole axis.
  package var inputLength: Int { whole.inputLength }
  package var outputLength: Int { kernelTaps.length }
  /// The most taps of an output sample.
  package var tapCount: Int { kernelTaps.most_taps }

  /// Of the samples `outputs`, all by default. Without a working type the table has indices alone.
  init(
    _ axis: Axis, outputs: Range<Int>? = nil, _ workingType: WorkingType?, _ direction: PassDirection = .acrossRows
  ) throws(ResampleError) {
    let outputs = outputs ?? 0..<axis.outputLength
    // Long axes are computed in float64, whatever their weights are stored in.
    if axis.isDouble {
      try self.init(AxisTapRule<Double>(axis, outputs: outputs), axis, workingType, direction)
    } else {
      try self.init(AxisTapRule<Float>(axis, outputs: outputs), axis, workingType, direction)
    }
  }

  private init<Weight: Real>(
    _ rule: AxisTapRule<Weight>, _ axis: Axis, _ workingType: WorkingType?, _ direction: PassDirection
  ) throws(ResampleError) {
    let table = try AxisTaps.table(rule, workingType, direction)
    try self.init(
      table, outputs: rule.outputs, sources: rule.sources, of: rule.isWhole ? nil : WholeAxis(axis), axis, workingType,
      direction)
  }

  private static func table<Weight: Real>(
    _ rule: AxisTapRule<Weight>, _ workingType: WorkingType?, _ direction: PassDirection
  ) throws(ResampleError) -> TapTable {
    guard let workingType else { return try TapTable(copying: rule) }
    return workingType.weightSize == MemoryLayout<Weight>.size
      ? try TapTable(rule, direction)
      : try TapTable(converting: rule, to: workingType, direction)
  }

  /// The transposed table: for each input sample of the axis those of the output samples `outputs` that read it.
  init(
    transposing axis: Axis, outputs: Range<Int>, _ workingType: WorkingType, _ direction: PassDirection
  ) throws(ResampleError) {
    let forward = try Owned.make(AxisTaps(axis, workingType))
    defer { Owned.destroy(forward) }
    let readers = try Buffer<Int32>(count: try checkedProduct(2, axis.inputLength))
    if workingType == .float64 {
      try self.init(Double.self, forward, outputs: outputs, readers.start, workingType, direction)
    } else {
      try self.init(Float.self, forward, outputs: outputs, readers.start, workingType, direction)
    }
    withExtendedLifetime(readers) {}
  }

  private init<Weight: Real>(
    _ weight: Weight.Type, _ forward: UnsafePointer<AxisTaps>, outputs: Range<Int>,
    _ readers: UnsafeMutablePointer<Int32>, _ workingType: WorkingType, _ direction: PassDirection
  ) throws(ResampleError) {
    let taps = forward.pointee.kernelTaps
    var whole: WholeAxis?
    if outputs.count < taps.length {
      let rule = TransposedTapRule<Weight>(taps, sources: 0..<taps.length, readers)
      whole = WholeAxis(
        inputLength: rule.inputLength, outputLength: rule.outputLength, tapCount: min(rule.inputLength, rule.mostTaps))
    }
    let table = try TapTable(TransposedTapRule<Weight>(taps, sources: outputs, readers), direction)
    try self.init(
      table, outputs: 0..<taps.source_length, sources: outputs, of: whole, nil, workingType, direction)
  }

  /// Without facts of a whole axis the table is that of it.
  private init(
    _ table: consuming TapTable, outputs: Range<Int>, sources: Range<Int>, of whole: WholeAxis?, _ axis: Axis?,
    _ workingType: WorkingType?, _ direction: PassDirection
  ) throws(ResampleError) {
    let (inputLength, length, isWeighted) = (table.inputLength, table.outputLength, workingType != nil)
    let (first, counts, layout) = (table.first.start, table.counts.start, table.layout)
    let weights = UnsafeRawPointer(table.weights.start)
    var (tapCount, fewestTaps) = (1, 1)
    var interior = AxisTaps.interior(first, isWeighted ? counts : nil, length, inputLength)
    if isWeighted {
      let inside = Extremes(counts, interior)
      let (before, after) = (
        Extremes(counts, 0..<interior.lowerBound), Extremes(counts, interior.upperBound..<length)
      )
      // One where there are no output samples, but none where there are no source samples.
      tapCount = min(inputLength, max(1, max(inside.most, before.most, after.most)))
      // Kernels look at one number alone.
      let hasEmptyWindows = min(inside.fewest, before.fewest, after.fewest) == 0
      fewestTaps = hasEmptyWindows ? 0 : interior.isEmpty ? tapCount : inside.fewest
    }
    let isIdentity =
      inputLength == length && tapCount == 1 && fewestTaps == 1 && TapSpans.ascendsByOne(first, length)
      && AxisTaps.areOnes(weights, workingType, length, layout.sampleStride, table)

    let spans =
      direction.isAlongRows && isWeighted ? TapSpans(first, length: length, step: 1) : TapSpans.none
    let repetition =
      switch direction.isAlongRows && workingType != .fixedPoint ? workingType : nil {
      // Bit by bit: which of two equal zeros it is may show.
      case .float32: AxisTaps.repetition(UInt32.self, table, fewestTaps, tapCount, &interior)
      case .float64: AxisTaps.repetition(UInt64.self, table, fewestTaps, tapCount, &interior)
      case nil where workingType == nil: TapRepetition(first, length: length)
      default: TapRepetition.none
      }
    let hasRemainders = table.hasRemainders
    let wantsBytes = direction.wants(RSK_BYTE_WEIGHTS, of: workingType) && table.remainderBits <= 8
    let byteWeights = try ByteTaps.weights(
      weights.assumingMemoryBound(to: Int16.self), length: wantsBytes ? length : 0, taps: layout.sampleStride)
    let byteRemainders = try ByteTaps.remainders(
      table.remainders.start, length: byteWeights.count > 0 && hasRemainders ? length : 0, taps: layout.sampleStride)
    // Where eight samples are farther apart than three windows reach, one at a time is better, but for remainders.
    let hasWindows = byteWeights.count > 0 && (hasRemainders || spans.lengths.1 <= 3 * RSK_BYTES)
    let byteWindows = try ByteTaps.windows(first, length: hasWindows ? length : 0, step: 1)
    let firstBytes = try AxisTaps.lowBytes(first, length: isWeighted ? 0 : length)
    let wantsQuads = direction.wants(RSK_QUAD_WEIGHTS, of: workingType)
    let isSplit = wantsQuads && hasRemainders && QuadTaps.tapCounts.contains(tapCount)
    let quads = try QuadTaps(
      first, counts, weights.assumingMemoryBound(to: Int16.self), remainders: table.remainders.start,
      remainderBits: table.remainderBits, stride: layout.sampleStride, length: isSplit ? length : 0,
      inputLength: inputLength)
    let hasPairs =
      direction.wants(RSK_PAIR_WEIGHTS, of: workingType) || wantsQuads
      || direction.wants(RSK_BYTE_WEIGHTS, of: workingType) && !hasWindows
    let pairs = try PairTaps(
      first, counts, weights.assumingMemoryBound(to: Int16.self), stride: layout.sampleStride,
      length: hasPairs && quads.quads == 0 ? length : 0, inputLength: inputLength)
    let pairRemainders = try PairTaps(
      first, counts, table.remainders.start, stride: layout.sampleStride,
      length: hasPairs && hasRemainders && quads.quads == 0 ? length : 0, inputLength: inputLength)

    let pairFirst = quads.quads > 0 ? quads.pairs.first.start : pairs.pairs > 0 ? pairs.first.start : nil
    let pairWeights = quads.quads > 0 ? quads.pairs.weights.start : pairs.pairs > 0 ? pairs.weights.start : nil
    kernelTaps = rsk_taps(
      first: first, count: counts, weights: weights, sample_stride: layout.sampleStride, tap_stride: layout.tapStride,
      source_length: inputLength, length: length, interior_start: interior.lowerBound,
      interior_end: interior.upperBound, fewest_taps: fewestTaps, most_taps: tapCount, precision: table.precision,
      step: 1, spans: spans.lengths, period: repetition.period, advance: repetition.advance,
      byte_weights: byteWeights.count == 0 ? nil : UnsafePointer(byteWeights.start),
      byte_stride: length + AxisTaps.entriesAfter,
      byte_windows: byteWindows.count == 0 ? nil : UnsafePointer(byteWindows.start),
      byte_window_count: byteWindows.count,
      pair_first: pairFirst, pair_weights: pairWeights, pairs: quads.quads > 0 ? quads.pairs.pairs : pairs.pairs,
      remainders: hasRemainders ? UnsafePointer(table.remainders.start) : nil,
      pair_remainders: pairRemainders.pairs == 0 ? nil : UnsafePointer(pairRemainders.weights.start),
      byte_remainders: byteRemainders.count == 0 ? nil : UnsafePointer(byteRemainders.start),
      quad_first: quads.quads == 0 ? nil : UnsafePointer(quads.first.start),
      quad_weights: quads.quads == 0 ? nil : UnsafePointer(quads.weights.start), quads: quads.quads,
      remainder_bits: hasRemainders ? table.remainderBits : 0,
      first_bytes: isWeighted ? nil : UnsafePointer(firstBytes.start))
    self.isIdentity = isIdentity
    self.whole = whole ?? WholeAxis(inputLength: inputLength, outputLength: length, tapCount: tapCount)
    self.outputs = outputs
    self.sources = sources
    self.axis = axis
    self.workingType = workingType
    self.first = table.first
    self.counts = table.counts
    self.weights = table.weights
    remainders = table.remainders
    self.byteWeights = byteWeights
    self.byteWindows = byteWindows
    self.pairs = pairs
    self.byteRemainders = byteRemainders
    self.pairRemainders = pairRemainders
    self.quads = quads
    self.firstBytes = firstBytes
  }

  /// The entries that kernels may read after the last of a table.
  static let entriesAfter = Int(RSK_WIDEST_VECTOR) - 1
  static let indicesAfter = Int(RSK_BYTES) - 1

  /// rsk_taps.first_bytes
  @_optimize(speed)
  static func lowBytes(_ first: UnsafePointer<Int32>, length: Int) throws(ResampleError) -> Buffer<UInt8> {
    let bytes = try Buffer<UInt8>(count: length, after: length > 0 ? indicesAfter : 0)
    let start = bytes.start
    for output in 0..<length { start[output] = UInt8(truncatingIfNeeded: first[output]) }
    return bytes
  }

  /// Whether the first weight of each output sample is 1.
  private static func areOnes(
    _ weights: UnsafeRawPointer, _ workingType: WorkingType?, _ length: Int, _ stride: Int, _ table: borrowing TapTable
  ) -> Bool {
    func areAll<Weight: Equatable>(_ one: Weight, _ weights: UnsafeRawPointer) -> Bool {
      let weights = weights.assumingMemoryBound(to: Weight.self)
      for output in 0..<length where weights[output * stride] != one { return false }
      return true
    }
    let one = 1 << table.precision
    return switch workingType {
    case .float32: areAll(Float(1), weights)
    case .float64: areAll(Double(1), weights)
    case .fixedPoint: !table.hasRemainders && areAll(Int16(truncatingIfNeeded: one), weights)
    case nil: true
    }
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

  /// The repetition of the interior, which takes the samples in that repeat, too, although they read the first or the last
  /// source sample: exact halves are interior from end to end.
  private static func repetition<Weight: Equatable>(
    _ weight: Weight.Type, _ table: borrowing TapTable, _ fewest: Int, _ most: Int, _ interior: inout Range<Int>
  ) -> TapRepetition {
    let (first, counts) = (UnsafePointer(table.first.start), UnsafePointer(table.counts.start))
    let weights = UnsafeRawPointer(table.weights.start).assumingMemoryBound(to: Weight.self)
    let tapStride = table.layout.tapStride
    let repetition = TapRepetition(first, weights, taps: most, tapStride, interior)
    let period = repetition.period
    guard period > 0, fewest == most else { return repetition }
    func repeats(_ output: Int) -> Bool {
      Int(first[output + period] - first[output]) == repetition.advance
        && (0..<most).allSatisfy { weights[output + $0 * tapStride] == weights[output + period + $0 * tapStride] }
    }
    var (start, end) = (interior.lowerBound, interior.upperBound)
    while start > 0 && Int(counts[start - 1]) == most && repeats(start - 1) { start -= 1 }
    while end < table.outputLength && Int(counts[end]) == most && repeats(end - period) { end += 1 }
    interior = start..<end
    return repetition
  }

  /// The position in the source axis that output sample `output` reads, before the border rule; NaN in a transposed table.
  @inline(never)
  package func coordinate(of output: Int) -> Double {
    guard let axis else { return .nan }
    let output = outputs.lowerBound + output
    return axis.isDouble
      ? AxisRule<Double>(axis).position(of: output) : Double(AxisRule<Float>(axis).position(of: output))
  }

  private func window(of output: Int) -> Window {
    Window(first: Int(first[output]), count: counts.count == 0 ? 1 : Int(counts[output]))
  }

  /// The `tap`-th source sample that output sample `output` reads; after the last, the last.
  package func index(of output: Int, tap: Int) -> Int {
    let window = window(of: output)
    return sources.lowerBound + window.first + min(tap, max(window.count - 1, 0))
  }

  /// The weight of that sample; after the last, 0.
  package func weight(of output: Int, tap: Int) -> Double {
    precondition(tap >= 0 && tap < tapCount && output >= 0 && output < outputLength)
    let entry = output * kernelTaps.sample_stride + tap * kernelTaps.tap_stride
    let start = UnsafeRawPointer(weights.start)
    return switch workingType {
    case nil: tap == 0 ? 1 : 0
    case .float32: Double(start.assumingMemoryBound(to: Float.self)[entry])
    case .float64: start.assumingMemoryBound(to: Double.self)[entry]
    case .fixedPoint:
      Double(
        Int(start.assumingMemoryBound(to: Int16.self)[entry]) << Int(kernelTaps.remainder_bits)
          + (kernelTaps.remainders == nil ? 0 : Int(remainders.start[entry])))
        / Double(1 << (kernelTaps.precision + kernelTaps.remainder_bits))
    }
  }
}

// MARK: For passes across rows

extension AxisTaps {
  /// The source rows that row `output` reads.
  func range(of output: Int) -> Range<Int> {
    let first = Int(kernelTaps.first[output])
    return first..<first + Int(kernelTaps.count[output])
  }

  /// Those from the first to the last that some rows read.
  func rows(readBy outputs: Range<Int>) -> Range<Int> {
    let start = range(of: outputs.lowerBound).lowerBound
    // An empty window may end before the one that precedes it.
    let last = outputs.last { !range(of: $0).isEmpty } ?? outputs.lowerBound
    return start..<max(start, range(of: last).upperBound)
  }

  /// The most that any `count` rows, counted in as many, read.
  func mostRows(readBy count: Int) -> Int {
    var most = 0
    for start in stride(from: 0, to: outputLength, by: count) {
      most = max(most, rows(readBy: start..<min(start + count, outputLength)).count)
    }
    return most
  }

  /// The fewest places of a ring that has room for a window: a power of two, so that the place of a row is some of its bits.
  var ringPlaces: Int {
    var places = 1
    while places < tapCount { places *= 2 }
    return places
  }
}
