import CShims

/// What rsk_taps has for kernels that multiply the lower 16 bits of weights as int16, and what is above them as bytes, four
/// source samples at a time.
struct QuadTaps: ~Copyable {
  let first: Buffer<Int32>
  let weights: Buffer<Int32>
  /// Of a window; 0 where a byte has no room for a weight, and where there are no output samples.
  let quads: Int
  /// The lower bits of each weight of the table.
  let lowHalves: Buffer<Int16>

  /// The taps of a window for which it is worth the while: shorter ones, and those whose bytes there is no room for beside
  /// their samples, have remainders.
  static let tapCounts = 16...112

  /// Of a table of int16 weights with remainders, `stride` for each of `length` output samples.
  init(
    _ first: UnsafePointer<Int32>, _ counts: UnsafePointer<Int32>, _ weights: UnsafePointer<Int16>,
    remainders: UnsafePointer<Int16>, remainderBits: Int32, stride: Int, length: Int
  ) throws(ResampleError) {
    func weight(_ entry: Int) -> Int { Int(weights[entry]) << Int(remainderBits) + Int(remainders[entry]) }
    func high(_ entry: Int) -> Int { (weight(entry) + 1 << 15) >> 16 }
    /// The entries of a sample's taps that have something above the lower bits: those of small weights have not.
    func entries(_ output: Int) -> Range<Int> {
      var (start, end) = (output * stride, output * stride + Int(counts[output]))
      while start < end && high(start) == 0 { start += 1 }
      while start < end && high(end - 1) == 0 { end -= 1 }
      return start..<end
    }
    func source(_ output: Int, _ entry: Int) -> Int { Int(first[output]) + entry - output * stride }
    var longest = 1
    for output in 0..<length {
      let entries = entries(output)
      longest = max(longest, source(output, entries.lowerBound) & 3 + entries.count)
    }
    let quads = length > 0 ? (longest + 3) / 4 : 0
    // As in PairTaps.
    let entriesAfter = length > 0 ? 3 : 0
    let starts = try Buffer<Int32>(count: length, after: entriesAfter)
    let fours = try Buffer<Int32>(count: try checkedProduct(length, quads), after: entriesAfter * quads)
    memset(fours.start, 0, fours.count * MemoryLayout<Int32>.size)
    let bytes = UnsafeMutableRawPointer(fours.start).assumingMemoryBound(to: Int8.self)
    var fits = true
    for output in 0..<length {
      let entries = entries(output)
      let start = source(output, entries.lowerBound) & ~3
      starts[output] = Int32(start)
      for entry in entries {
        let place = source(output, entry) - start
        // The first and the third are neighbours, and so are the second and the fourth.
        let byte = output * quads * 4 + place & ~3 + (place & 1) * 2 + (place & 2) / 2
        fits = fits && high(entry) == Int(Int8(clamping: high(entry)))
        bytes[byte] = Int8(clamping: high(entry))
      }
    }
    for neighbours in 0..<2 * fours.count {
      let (even, odd) = (Int(bytes[2 * neighbours]), Int(bytes[2 * neighbours + 1]))
      // The largest sums of products that int16 has room for.
      fits = fits && max(even, 0) + max(odd, 0) <= 128 && min(even, 0) + min(odd, 0) >= -128
    }
    for entry in length..<length + entriesAfter { starts.start[entry] = starts[length - 1] }
    let lowHalves = try Buffer<Int16>(count: fits ? try checkedProduct(length, stride) : 0)
    for entry in 0..<lowHalves.count { lowHalves[entry] = Int16(truncatingIfNeeded: weight(entry)) }
    self.first = starts
    self.weights = fours
    self.quads = fits ? quads : 0
    self.lowHalves = lowHalves
  }
}
