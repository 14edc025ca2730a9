import CShims

// Pixels of three or four bytes of which a row reads few: they are converted as they are read, not the whole row before. Samples
// are summed in the order of Horizontal.swift.

@inline(__always) func sparseBytePass<S: PixelSummation>(
  _ sums: S.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  let samples = samplesPerPixel
  let (first, counts, stride) = (table.pointee.first!, table.pointee.count!, table.pointee.tap_stride)
  let weights = table.pointee.weights!.assumingMemoryBound(to: S.Scalar.self)
  let length = table.pointee.length
  let end = endOfWholePixels(table.pointee, samples)
  var row = 0
  while row < targets.pointee.count {
    let source = sources.pointee.row(targets.pointee.first &+ row)
    let target = targets.pointee.row(row)
    /// The sums of a pixel's samples; `bytes` are those of a pixel of the source, and anything for a fourth of three.
    @inline(__always) func sum(_ x: Int, _ bytes: (UnsafeRawPointer) -> SIMD4<UInt8>) -> S.Vector {
      var pixel = source + Int(first[x]) &* samples
      var sum = S.product(S.splat(weights[x]), S.widened(bytes(pixel)))
      var tap = 1
      while tap < Int(counts[x]) {
        pixel += samples
        sum = S.multiplyAdd(sum, S.splat(weights[x &+ tap &* stride]), S.widened(bytes(pixel)))
        tap &+= 1
      }
      return sum
    }
    var x = 0
    while x < end {
      // A fourth sample of three is overwritten by the next pixel.
      store(sum(x) { load($0, as: SIMD4<UInt8>.self) }, at: target + x &* samples &* MemoryLayout<S.Scalar>.size)
      x &+= 1
    }
    let last = source + (table.pointee.source_length &* samples &- 4)
    while x < length {
      let sums = sum(x) { bytes in
        // What the row does not have is shifted in.
        let four = load(min(bytes, last), as: UInt32.self)
        return unsafeBitCast(bytes > last ? four &>> 8 : four, to: SIMD4<UInt8>.self)
      }
      S.store(sums, count: samples, at: target + x &* samples &* MemoryLayout<S.Scalar>.size)
      x &+= 1
    }
    row &+= 1
  }
}

/// The pixels below this read four bytes of every tap within the row, and are not its last.
@inline(__always) private func endOfWholePixels(_ table: rsk_taps, _ samples: Int) -> Int {
  var end = max(table.length &- 1, 0)
  while end > 0 {
    let last = Int(table.first![end &- 1]) &+ Int(table.count![end &- 1])
    if last &* samples &+ 4 &- samples <= table.source_length &* samples { break }
    end &-= 1
  }
  return end
}
