import CShims

/// What rsk_taps has for kernels that multiply the lower 16 bits of weights as int16, and what is above them as bytes, four
/// source samples at a time.
struct QuadTaps: ~Copyable {
  let first: Buffer<Int32>
  let weights: Buffer<Int32>
  /// Of a window; 0 where a byte has no room for a weight, and where there are no output samples.
  let quads: Int
  /// The lower bits of all weights.
  let pairs: PairTaps

  /// The taps of a window for which it is worth the while: shorter ones, and those whose bytes there is no room for beside
  /// their samples, have remainders.
  static let tapCounts = 16...112

  /// Of a table of int16 weights with remainders, `stride` for each of `length` output samples.
  init(
    _ first: UnsafePointer<Int32>, _ counts: UnsafePointer<Int32>, _ weights: UnsafePointer<Int16>,
    remainders: UnsafePointer<Int16>, remainderBits: Int32, stride: Int, length: Int, inputLength: Int
  ) throws(ResampleError) {
    let lowHalves = try Buffer<Int16>(count: try checkedProduct(length, stride))
    let highBytes = try Buffer<Int8>(count: lowHalves.count)
    let (low, high) = (lowHalves.start, highBytes.start)
    var fits = true
    for entry in 0..<lowHalves.count {
      let weight = Int(weights[entry]) << Int(remainderBits) + Int(remainders[entry])
      low[entry] = Int16(truncatingIfNeeded: weight)
      // What the lower bits, which are -0x8000 and up, leave.
      let above = (weight + 1 << 15) >> 16
      high[entry] = Int8(clamping: above)
      fits = fits && Int(high[entry]) == above
    }
    // Small weights, at the ends of a window, have nothing above the lower bits.
    let starts = try Buffer<Int32>(count: length, after: length > 0 ? 3 : 0)
    let pairs = try PairTaps(first, counts, low, stride: stride, length: length, inputLength: inputLength)
    var longest = 1
    for output in 0..<length {
      let bytes = high + output * stride
      var (start, end) = (0, Int(counts[output]))
      while start < end && bytes[start] == 0 { start += 1 }
      while start < end && bytes[end - 1] == 0 { end -= 1 }
      let source = Int(first[output]) + start
      starts.start[output] = Int32(source & ~3)
      longest = max(longest, source & 3 + end - start)
    }
    let quads = length > 0 ? (longest + 3) / 4 : 0
    // Within the window of pairs, whose samples are there.
    for output in 0..<length {
      let start = Int(pairs.first[output])
      let end = (start + 2 * pairs.pairs + 3) & ~3
      starts.start[output] = max(Int32(start & ~3), min(starts.start[output], Int32(end - 4 * quads)))
    }
    // As in PairTaps.
    let fours = try Buffer<Int32>(count: try checkedProduct(length, quads), after: length > 0 ? 3 * quads : 0)
    memset(fours.start, 0, fours.count * MemoryLayout<Int32>.size)
    let bytes = UnsafeMutableRawPointer(fours.start).assumingMemoryBound(to: Int8.self)
    for output in 0..<length {
      for tap in 0..<Int(counts[output]) where high[output * stride + tap] != 0 {
        let place = Int(first[output]) + tap - Int(starts.start[output])
        // The first and the third are neighbours, and so are the second and the fourth.
        bytes[output * quads * 4 + place & ~3 + (place & 1) * 2 + (place & 2) / 2] = high[output * stride + tap]
      }
    }
    for neighbours in 0..<2 * fours.count {
      let (even, odd) = (Int(bytes[2 * neighbours]), Int(bytes[2 * neighbours + 1]))
      // The largest sums of products that int16 has room for.
      fits = fits && max(even, 0) + max(odd, 0) <= 128 && min(even, 0) + min(odd, 0) >= -128
    }
    if length > 0 { for entry in length..<length + 3 { starts.start[entry] = starts.start[length - 1] } }
    self.first = starts
    self.weights = fours
    self.quads = fits ? quads : 0
    self.pairs = pairs
    withExtendedLifetime(lowHalves) {}
    withExtendedLifetime(highBytes) {}
  }
}
