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

/// An axis as asked for.
struct AxisTapRule<Weight: Real>: TapRule {
  let inputLength: Int
  let outputLength: Int
  private let rule: AxisRule<Weight>

  init(_ axis: Axis) {
    (inputLength, outputLength) = (axis.inputLength, axis.outputLength)
    rule = AxisRule(axis)
  }

  var mostTaps: Int { rule.mostTaps }

  /// Writes the only source sample of each of the output samples `outputs`, where samples are copied.
  func fillSources(of outputs: Range<Int>, _ first: inout MutableSpan<Int32>) {
    rule.fillSources(of: outputs, &first)
  }

  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<Weight>, in layout: WeightLayout
  ) {
    rule.fill(outputs, first: &first, counts: &counts, weights: &weights, in: layout)
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

  /// `forward` has weights of this type; `readers` has room for two entries a sample of the input. Both must outlive this.
  @_optimize(speed)
  init(_ forward: rsk_taps, _ readers: UnsafeMutablePointer<Int32>) {
    self.forward = forward
    let weights = forward.weights.assumingMemoryBound(to: Weight.self)
    forwardWeights = weights
    let length = forward.source_length
    let (first, end) = (readers, readers + length)
    (self.first, self.end) = (first, end)
    for input in 0..<length { (first[input], end[input]) = (.max, 0) }
    for output in 0..<forward.length {
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
    var last: Int32 = 0
    var mostTaps: Int32 = 1
    for input in 0..<length {
      if end[input] == 0 { (first[input], end[input]) = (last, last) }
      last = first[input]
      mostTaps = max(mostTaps, end[input] &- last)
    }
    self.mostTaps = Int(mostTaps)
  }

  var inputLength: Int { forward.length }
  var outputLength: Int { forward.source_length }

  @_optimize(speed)
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<Weight>, in layout: WeightLayout
  ) {
    for input in outputs {
      let entry = input &- outputs.lowerBound
      let (start, end) = (Int(self.first[input]), Int(end[input]))
      first[entry] = self.first[input]
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
