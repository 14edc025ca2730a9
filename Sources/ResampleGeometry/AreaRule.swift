/// The samples that an output sample covers, all of the same weight: PyTorch's adaptive average pooling.
struct AreaRule {
  let inputLength: Int
  let outputLength: Int

  init(_ axis: Axis) {
    inputLength = axis.inputLength
    outputLength = axis.outputLength
  }

  /// No window has more samples.
  var mostTaps: Int { inputLength / max(outputLength, 1) + 2 }

  /// From floor(index * in / out) up to ceil((index + 1) * in / out); lengths below 2^31 keep the products exact.
  func window(of index: Int) -> Window {
    let first = index * inputLength / outputLength
    let end = ((index + 1) * inputLength + outputLength - 1) / outputLength
    return Window(first: first, count: end - first)
  }

  @inline(never)
  func fill<R: Real>(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let window = window(of: outputs.lowerBound &+ entry)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let weight = 1 / R(window.count)
      var place = entry &* layout.sampleStride
      for tap in 0..<mostTaps {
        weights[unchecked: place] = tap < window.count ? weight : 0
        place &+= layout.tapStride
      }
    }
  }
}
