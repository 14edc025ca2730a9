import CShims

/// What rsk_taps has for kernels that multiply the weights of two neighbouring source samples at a time, of windows that all
/// begin with an even one and are equally long.
struct PairTaps: ~Copyable {
  let first: Buffer<Int32>
  let weights: Buffer<Int32>
  /// Of a window.
  let pairs: Int

  /// Of a table of int16 weights, `stride` for each of `length` output samples; empty for none.
  @_optimize(speed)
  init(
    _ first: UnsafePointer<Int32>, _ counts: UnsafePointer<Int32>, _ weights: UnsafePointer<Int16>, stride: Int,
    length: Int, inputLength: Int
  ) throws(ResampleError) {
    var longest = 0
    for output in 0..<length { longest = max(longest, Int(first[output] & 1 + counts[output])) }
    let inputPairs = (inputLength + 1) / 2
    let pairs = min((longest + 1) / 2, inputPairs)
    // Kernels make some samples at a time: the last one again, with weights of 0, where there are no more.
    let entriesAfter = length > 0 ? 3 : 0
    let starts = try Buffer<Int32>(count: length, after: entriesAfter)
    let entries = try Buffer<Int32>(count: try checkedProduct(length, pairs), after: entriesAfter * pairs)
    memset(entries.start, 0, entries.count * MemoryLayout<Int32>.size)
    let halves = UnsafeMutableRawPointer(entries.start).assumingMemoryBound(to: Int16.self)
    for output in 0..<length {
      let window = Int(first[output])
      // The last windows end with the row.
      let start = 2 * min(window / 2, inputPairs - pairs)
      starts[output] = Int32(start)
      let entry = 2 * output * pairs + window - start
      for tap in 0..<Int(counts[output]) { halves[entry + tap] = weights[output * stride + tap] }
    }
    for entry in length..<length + entriesAfter { starts.start[entry] = starts[length - 1] }
    self.first = starts
    self.weights = entries
    self.pairs = pairs
  }
}
