import CShims
import ResampleGeometry

/// What a rule computes for an axis, in the form that kernels of a working type want.
struct TapTable: ~Copyable {
  let inputLength: Int
  let outputLength: Int
  let first: Buffer<Int32>
  /// Empty where samples are only copied: one each.
  let counts: Buffer<Int32>
  /// Float, Double or Int16, by the working type; empty where samples are only copied.
  let weights: Buffer<UInt8>
  /// rsk_taps.remainders; empty where there are none.
  let remainders: Buffer<Int16>
  let remainderBits: Int32
  let layout: WeightLayout
  /// Fixed point: of `weights`, one of 1 is 1 << precision.
  let precision: Int32

  /// The table of samples that are copied: indices alone.
  init<Weight: Real>(copying rule: AxisTapRule<Weight>) throws(ResampleError) {
    let first = try TapTable.indices(rule.outputLength)
    let counts = try Buffer<Int32>(count: 0)
    let weights = try Buffer<UInt8>(count: 0)
    let remainders = try Buffer<Int16>(count: 0)
    var indices = first.elements.mutableSpan
    rule.fillSources(of: 0..<rule.outputLength, &indices)
    (inputLength, outputLength) = (rule.inputLength, rule.outputLength)
    (layout, precision, remainderBits) = (WeightLayout(sampleStride: 1, tapStride: 1), 0, 0)
    self.first = first
    self.counts = counts
    self.weights = weights
    self.remainders = remainders
  }

  /// The table of a rule that computes weights as the kernels want them. Those that go along rows want the weights of a tap
  /// side by side.
  init<Rule: TapRule>(_ rule: Rule, _ direction: PassDirection) throws(ResampleError) {
    let length = rule.outputLength
    let entries = try checkedProduct(length, rule.mostTaps)
    let first = try TapTable.indices(length)
    let counts = try TapTable.counts(length)
    let weights = try TapTable.weights(entries, size: MemoryLayout<Rule.Weight>.size)
    let remainders = try Buffer<Int16>(count: 0)
    let layout = TapTable.layout(length, taps: rule.mostTaps, isTapMajor: direction.isAlongRows)
    var indexSpan = first.elements.mutableSpan
    var countSpan = counts.elements.mutableSpan
    let start = UnsafeMutableRawPointer(weights.start).assumingMemoryBound(to: Rule.Weight.self)
    var weightSpan = UnsafeMutableBufferPointer(start: start, count: entries).mutableSpan
    rule.fill(0..<length, first: &indexSpan, counts: &countSpan, weights: &weightSpan, in: layout)
    (inputLength, outputLength, precision, remainderBits) = (rule.inputLength, length, 0, 0)
    self.layout = layout
    self.first = first
    self.counts = counts
    self.weights = weights
    self.remainders = remainders
  }

  /// The table of a rule whose weights are stored in another type: int16, or float32 of a long axis, which is computed in
  /// float64, and the reverse for a small image.
  init<Weight: Real>(
    converting rule: AxisTapRule<Weight>, to workingType: WorkingType, _ direction: PassDirection
  ) throws(ResampleError) {
    let first = try TapTable.indices(rule.outputLength)
    let counts = try TapTable.counts(rule.outputLength)
    var blocks = try TapBlocks(rule, first: first.start, counts: counts.start)
    let (precision, remainderBits) =
      workingType == .fixedPoint ? try TapTable.fixedPointBits(rule, &blocks) : (0, 0)
    try self.init(
      rule.inputLength, rule.outputLength, mostTaps: rule.mostTaps, first, counts, workingType, precision: precision,
      remainderBits: remainderBits, direction)
    blocks.fill(
      ConvertedWeights(
        UnsafeMutableRawPointer(weights.start), remainders: remainderBits > 0 ? remainders.start : nil, workingType,
        layout, precision: precision, remainderBits: remainderBits))
  }

  /// Zeros, to be filled. Fixed point: the windows are there.
  @inline(never)
  private init(
    _ inputLength: Int, _ length: Int, mostTaps: Int, _ first: consuming Buffer<Int32>,
    _ counts: consuming Buffer<Int32>, _ workingType: WorkingType, precision: Int32, remainderBits: Int32,
    _ direction: PassDirection
  ) throws(ResampleError) {
    let isFixedPoint = workingType == .fixedPoint
    let taps =
      isFixedPoint ? TapTable.paddedFixedPointTapCount(Extremes(counts.start, 0..<length).most) : mostTaps
    let entries = try checkedProduct(length, taps)
    let weights = try TapTable.weights(entries, size: workingType.weightSize)
    let remainders = try Buffer<Int16>(
      count: remainderBits > 0 ? entries : 0, after: remainderBits > 0 ? AxisTaps.entriesAfter : 0, isFilled: true)
    memset(weights.start, 0, weights.count)
    memset(remainders.start, 0, remainders.count * MemoryLayout<Int16>.size)
    layout = TapTable.layout(length, taps: taps, isTapMajor: direction.isAlongRows && !isFixedPoint)
    (self.inputLength, outputLength) = (inputLength, length)
    (self.precision, self.remainderBits) = (precision, remainderBits)
    self.first = first
    self.counts = counts
    self.weights = weights
    self.remainders = remainders
  }

  /// The fractional bits of int16 weights, and of their remainders: all weights decide.
  private static func fixedPointBits<Weight: Real>(
    _ rule: AxisTapRule<Weight>, _ blocks: inout TapBlocks<Weight>
  ) throws(ResampleError) -> (precision: Int32, remainderBits: Int32) {
    guard let bits = rule.fixedPointBits else {
      return (precision(ofLargest: try largestWeight(rule, &blocks).double), 0)
    }
    let largest = blocks.largestMagnitude()
    guard largest < leastTooLarge else {
      throw .invalidValue("weights of 2 and more, beyond the end of a long axis, have no fixed-point form")
    }
    let precision = precision(ofLargest: largest, below: ByteTaps.largestWeight + 1, most: bits)
    return (precision, bits - precision)
  }

  /// Of weights of a given precision. Inside an image no filter comes near, Lanczos at the edge of two samples has 1.29. But the
  /// float32 end of a box may lie beyond the end of an axis of more than 2^24 samples, where the sum that weights are divided by
  /// can be almost nothing.
  private static let leastTooLarge = 2 - 0x1p-14

  /// The largest weight of the whole axis.
  private static func largestWeight<Weight: Real>(
    _ rule: AxisTapRule<Weight>, _ blocks: inout TapBlocks<Weight>
  ) throws(ResampleError) -> Weight {
    // Finds the windows as well.
    let largest = blocks.largestWeight()
    if rule.isWhole { return largest }
    let whole = rule.whole
    let windows = try Buffer<Int32>(count: try checkedProduct(2, whole.outputLength))
    var ofWhole = try TapBlocks(whole, first: windows.start, counts: windows.start + whole.outputLength)
    return ofWhole.largestWeight()
  }

  // Kernels load whole vectors of the table, also where it ends within one.

  @inline(never)
  private static func indices(_ length: Int) throws(ResampleError) -> Buffer<Int32> {
    try Buffer(count: length, after: AxisTaps.indicesAfter, isFilled: true)
  }

  @inline(never)
  private static func counts(_ length: Int) throws(ResampleError) -> Buffer<Int32> {
    try Buffer(count: length, after: AxisTaps.entriesAfter, isFilled: true)
  }

  @inline(never)
  private static func weights(_ entries: Int, size: Int) throws(ResampleError) -> Buffer<UInt8> {
    try Buffer(count: try checkedProduct(entries, size), after: AxisTaps.entriesAfter * size, isFilled: true)
  }

  @inline(never)
  private static func layout(_ length: Int, taps: Int, isTapMajor: Bool) -> WeightLayout {
    isTapMajor
      ? WeightLayout(sampleStride: 1, tapStride: length) : WeightLayout(sampleStride: taps, tapStride: 1)
  }

  /// The entries of an output sample: fixed-point kernels take several taps at a time.
  private static func paddedFixedPointTapCount(_ tapCount: Int) -> Int {
    if tapCount <= RSK_FEW_TAPS { return RSK_FEW_TAPS }
    return (tapCount + RSK_TAPS_AT_ONCE - 1) / RSK_TAPS_AT_ONCE * RSK_TAPS_AT_ONCE
  }

  /// The fractional bits of int16 weights: as many as the largest weight of the axis leaves room for, at most 22.
  /// docs/exactness.md#uint8
  private static func precision(ofLargest weight: Double, below limit: Int = 1 << 15, most: Int32 = 22) -> Int32 {
    var precision: Int32 = 0
    while precision < most && Int(0.5 + weight * Double(1 << (precision + 1))) < limit { precision += 1 }
    return precision
  }

  /// Whether a remainder is not 0.
  var hasRemainders: Bool {
    for entry in 0..<remainders.count where remainders.start[entry] != 0 { return true }
    return false
  }
}
