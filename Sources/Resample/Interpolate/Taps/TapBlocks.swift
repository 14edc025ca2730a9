import ResampleGeometry

/// The windows and weights of an axis, which its rule computes for some output samples at a time, in a type that is not the
/// table's.
struct TapBlocks<Weight: Real>: ~Copyable {
  private let rule: AxisTapRule<Weight>
  private let first: UnsafeMutablePointer<Int32>
  private let counts: UnsafeMutablePointer<Int32>
  /// Weights of a block, `rule.mostTaps` for each output sample.
  private let weights: Buffer<Weight>
  private let blockLength: Int
  private static var entriesOfBlock: Int { 1024 }

  /// The windows go to `first` and `counts`.
  init(
    _ rule: AxisTapRule<Weight>, first: UnsafeMutablePointer<Int32>, counts: UnsafeMutablePointer<Int32>
  ) throws(ResampleError) {
    let blockLength = max(1, min(rule.outputLength, TapBlocks.entriesOfBlock / rule.mostTaps))
    let weights = try Buffer<Weight>(count: try checkedProduct(blockLength, rule.mostTaps))
    self.rule = rule
    self.first = first
    self.counts = counts
    self.blockLength = blockLength
    self.weights = weights
  }

  /// Finds the windows, and the largest weight.
  @inline(never)
  func largestWeight() -> Weight {
    var largest: Weight = 0
    forEachBlock { outputs, weights in
      for entry in 0..<outputs.count * rule.mostTaps { largest = max(largest, weights[entry]) }
    }
    return largest
  }

  /// Finds the windows, and the largest magnitude of a weight: infinity where one is not a number.
  @inline(never)
  func largestMagnitude() -> Double {
    var largest = 0.0
    forEachBlock { outputs, weights in
      for entry in 0..<outputs.count * rule.mostTaps {
        let magnitude = weights[entry].double.magnitude
        largest = magnitude <= .greatestFiniteMagnitude ? max(largest, magnitude) : .infinity
      }
    }
    return largest
  }

  /// Finds the windows, and writes the weights into a table that has room for `rule.mostTaps` of each output sample, or for
  /// as many as the longest window has, and zeros in it.
  func fill(_ table: ConvertedWeights) {
    forEachBlock { outputs, weights in table.convert(outputs, weights, taps: rule.mostTaps) }
  }

  @inline(never)
  private func forEachBlock(_ body: (Range<Int>, UnsafePointer<Weight>) -> Void) {
    let layout = WeightLayout(sampleStride: rule.mostTaps, tapStride: 1)
    var start = 0
    while start < rule.outputLength {
      let outputs = start..<min(start + blockLength, rule.outputLength)
      var first = UnsafeMutableBufferPointer(start: first + start, count: outputs.count).mutableSpan
      var counts = UnsafeMutableBufferPointer(start: counts + start, count: outputs.count).mutableSpan
      var weights = weights.elements.mutableSpan
      rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout)
      body(outputs, UnsafePointer(self.weights.start))
      start = outputs.upperBound
    }
  }
}

/// A table whose weights have another type than the rule computes them in.
struct ConvertedWeights {
  private let table: UnsafeMutableRawPointer
  private let remainders: UnsafeMutablePointer<Int16>?
  private let remainderBits: Int32
  private let workingType: WorkingType
  private let layout: WeightLayout
  private let taps: Int
  private let one: Double

  /// The table has room for `taps` of each output sample, and so have the `remainders` of fixed-point weights that have
  /// `precision` + `remainderBits` fractional bits.
  init(
    _ table: UnsafeMutableRawPointer, remainders: UnsafeMutablePointer<Int16>?, _ workingType: WorkingType,
    _ layout: WeightLayout, taps: Int, precision: Int32, remainderBits: Int32
  ) {
    self.table = table
    self.remainders = remainders
    self.remainderBits = remainderBits
    self.workingType = workingType
    self.layout = layout
    self.taps = taps
    one = Double(1 << (precision + remainderBits))
  }

  /// Writes weights of some output samples, of which each has `taps` side by side.
  @inline(never)
  func convert<Weight: Real>(_ outputs: Range<Int>, _ weights: UnsafePointer<Weight>, taps: Int) {
    let stored = min(taps, self.taps)
    for entry in 0..<outputs.count {
      let place = (outputs.lowerBound + entry) * layout.sampleStride
      for tap in 0..<stored {
        store(weights[entry &* taps &+ tap].double, at: place &+ tap &* layout.tapStride)
      }
    }
  }

  private func store(_ weight: Double, at place: Int) {
    switch workingType {
    case .float64: table.assumingMemoryBound(to: Double.self)[place] = weight
    case .float32: table.assumingMemoryBound(to: Float.self)[place] = Float(weight)
    case .fixedPoint:
      // Halves away from zero.
      let scaled = weight * one
      let rounded = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
      let stored = Int16(clamping: (rounded + (1 << remainderBits) >> 1) >> remainderBits)
      table.assumingMemoryBound(to: Int16.self)[place] = stored
      if let remainders { remainders[place] = Int16(rounded - Int32(stored) << remainderBits) }
    }
  }
}

/// The most and the fewest taps of some output samples.
struct Extremes {
  let most: Int
  let fewest: Int

  @_optimize(speed)
  init(_ counts: UnsafePointer<Int32>, _ outputs: Range<Int>) {
    var (most, fewest) = (Int32(0), Int32.max)
    for output in outputs {
      let count = counts[output]
      most = count > most ? count : most
      fewest = count < fewest ? count : fewest
    }
    (self.most, self.fewest) = (Int(most), Int(fewest))
  }
}
