import CShims

// Pixels of three or four bytes of which a row reads few: they are converted as they are read, not the whole row before.
// Samples are summed in the order of Horizontal.swift.

@inline(__always) func sparseBytePass<S: PixelSummation>(
  _ sums: S.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  let rows = SparseRows<S>(sources, table, samplesPerPixel, targets)
  let start = min(table.pointee.interior_start, table.pointee.length)
  let end = max(start, min(table.pointee.interior_end, rows.endOfWholePixels))
  rows.storeEnds(0..<start)
  if table.pointee.fewest_taps == 4 && table.pointee.most_taps == 4 {
    if !S.takesTwoRows {
      rows.storePixels(FourTaps.self, start..<end)
    } else if samplesPerPixel == 3 {
      rows.storeRowsOfFourTaps(samples: 3, start..<end)
    } else {
      rows.storeRowsOfFourTaps(samples: 4, start..<end)
    }
  } else {
    rows.storePixels(AnyTaps.self, start..<end)
  }
  rows.storeEnds(end..<table.pointee.length)
}

private struct SparseRows<S: PixelSummation> {
  private let count: Int
  private let source: UnsafeRawPointer
  private let sourceStride: Int
  private let target: UnsafeMutableRawPointer
  private let targetStride: Int
  private let table: UnsafePointer<rsk_taps>
  /// Of a pixel.
  private let samples: Int
  private let weights: UnsafePointer<S.Scalar>

  @inline(__always) init(
    _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, _ samples: Int,
    _ targets: UnsafePointer<rsk_target_rows>
  ) {
    count = targets.pointee.count
    source = sources.pointee.row(targets.pointee.first)
    sourceStride = sources.pointee.stride
    target = targets.pointee.start
    targetStride = targets.pointee.stride
    self.table = table
    self.samples = samples
    weights = table.pointee.weights!.assumingMemoryBound(to: S.Scalar.self)
  }

  /// The pixels below this read four bytes of every tap within the row, and 16 bytes from the first one on, and are not its
  /// last.
  @inline(__always) var endOfWholePixels: Int {
    var end = max(table.pointee.length &- 1, 0)
    while end > 0 {
      let (first, count) = (Int(table.pointee.first![end &- 1]), Int(table.pointee.count![end &- 1]))
      let bytes = max(count &* samples &+ 4 &- samples, 16)
      if first &* samples &+ bytes <= table.pointee.source_length &* samples { break }
      end &-= 1
    }
    return end
  }

  /// The weight of a tap, for every sample of pixel x.
  @inline(__always) private func weight(_ x: Int, _ tap: Int) -> S.Vector {
    S.splat(weights[x &+ tap &* table.pointee.tap_stride])
  }

  @inline(__always) private func sum(
    _ x: Int, taps: Int, from pixel: UnsafeRawPointer, _ bytes: (UnsafeRawPointer) -> SIMD4<UInt8>
  ) -> S.Vector {
    var pixel = pixel
    var sum = S.product(weight(x, 0), S.widened(bytes(pixel)))
    var tap = 1
    while tap < taps {
      pixel += samples
      sum = S.multiplyAdd(sum, weight(x, tap), S.widened(bytes(pixel)))
      tap &+= 1
    }
    return sum
  }

  /// A fourth sample of three is overwritten by the next pixel.
  @inline(__always) func storePixels<T: TapCount>(_ taps: T.Type, _ pixels: Range<Int>) {
    let (first, counts, samples) = (table.pointee.first!, table.pointee.count!, samples)
    let size = samples &* MemoryLayout<S.Scalar>.size
    var x = pixels.lowerBound
    while x < pixels.upperBound {
      var pixel = source + Int(first[x]) &* samples
      var place = target + x &* size
      let (a, b) = (weight(x, 0), weight(x, T.taps == 4 ? 1 : 0))
      let (c, d) = (weight(x, T.taps == 4 ? 2 : 0), weight(x, T.taps == 4 ? 3 : 0))
      var row = 0
      while row < count {
        @inline(__always) func widened(_ tap: Int) -> S.Vector {
          S.widened(load(pixel + tap &* samples, as: SIMD4<UInt8>.self))
        }
        if T.taps == 4 {
          var sum = S.multiplyAdd(S.product(a, widened(0)), b, widened(1))
          sum = S.multiplyAdd(sum, c, widened(2))
          store(S.multiplyAdd(sum, d, widened(3)), at: place)
        } else {
          store(sum(x, taps: Int(counts[x]), from: pixel) { load($0, as: SIMD4<UInt8>.self) }, at: place)
        }
        pixel += sourceStride
        place += targetStride
        row &+= 1
      }
      x &+= 1
    }
  }

  /// The same of four taps, two and two rows at a time; what is missing of these is the last row once more.
  @inline(__always) func storeRowsOfFourTaps(samples: Int, _ pixels: Range<Int>) {
    let (first, tapStride) = (table.pointee.first!, table.pointee.tap_stride)
    var row = 0
    while row < count {
      let last = count &- 1
      @inline(__always) func rows(_ row: Int) -> (UnsafeRawPointer, UnsafeMutableRawPointer) {
        (source + min(row, last) &* sourceStride, target + min(row, last) &* targetStride)
      }
      let (rowA, rowB, rowC, rowD) = (rows(row), rows(row &+ 1), rows(row &+ 2), rows(row &+ 3))
      let hasTwoMore = row &+ 2 <= last
      var x = pixels.lowerBound
      while x < pixels.upperBound {
        let weight = weights + x
        let taps = (
          S.splat(weight[0]), S.splat(weight[tapStride]), S.splat(weight[2 &* tapStride]),
          S.splat(weight[3 &* tapStride])
        )
        let (offset, place) = (Int(first[x]) &* samples, x &* samples &* MemoryLayout<S.Scalar>.size)
        S.storeSums(
          load(rowA.0 + offset, as: SIMD16<UInt8>.self), load(rowB.0 + offset, as: SIMD16<UInt8>.self),
          samples: samples, taps, at: rowA.1 + place, rowB.1 + place)
        if hasTwoMore {
          S.storeSums(
            load(rowC.0 + offset, as: SIMD16<UInt8>.self), load(rowD.0 + offset, as: SIMD16<UInt8>.self),
            samples: samples, taps, at: rowC.1 + place, rowD.1 + place)
        }
        x &+= 1
      }
      row &+= 4
    }
  }

  /// Those of which the row, or that of the output, has no four bytes.
  @inline(never) func storeEnds(_ pixels: Range<Int>) {
    var x = pixels.lowerBound
    while x < pixels.upperBound {
      var row = 0
      while row < count {
        let source = source + row &* sourceStride
        let last = source + (table.pointee.source_length &* samples &- 4)
        let pixel = source + Int(table.pointee.first![x]) &* samples
        let sums = sum(x, taps: Int(table.pointee.count![x]), from: pixel) { bytes in
          // What the row does not have is shifted in.
          let four = load(min(bytes, last), as: UInt32.self)
          return unsafeBitCast(bytes > last ? four &>> 8 : four, to: SIMD4<UInt8>.self)
        }
        let place = target + (row &* targetStride &+ x &* samples &* MemoryLayout<S.Scalar>.size)
        S.store(sums, count: samples, at: place)
        row &+= 1
      }
      x &+= 1
    }
  }
}
