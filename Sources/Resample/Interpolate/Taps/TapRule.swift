import CShims
import ResampleGeometry

/// What a table of taps is made of: the window of each output sample, and its weights.
protocol TapRule {
  associatedtype Weight: Real
  var inputLength: Int { get }
  var outputLength: Int { get }
  /// No window has more samples.
  var mostTaps: Int { get }
  /// Writes the windows of the output samples `outputs`, and `mostTaps` weights for each: zeros after its last. Windows
  /// never leave the input; their first samples, and their last, ascend. One may be empty.
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<Weight>, in layout: WeightLayout)
}

/// An axis as asked for, or a part of its output: its input begins with the first sample that the part reads.
struct AxisTapRule<Weight: Real>: TapRule {
  private let axis: Axis
  private let rule: AxisRule<Weight>
  /// Of the whole axis.
  let outputs: Range<Int>
  let sources: Range<Int>

  init(_ axis: Axis, outputs: Range<Int>) {
    let rule = AxisRule<Weight>(axis)
    self.axis = axis
    self.rule = rule
    self.outputs = outputs
    if outputs.count == axis.outputLength {
      sources = 0..<axis.inputLength
    } else {
      let last = rule.window(of: outputs.upperBound - 1)
      sources = rule.window(of: outputs.lowerBound).first..<last.first + last.count
    }
  }

  var inputLength: Int { sources.count }
  var outputLength: Int { outputs.count }
  var mostTaps: Int { rule.mostTaps }

  var isWhole: Bool { outputs.count == axis.outputLength }
  /// The fractional bits of fixed-point weights; nil: as many as int16 has room for.
  var fixedPointBits: Int32? { axis.convention.fixedPointBits }
  /// The same of all of the axis.
  var whole: AxisTapRule { AxisTapRule(axis, outputs: 0..<axis.outputLength) }

  /// Writes the only source sample of each of the output samples `outputs`, where samples are copied.
  func fillSources(of outputs: Range<Int>, _ first: inout MutableSpan<Int32>) {
    rule.fillSources(of: inWhole(outputs), &first)
    countFromPart(&first, outputs.count)
  }

  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<Weight>, in layout: WeightLayout
  ) {
    rule.fill(inWhole(outputs), first: &first, counts: &counts, weights: &weights, in: layout)
    countFromPart(&first, outputs.count)
  }

  private func inWhole(_ part: Range<Int>) -> Range<Int> {
    outputs.lowerBound + part.lowerBound..<outputs.lowerBound + part.upperBound
  }

  private func countFromPart(_ first: inout MutableSpan<Int32>, _ count: Int) {
    if sources.lowerBound == 0 { return }
    for entry in 0..<count { first[entry] -= Int32(sources.lowerBound) }
  }
}

/// The transpose: the output samples that read each sample of the input, with the same weights.
struct TransposedTapRule<Weight: Real>: TapRule {
  private let forward: rsk_taps
  private let forwardWeights: UnsafePointer<Weight>
  /// The first output sample that reads each sample of the input, and the one after the last.
  private let first: UnsafeMutablePointer<Int32>
  private let end: UnsafeMutablePointer<Int32>
  let mostTaps: Int

  /// The output samples that are there, by their numbers in the whole.
  private let sources: Range<Int>

  /// `forward` has weights of this type; `readers` has room for two entries a sample of the input. Both must outlive this.
  /// Samples of the output but for `sources` are not there: nobody reads them.
  @_optimize(speed)
  init(_ forward: rsk_taps, sources: Range<Int>, _ readers: UnsafeMutablePointer<Int32>) {
    self.forward = forward
    self.sources = sources
    let weights = forward.weights.assumingMemoryBound(to: Weight.self)
    forwardWeights = weights
    let length = forward.source_length
    let (first, end) = (readers, readers + length)
    (self.first, self.end) = (first, end)
    for input in 0..<length { (first[input], end[input]) = (.max, 0) }
    for output in sources {
      let row = weights + output &* forward.sample_stride
      // A weight of 0 reads nothing.
      for tap in 0..<Int(forward.count[output]) where row[tap &* forward.tap_stride] != 0 {
        let input = Int(forward.first[output]) &+ tap
        first[input] = min(first[input], Int32(truncatingIfNeeded: output))
        end[input] = max(end[input], Int32(truncatingIfNeeded: output &+ 1))
      }
    }
    // Keys' cubic is 0 one sample away: without it a window would begin before the one to its left, and kernels rely on the
    // order.
    var (nearest, furthest) = (Int32.max, Int32(0))
    for input in 0..<length where end[input] > 0 {
      furthest = max(furthest, end[input])
      end[input] = furthest
    }
    for input in (0..<length).reversed() where end[input] > 0 {
      nearest = min(nearest, first[input])
      first[input] = nearest
    }
    // Samples that nobody reads have an empty window, which starts where the last one does.
    var last = Int32(truncatingIfNeeded: sources.lowerBound)
    var mostTaps: Int32 = 1
    for input in 0..<length {
      if end[input] == 0 { (first[input], end[input]) = (last, last) }
      last = first[input]
      mostTaps = max(mostTaps, end[input] &- last)
    }
    self.mostTaps = Int(mostTaps)
  }

  var inputLength: Int { sources.count }
  var outputLength: Int { forward.source_length }

  @_optimize(speed)
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<Weight>, in layout: WeightLayout
  ) {
    for input in outputs {
      let entry = input &- outputs.lowerBound
      let (start, end) = (Int(self.first[input]), Int(end[input]))
      first[entry] = Int32(truncatingIfNeeded: start &- sources.lowerBound)
      counts[entry] = Int32(truncatingIfNeeded: end &- start)
      var place = entry &* layout.sampleStride
      for reader in start..<start &+ mostTaps {
        var weight: Weight = 0
        if reader < end {
          let tap = input &- Int(forward.first[reader])
          let isRead = tap >= 0 && tap < Int(forward.count[reader])
          if isRead { weight = forwardWeights[reader &* forward.sample_stride &+ tap &* forward.tap_stride] }
        }
        weights[place] = weight
        place &+= layout.tapStride
      }
    }
  }
}
