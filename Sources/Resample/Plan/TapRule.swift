import ResampleGeometry

/// What a table of taps is made of: the window of each output sample, and its weights.
protocol TapRule {
  associatedtype Weight: Real
  var inputLength: Int { get }
  var outputLength: Int { get }
  /// Windows never leave the input; their first samples, and their last, ascend. One may be empty.
  func window(of output: Int) -> Window
  /// Writes the weights of the samples in `window`, which is the window of `output`, to the first entries of `weights`.
  func fillWeights(of output: Int, in window: Window, _ weights: inout MutableSpan<Weight>)
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

  func window(of output: Int) -> Window { rule.window(of: output) }

  func fillWeights(of output: Int, in window: Window, _ weights: inout MutableSpan<Weight>) {
    rule.fillWeights(of: output, in: window, &weights)
  }
}

/// The other way round: the output samples that read each sample of the input, with the same weights.
struct TransposedTapRule: TapRule {
  private let forward: UnsafePointer<AxisTaps>
  /// The first output sample that reads each sample of the input, and the one behind the last.
  private let first: UnsafeMutablePointer<Int32>
  private let end: UnsafeMutablePointer<Int32>

  /// `readers` has room for two entries a sample of the input; they and `forward` must outlive this.
  init(_ forward: UnsafePointer<AxisTaps>, _ readers: UnsafeMutablePointer<Int32>) {
    self.forward = forward
    first = readers
    end = readers + forward.pointee.inputLength
    for input in 0..<forward.pointee.inputLength { (first[input], end[input]) = (.max, 0) }
    for output in 0..<forward.pointee.outputLength {
      let window = forward.pointee.window(of: output)
      // A weight of 0 reads nothing.
      for tap in 0..<window.count where forward.pointee.weight(of: output, tap: tap) != 0 {
        let input = window.first + tap
        first[input] = min(first[input], Int32(output))
        end[input] = max(end[input], Int32(output) + 1)
      }
    }
    // Keys' cubic is 0 one sample away: without it a window would begin before the one to its left, and kernels rely on the
    // order.
    var (nearest, furthest) = (Int32.max, Int32(0))
    for input in 0..<forward.pointee.inputLength where end[input] > 0 {
      furthest = max(furthest, end[input])
      end[input] = furthest
    }
    for input in (0..<forward.pointee.inputLength).reversed() where end[input] > 0 {
      nearest = min(nearest, first[input])
      first[input] = nearest
    }
    // Samples that nobody reads have an empty window, behind those before.
    var last: Int32 = 0
    for input in 0..<forward.pointee.inputLength {
      if end[input] == 0 { (first[input], end[input]) = (last, last) }
      last = first[input]
    }
  }

  var inputLength: Int { forward.pointee.outputLength }
  var outputLength: Int { forward.pointee.inputLength }

  func window(of output: Int) -> Window {
    Window(first: Int(first[output]), count: Int(end[output] - first[output]))
  }

  func fillWeights(of output: Int, in window: Window, _ weights: inout MutableSpan<Double>) {
    for tap in 0..<window.count {
      let read = forward.pointee.window(of: window.first + tap)
      let place = output - read.first
      weights[tap] =
        place >= 0 && place < read.count ? forward.pointee.weight(of: window.first + tap, tap: place) : 0
    }
  }
}
