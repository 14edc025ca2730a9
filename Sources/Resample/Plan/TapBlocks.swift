import ResampleGeometry

/// The windows and weights of an axis, which its rule computes for some output samples at a time, in a type that is not the
/// table's.
struct TapBlocks<Rule: TapRule>: ~Copyable {
  private let rule: Rule
  private let first: UnsafeMutablePointer<Int32>
  private let counts: UnsafeMutablePointer<Int32>
  /// Weights of a block, `rule.mostTaps` for each output sample.
  private let weights: Buffer<Rule.Weight>
  private let blockLength: Int
  private static var entriesOfBlock: Int { 1024 }

  /// The windows go to `first` and `counts`.
  init(
    _ rule: Rule, first: UnsafeMutablePointer<Int32>, counts: UnsafeMutablePointer<Int32>
  ) throws(ResampleError) {
    self.rule = rule
    self.first = first
    self.counts = counts
    blockLength = max(1, min(rule.outputLength, TapBlocks.entriesOfBlock / rule.mostTaps))
    weights = try Buffer(count: try checkedProduct(blockLength, rule.mostTaps))
  }

  /// Finds the windows, and the largest weight.
  func largestWeight() -> Rule.Weight {
    var largest: Rule.Weight = 0
    forEachBlock { outputs, weights in
      for entry in 0..<outputs.count * rule.mostTaps { largest = max(largest, weights[entry]) }
    }
    return largest
  }

  /// Finds the windows, and writes the weights into a table that has room for `rule.mostTaps` of each output sample, or for
  /// as many as the longest window has, and zeros in it.
  @_optimize(speed)
  func fill<Weight: BitwiseCopyable>(
    _ table: UnsafeMutablePointer<Weight>, _ layout: WeightLayout, _ converted: (Rule.Weight) -> Weight
  ) {
    let most = rule.mostTaps
    let taps = layout.tapStride == 1 ? min(most, layout.sampleStride) : most
    forEachBlock { outputs, weights in
      for entry in 0..<outputs.count {
        let row = table + (outputs.lowerBound + entry) * layout.sampleStride
        for tap in 0..<taps { row[tap &* layout.tapStride] = converted(weights[entry &* most &+ tap]) }
      }
    }
  }

  @inline(__always)
  private func forEachBlock(_ body: (Range<Int>, UnsafePointer<Rule.Weight>) -> Void) {
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
