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
  /// The output samples whose weights they are.
  private var filled = 0..<0
  /// Where the next block begins.
  private var start = 0
  /// Most tables are a block, whose weights are there when they are asked for again.
  private static var entriesOfBlock: Int { 1 << 14 }

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
  mutating func largestWeight() -> Weight {
    var largest: Weight = 0
    while let outputs = next() {
      for entry in 0..<outputs.count * taps { largest = max(largest, weights[entry]) }
    }
    return largest
  }

  /// Finds the windows, and the largest magnitude of a weight: infinity where one is not a number.
  @inline(never)
  mutating func largestMagnitude() -> Double {
    var largest = 0.0
    while let outputs = next() {
      for entry in 0..<outputs.count * taps {
        let magnitude = weights[entry].double.magnitude
        largest = magnitude <= .greatestFiniteMagnitude ? max(largest, magnitude) : .infinity
      }
    }
    return largest
  }

  /// Finds the windows, and writes their weights into a table that has room for the longest, and zeros in it.
  mutating func fill(_ table: ConvertedWeights) {
    while let outputs = next() {
      table.convert(outputs, counts: counts + outputs.lowerBound, UnsafePointer(weights.start), taps: taps)
    }
  }

  private var taps: Int { rule.mostTaps }

  /// The output samples of the next block, whose weights are there then; nil after the last, to begin anew.
  @inline(never)
  private mutating func next() -> Range<Int>? {
    guard start < rule.outputLength else {
      start = 0
      return nil
    }
    let outputs = start..<min(start + blockLength, rule.outputLength)
    if outputs != filled {
      var first = UnsafeMutableBufferPointer(start: first + start, count: outputs.count).mutableSpan
      var counts = UnsafeMutableBufferPointer(start: counts + start, count: outputs.count).mutableSpan
      var weights = weights.elements.mutableSpan
      rule.fill(
        outputs, first: &first, counts: &counts, weights: &weights,
        in: WeightLayout(sampleStride: rule.mostTaps, tapStride: 1))
      filled = outputs
    }
    start = outputs.upperBound
    return outputs
  }
}

/// A table whose weights have another type than the rule computes them in.
struct ConvertedWeights {
  private let table: UnsafeMutableRawPointer
  private let remainders: UnsafeMutablePointer<Int16>?
  private let remainderBits: Int32
  private let workingType: WorkingType
  private let layout: WeightLayout
  private let one: Double

  /// `remainders`: of fixed-point weights that have `precision` + `remainderBits` fractional bits.
  init(
    _ table: UnsafeMutableRawPointer, remainders: UnsafeMutablePointer<Int16>?, _ workingType: WorkingType,
    _ layout: WeightLayout, precision: Int32, remainderBits: Int32
  ) {
    self.table = table
    self.remainders = remainders
    self.remainderBits = remainderBits
    self.workingType = workingType
    self.layout = layout
    one = Double(1 << (precision + remainderBits))
  }

  /// Writes the weights of some output samples: `counts` of each, which begin `taps` after those of the one before.
  @inline(never)
  func convert<Weight: Real>(
    _ outputs: Range<Int>, counts: UnsafePointer<Int32>, _ weights: UnsafePointer<Weight>, taps: Int
  ) {
    switch workingType {
    case .float64:
      let table = table.assumingMemoryBound(to: Double.self)
      forEachWeight(outputs, counts, weights, taps) { table[$0] = $1 }
    case .float32:
      let table = table.assumingMemoryBound(to: Float.self)
      forEachWeight(outputs, counts, weights, taps) { table[$0] = Float($1) }
    case .fixedPoint:
      let table = table.assumingMemoryBound(to: Int16.self)
      let half = (Int32(1) &<< remainderBits) &>> 1
      forEachWeight(outputs, counts, weights, taps) { place, weight in
        // Halves away from zero. The precision leaves room for every weight.
        let scaled = weight * one
        let rounded = Int32(truncatingIfNeeded: (scaled < 0 ? scaled - 0.5 : scaled + 0.5).truncated)
        let stored = Int16(clamping: (rounded &+ half) &>> remainderBits)
        table[place] = stored
        if let remainders { remainders[place] = Int16(truncatingIfNeeded: rounded &- Int32(stored) &<< remainderBits) }
      }
    }
  }

  @inline(__always)
  private func forEachWeight<Weight: Real>(
    _ outputs: Range<Int>, _ counts: UnsafePointer<Int32>, _ weights: UnsafePointer<Weight>, _ taps: Int,
    _ store: (Int, Double) -> Void
  ) {
    for entry in 0..<outputs.count {
      var place = (outputs.lowerBound &+ entry) &* layout.sampleStride
      for tap in 0..<Int(counts[entry]) {
        store(place, weights[entry &* taps &+ tap].double)
        place &+= layout.tapStride
      }
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
