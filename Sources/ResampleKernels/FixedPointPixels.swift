import CShims

// Fixed-point arithmetic along a row where the instruction set multiplies int16 and adds up neighbours, but does not permute
// bytes: the samples of a pixel side by side, two taps at a time, or four taps of a pixel of one sample.

@inline(__always) func horizontalFixedPointPass<V: UnpermutedPixels>(
  _ sums: V.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: rsk_taps, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>, scratch: UnsafeMutableRawPointer
) {
  let rows = ByteRows(sources, targets)
  var row = 0
  while row < rows.count {
    let (source, destination) = (rows.source(row), rows.destination(row))
    let made =
      samplesPerPixel > 4
      ? 0
      : table.remainders == nil
        ? storePixels(V.self, ExactWeights.self, source, table, samplesPerPixel, destination)
        : storePixels(V.self, RoundedWeights.self, source, table, samplesPerPixel, destination)
    storeFixedPointPixels(source, table, from: made, samplesPerPixel: samplesPerPixel, destination)
    row &+= 1
  }
}

@inline(__always) private func storePixels<V: UnpermutedPixels, W: WeightRounding>(
  _ sums: V.Type, _ rounding: W.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps, _ samplesPerPixel: Int,
  _ destination: UnsafeMutablePointer<UInt8>
) -> Int {
  samplesPerPixel == 1
    ? storePixels(V.self, W.self, OneSample.self, source, table, samplesPerPixel: 1, destination)
    : storePixels(V.self, W.self, SomeSamples.self, source, table, samplesPerPixel: samplesPerPixel, destination)
}

private protocol UnpermutedPixel {
  /// Those that are multiplied at a time.
  static var taps: Int { get }
}
private enum OneSample: UnpermutedPixel { @inline(__always) static var taps: Int { 4 } }
private enum SomeSamples: UnpermutedPixel { @inline(__always) static var taps: Int { 2 } }

/// Makes the pixels for which the source has all bytes that are loaded, but the last ones; returns how many. Four bytes
/// are stored at a time: what is too much belongs to the next pixel, which is written later.
@inline(never) private func storePixels<V: UnpermutedPixels, W: WeightRounding, P: UnpermutedPixel>(
  _ sums: V.Type, _ rounding: W.Type, _ pixel: P.Type, _ source: UnsafePointer<UInt8>, _ table: rsk_taps,
  samplesPerPixel: Int, _ destination: UnsafeMutablePointer<UInt8>
) -> Int {
  let mostTaps = (table.most_taps &+ P.taps &- 1) / P.taps &* P.taps
  let end = min(
    readablePixels(table, samplesPerPixel: samplesPerPixel, bytes: mostTaps &* samplesPerPixel &+ 4),
    table.length &- 4)
  let half: V.Vector = V.repeated(oneHalf(table.precision))
  // The half of a sum of two is in the first of them.
  let start = P.taps == 4 ? V.four(Int64(oneHalf(table.precision))) : half
  var x = 0
  while x < end {
    let weights = FixedPointWeights(table, of: x)
    let count = Int(table.count![x])
    var taps = source + Int(table.first![x]) &* samplesPerPixel
    var (sum, rest): (V.Vector, V.Vector) = (start, V.repeated(0))
    var tap = 0
    while tap < count {
      let first = load(taps, as: UInt32.self)
      let bytes = P.taps == 4 ? V.four(first) : V.pair(first, load(taps + samplesPerPixel, as: UInt32.self))
      @inline(__always) func add(_ sum: V.Vector, _ weights: UnsafePointer<Int16>) -> V.Vector {
        V.add(
          sum, bytes,
          P.taps == 4 ? V.four(load(weights + tap, as: Int64.self)) : V.repeated(load(weights + tap, as: Int32.self)))
      }
      sum = add(sum, weights.rounded)
      if !W.isExact { rest = add(rest, weights.remainders!) }
      taps += P.taps &* samplesPerPixel
      tap &+= P.taps
    }
    if P.taps == 4 { (sum, rest) = (V.sumOfTwo(sum), V.sumOfTwo(rest)) }
    if !W.isExact { sum = V.sum(sum, rest, shift: table.remainder_bits) }
    store(V.firstFour(V.bytes(sum, sum, sum, sum, shift: table.precision)), at: destination + x &* samplesPerPixel)
    x &+= 1
  }
  return max(end, 0)
}
