import CShims

// Rows of pixels of three or four samples, the colours of an image: a vector is a pixel, whatever distance the next one reads.
// Windows of several pixels that are permuted (Horizontal.swift) take more instructions, but where vectors are very wide.
// Samples are summed in the order of those.

/// What the samples of pixels are in memory. Bytes are converted as they are read, where a row of them reads few.
protocol ColourSamples {
  associatedtype Sums: PixelSummation
  /// The bytes of a sample.
  static var size: Int { get }
  /// Four samples, and the first three of them.
  static func four(_ address: UnsafeRawPointer) -> Sums.Vector
  static func three(_ address: UnsafeRawPointer) -> Sums.Vector
  /// Whether four taps of two rows go into a vector: `PixelSummation.storeSums`.
  static var takesTwoRows: Bool { get }
}

enum ColourBytes<S: PixelSummation>: ColourSamples {
  typealias Sums = S
  @inline(__always) static var size: Int { 1 }
  @inline(__always) static func four(_ address: UnsafeRawPointer) -> S.Vector {
    S.widened(load(address, as: SIMD4<UInt8>.self))
  }
  @inline(__always) static func three(_ address: UnsafeRawPointer) -> S.Vector {
    let bytes = address.assumingMemoryBound(to: UInt8.self)
    return S.widened(SIMD4(bytes[0], bytes[1], bytes[2], 0))
  }
  @inline(__always) static var takesTwoRows: Bool { S.takesTwoRows }
}

/// As they are summed.
enum ColourSummands<S: PixelSummation>: ColourSamples {
  typealias Sums = S
  @inline(__always) static var size: Int { MemoryLayout<S.Scalar>.size }
  @inline(__always) static func four(_ address: UnsafeRawPointer) -> S.Vector { load(address, as: S.Vector.self) }
  @inline(__always) static func three(_ address: UnsafeRawPointer) -> S.Vector {
    var pixel = S.zero
    memcpy(&pixel, address, 3 &* size)
    return pixel
  }
  @inline(__always) static var takesTwoRows: Bool { false }
}

extension ColourSamples {
  /// Whether several rows share what is read of the table, and tables of two or four taps have loops of their own: where it is
  /// worth the code.
  @inline(__always) static var isFrequent: Bool { MemoryLayout<Sums.Scalar>.size == MemoryLayout<Float>.size }
}

@inline(__always) func colourPass<C: ColourSamples>(
  _ colours: C.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>,
  samplesPerPixel: Int, _ targets: UnsafePointer<rsk_target_rows>
) {
  var rows = ColourRows<C>(sources, table, samplesPerPixel, targets)
  while rows.count > 0 { rows.makeNext() }
}

private struct ColourRows<C: ColourSamples> {
  typealias S = C.Sums
  private(set) var count: Int
  private var source: UnsafeRawPointer
  private let sourceStride: Int
  private var target: UnsafeMutableRawPointer
  private let targetStride: Int
  private let table: UnsafePointer<rsk_taps>
  /// Of a pixel.
  private let samples: Int
  private let weights: UnsafePointer<S.Scalar>
  /// The pixels below this read four samples of every tap within the row, and 16 bytes from the first one on, and are not its
  /// last: a fourth sample of three is overwritten by the next pixel.
  private let whole: Int

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
    let most = max(4, 16 / C.size)
    var end = max(table.pointee.length &- 1, 0)
    while end > 0 {
      let (first, count) = (Int(table.pointee.first![end &- 1]), Int(table.pointee.count![end &- 1]))
      let read = max((count &- 1) &* samples &+ 4, most)
      if first &* samples &+ read <= table.pointee.source_length &* samples { break }
      end &-= 1
    }
    whole = end
  }

  /// Makes the next rows: the last one, or four; what is missing of these is the last row once more.
  @inline(__always) mutating func makeNext() {
    if C.isFrequent && (count > 1 || goesInPairs) {
      make(FourRows.self)
    } else {
      make(OneRow.self)
    }
  }

  private var goesInPairs: Bool {
    C.takesTwoRows && table.pointee.fewest_taps == 4 && table.pointee.most_taps == 4
  }

  @inline(__always) private mutating func make<R: RowCount>(_ rows: R.Type) {
    let taps = table.pointee.most_taps
    let hasLoop = C.takesTwoRows ? R.rows > 1 && goesInPairs : C.isFrequent && (taps == 2 || taps == 4)
    var pixels = 0..<whole
    if hasLoop && table.pointee.fewest_taps == taps {
      let start = min(table.pointee.interior_start, whole)
      let interior = start..<max(start, min(table.pointee.interior_end, whole))
      // In order: a fourth sample is overwritten.
      sumWindows(R.self, 0..<start)
      if !C.takesTwoRows && taps == 2 {
        sum(R.self, TwoTaps.self, interior)
      } else if !C.takesTwoRows {
        sum(R.self, FourTaps.self, interior)
      } else if samples == 3 {
        sumOfTwoRows(samples: 3, interior)
      } else {
        sumOfTwoRows(samples: 4, interior)
      }
      pixels = interior.upperBound..<whole
    }
    sumWindows(R.self, pixels)
    let left = max(count &- R.rows, 0)
    while count > left {
      sumWindows(OneRow.self, whole..<table.pointee.length, areWhole: false)
      source += sourceStride
      target += targetStride
      count &-= 1
    }
  }

  @inline(__always) private func pixel(_ row: Int, _ offset: Int) -> UnsafeRawPointer {
    source + (min(row, count &- 1) &* sourceStride &+ offset &* C.size)
  }

  @inline(__always) private func place(_ row: Int, _ x: Int) -> UnsafeMutableRawPointer {
    target + (min(row, count &- 1) &* targetStride &+ x &* samples &* MemoryLayout<S.Scalar>.size)
  }

  @inline(__always) private func four(_ row: Int, _ offset: Int) -> S.Vector { C.four(pixel(row, offset)) }

  /// Pixels that all have as many taps.
  @inline(__always) private func sum<R: RowCount, T: TapCount>(_ rows: R.Type, _ taps: T.Type, _ pixels: Range<Int>) {
    let (first, stride) = (table.pointee.first!, table.pointee.tap_stride)
    var x = pixels.lowerBound
    while x < pixels.upperBound {
      let weight = weights + x
      let (a, b) = (S.splat(weight[0]), S.splat(weight[stride]))
      let (c, d) = T.taps == 4 ? (S.splat(weight[2 &* stride]), S.splat(weight[3 &* stride])) : (a, b)
      let offset = Int(first[x]) &* samples
      let sums = RowVectors<S.Vector, R> { row in
        var sum = S.multiplyAdd(S.product(a, four(row, offset)), b, four(row, offset &+ samples))
        if T.taps == 4 {
          sum = S.multiplyAdd(sum, c, four(row, offset &+ 2 &* samples))
          sum = S.multiplyAdd(sum, d, four(row, offset &+ 3 &* samples))
        }
        return sum
      }
      sums.forEach { row, sum in store(sum, at: place(row, x)) }
      x &+= 1
    }
  }

  /// Four taps of bytes, two and two rows at a time. Known where it is compiled, the distance of pixels is part of what moves
  /// bytes.
  @inline(__always) private func sumOfTwoRows(samples: Int, _ pixels: Range<Int>) {
    let (first, stride) = (table.pointee.first!, table.pointee.tap_stride)
    let (sourceA, sourceB, sourceC, sourceD) = (pixel(0, 0), pixel(1, 0), pixel(2, 0), pixel(3, 0))
    let (targetA, targetB, targetC, targetD) = (place(0, 0), place(1, 0), place(2, 0), place(3, 0))
    let hasTwoMore = count > 2
    var x = pixels.lowerBound
    while x < pixels.upperBound {
      let weight = weights + x
      let taps = (
        S.splat(weight[0]), S.splat(weight[stride]), S.splat(weight[2 &* stride]), S.splat(weight[3 &* stride])
      )
      let (offset, place) = (Int(first[x]) &* samples, x &* samples &* MemoryLayout<S.Scalar>.size)
      S.storeSums(
        load(sourceA + offset, as: SIMD16<UInt8>.self), load(sourceB + offset, as: SIMD16<UInt8>.self),
        samples: samples, taps, at: targetA + place, targetB + place)
      if hasTwoMore {
        S.storeSums(
          load(sourceC + offset, as: SIMD16<UInt8>.self), load(sourceD + offset, as: SIMD16<UInt8>.self),
          samples: samples, taps, at: targetC + place, targetD + place)
      }
      x &+= 1
    }
  }

  /// Pixels of any number of taps; one row's, where they are not `whole`.
  @inline(never) private func sumWindows<R: RowCount>(_ rows: R.Type, _ pixels: Range<Int>, areWhole: Bool = true) {
    let areCut = R.rows == 1 && !areWhole
    @inline(__always) func read(_ row: Int, _ offset: Int) -> S.Vector {
      areCut && samples == 3 ? C.three(pixel(row, offset)) : four(row, offset)
    }
    let (first, counts, stride) = (table.pointee.first!, table.pointee.count!, table.pointee.tap_stride)
    var x = pixels.lowerBound
    while x < pixels.upperBound {
      var (weight, offset, tap) = (weights + x, Int(first[x]) &* samples, Int(counts[x]))
      var sums = RowVectors<S.Vector, R> { _ in S.zero }
      if tap > 0 {
        let splat = S.splat(weight[0])
        sums = RowVectors { S.product(splat, read($0, offset)) }
      }
      while tap > 1 {
        weight += stride
        offset &+= samples
        let splat = S.splat(weight[0])
        sums.update { S.multiplyAdd($1, splat, read($0, offset)) }
        tap &-= 1
      }
      sums.forEach { row, sum in
        if areCut { S.store(sum, count: samples, at: place(row, x)) } else { store(sum, at: place(row, x)) }
      }
      x &+= 1
    }
  }
}
