/// The samples that an output sample covers, all of the same weight: PyTorch's adaptive average pooling.
struct AreaRule {
  let inputLength: Int
  let outputLength: Int

  init(_ axis: Axis) {
    inputLength = axis.inputLength
    outputLength = axis.outputLength
  }

  /// From floor(index * in / out) up to ceil((index + 1) * in / out); lengths below 2^31 keep the products exact.
  func window(of index: Int) -> Window {
    let first = index * inputLength / outputLength
    let end = ((index + 1) * inputLength + outputLength - 1) / outputLength
    return Window(first: first, count: end - first)
  }
}
