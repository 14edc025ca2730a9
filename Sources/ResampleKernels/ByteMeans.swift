import CShims

// Plain arithmetic, of vectors as the compiler has them: it finds the instructions that multiply int16 and add up neighbours.

// MARK: Two taps along a row

/// rsk_byte_blending.horizontal
@inline(never)
func blendPixels(_ line: UnsafePointer<rsk_byte_line>, _ row: UnsafeMutableRawPointer) {
  let row = row.assumingMemoryBound(to: Int16.self)
  let line = line.pointee
  let done =
    switch (line.samples_per_pixel, line.shift) {
    case (1, _): blendSingles(line, row)
    case (3...4, 0): blendColours(FixedPoint.self, line, row, shift: 0)
    case (3...4, _): blendColours(FixedPoint.self, line, row, shift: 4)
    default: 0
    }
  blend(line, row, done..<line.pixels)
}

/// Sample by sample: the last pixels, and those of other numbers of samples.
@_optimize(size) @inline(never)
private func blend(_ line: rsk_byte_line, _ row: UnsafeMutablePointer<Int16>, _ pixels: Range<Int>) {
  let source = line.source.assumingMemoryBound(to: UInt8.self)
  for x in pixels {
    let pixel = source + Int(line.first[x]) &* line.samples_per_pixel
    let (near, far) = (Int32(line.weights[2 &* x]), Int32(line.weights[2 &* x &+ 1]))
    for sample in 0..<line.samples_per_pixel {
      let sum = Int32(pixel[sample]) &* near &+ Int32(pixel[sample &+ line.next]) &* far
      row[x &* line.samples_per_pixel &+ sample] = Int16(truncatingIfNeeded: sum >> line.shift)
    }
  }
}

/// The pixels below this whose taps lie `bytes` or more before the end of the row.
@inline(__always)
private func readablePixels(_ line: rsk_byte_line, bytes: Int) -> Int {
  var readable = line.pixels
  while readable > 0
    && Int(line.first[readable &- 1]) &* line.samples_per_pixel &+ bytes > line.samples
  { readable &-= 1 }
  return readable
}

@inline(__always)
private func load4<Number: BitwiseCopyable & SIMDScalar>(_ numbers: UnsafePointer<Number>) -> SIMD4<Number> {
  UnsafeRawPointer(numbers).loadUnaligned(as: SIMD4<Number>.self)
}

/// Pixels of three or four samples, four at a time; how many have been made. The fourth of three is overwritten by the next.
@_optimize(speed) @inline(__always)
private func blendColours<V: FixedPointSums>(
  _ sums: V.Type, _ line: rsk_byte_line, _ row: UnsafeMutablePointer<Int16>, shift: Int32
) -> Int {
  let source = line.source.assumingMemoryBound(to: UInt8.self)
  let (first, weights, samples, next) = (line.first!, line.weights!, line.samples_per_pixel, line.next)
  let end = min(readablePixels(line, bytes: next &+ 4), line.pixels &- 1)
  for x in 0..<max(end, 0) {
    let pixel = source + Int(first[x]) &* samples
    let near = SIMD4<Int32>(truncatingIfNeeded: load4(pixel))
    let far = SIMD4<Int32>(truncatingIfNeeded: load4(pixel + next))
    let sum = near &* Int32(weights[2 &* x]) &+ far &* Int32(weights[2 &* x &+ 1])
    let result = SIMD4<Int16>(truncatingIfNeeded: sum &>> shift)
    UnsafeMutableRawPointer(row + x &* samples).storeBytes(of: result, as: SIMD4<Int16>.self)
  }
  return max(end, 0)
}

/// The same, two pixels at a time.
@inline(__always)
private func blendColours<V: PairProducts>(
  _ sums: V.Type, _ line: rsk_byte_line, _ row: UnsafeMutablePointer<Int16>, shift: Int32
) -> Int {
  let (source, first, samples) = (line.source!, line.first!, line.samples_per_pixel)
  let weights = UnsafeRawPointer(line.weights!)
  guard line.next == samples else { return 0 }
  let permutation: SIMD16<Int8> =
    samples == 3
    ? SIMD16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)
    : SIMD16(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1)
  let end = min(readablePixels(line, bytes: 16), line.pixels &- 1) & -2
  var x = 0
  while x < end {
    let (a, b) = (source + Int(first[x]) &* samples, source + Int(first[x &+ 1]) &* samples)
    rsi_prefetch_to_read(UnsafeRawPointer(a) + line.following)
    let pairs = V.pairs(load(a, as: SIMD16<UInt8>.self), load(b, as: SIMD16<UInt8>.self), permutation)
    let (near, far) = (
      weights.load(fromByteOffset: 4 &* x, as: Int32.self), weights.load(fromByteOffset: 4 &* x &+ 4, as: Int32.self)
    )
    let products = V.products(pairs, V.weights(near, far))
    let made = SIMD8<Int16>(truncatingIfNeeded: unsafeBitCast(products, to: SIMD8<Int32>.self) &>> shift)
    UnsafeMutableRawPointer(row + x &* samples).storeBytes(of: made.lowHalf, as: SIMD4<Int16>.self)
    UnsafeMutableRawPointer(row + (x &+ 1) &* samples).storeBytes(of: made.highHalf, as: SIMD4<Int16>.self)
    x &+= 2
  }
  return max(end, 0)
}

/// The sums of the two bytes of eight pixels, times their weights.
@inline(__always)
private func pairSums<V: FixedPointSums>(
  _ sums: V.Type, _ pairs: SIMD8<UInt16>, _ weights: UnsafeRawPointer
) -> SIMD8<Int32> {
  let both = load(weights, as: SIMD8<Int32>.self)
  let near = SIMD8<Int32>(truncatingIfNeeded: pairs & 255)
  let far = SIMD8<Int32>(truncatingIfNeeded: pairs &>> 8)
  return near &* ((both &<< 16) &>> 16) &+ far &* (both &>> 16)
}

@inline(__always)
private func pairSums<V: PairProducts>(
  _ sums: V.Type, _ pairs: SIMD8<UInt16>, _ weights: UnsafeRawPointer
) -> SIMD8<Int32> {
  let words = V.widened(unsafeBitCast(pairs, to: SIMD16<UInt8>.self))
  return unsafeBitCast(V.neighbourProducts(words, load(weights, as: V.Words.self)), to: SIMD8<Int32>.self)
}

/// Pixels of one sample, eight at a time; how many have been made.
@_optimize(speed) @inline(__always)
private func blendSingles(_ line: rsk_byte_line, _ row: UnsafeMutablePointer<Int16>) -> Int {
  let (source, first, weights) = (line.source!, line.first!, UnsafeRawPointer(line.weights!))
  guard line.next == 1 else { return 0 }
  var x = 0
  while x &+ 8 <= line.pixels {
    @inline(__always) func pair(_ index: Int) -> UInt16 {
      source.loadUnaligned(fromByteOffset: Int(first[x &+ index]), as: UInt16.self)
    }
    let pairs = SIMD8<UInt16>(pair(0), pair(1), pair(2), pair(3), pair(4), pair(5), pair(6), pair(7))
    rsi_prefetch_to_read(source + (Int(first[x]) &+ line.following))
    let sums = pairSums(FixedPoint.self, pairs, weights + 4 &* x)
    let result = SIMD8<Int16>(truncatingIfNeeded: sums &>> line.shift)
    UnsafeMutableRawPointer(row + x).storeBytes(of: result, as: SIMD8<Int16>.self)
    x &+= 8
  }
  return x
}

// MARK: Two rows

/// rsk_byte_blending.vertical
@_optimize(speed) @inline(never)
func blendRows(
  _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ weights: UnsafePointer<Int16>, _ samples: Int,
  _ target: UnsafeMutableRawPointer
) {
  let (a, b) = (a.assumingMemoryBound(to: Int16.self), b.assumingMemoryBound(to: Int16.self))
  let target = target.assumingMemoryBound(to: UInt8.self)
  let (near, far) = (Int32(weights[0]), Int32(weights[1]))
  for index in 0..<samples {
    let first = Int16(truncatingIfNeeded: (Int32(a[index]) &* near) >> 16)
    let second = Int16(truncatingIfNeeded: (Int32(b[index]) &* far) >> 16)
    target[index] = UInt8(truncatingIfNeeded: (first &+ second &+ 2) >> 2)
  }
}

/// rsk_byte_blending.vertical_exact
@_optimize(speed) @inline(never)
func blendRowsExactly(
  _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ weights: UnsafePointer<Int16>, _ samples: Int,
  _ target: UnsafeMutableRawPointer
) {
  let (a, b) = (a.assumingMemoryBound(to: UInt16.self), b.assumingMemoryBound(to: UInt16.self))
  let target = target.assumingMemoryBound(to: UInt8.self)
  let (near, far) = (UInt32(UInt16(bitPattern: weights[0])), UInt32(UInt16(bitPattern: weights[1])))
  for index in 0..<samples {
    let sum = UInt32(a[index]) &* near &+ UInt32(b[index]) &* far
    target[index] = UInt8(truncatingIfNeeded: (sum &+ 0x8000) >> 16)
  }
}

// MARK: Cells

/// rsk_byte_cells.halve
@_optimize(speed) @inline(never)
func halveRows(
  _ source: UnsafeRawPointer, _ rowStride: Int, _ cells: Int, _ target: UnsafeMutableRawPointer
) {
  let below = source + rowStride
  /// 16 cells, in an int16 each.
  @inline(__always) func means(_ cell: Int) -> SIMD16<UInt16> {
    let (a, b) = (
      load(source + 2 &* cell, as: SIMD16<UInt16>.self), load(below + 2 &* cell, as: SIMD16<UInt16>.self)
    )
    return ((a & 255) &+ (a &>> 8) &+ (b & 255) &+ (b &>> 8) &+ 2) &>> 2
  }
  var cell = 0
  while cell &+ 16 <= cells {
    store(SIMD16<UInt8>(truncatingIfNeeded: means(cell)), at: target + cell)
    cell &+= 16
  }
  while cell < cells {
    let (a, b) = (load(source + 2 &* cell, as: UInt16.self), load(below + 2 &* cell, as: UInt16.self))
    store(UInt8(truncatingIfNeeded: ((a & 255) &+ (a >> 8) &+ (b & 255) &+ (b >> 8) &+ 2) >> 2), at: target + cell)
    cell &+= 1
  }
}

/// rsk_byte_cells.add_rows
@_optimize(speed) @inline(never)
func addRows(
  _ source: UnsafeRawPointer, _ rowStride: Int, _ rows: Int, _ samples: Int, _ sums: UnsafeMutablePointer<UInt16>
) {
  let first = source.assumingMemoryBound(to: UInt8.self)
  // A single row is that and nothing.
  let second = rows > 1 ? (source + rowStride).assumingMemoryBound(to: UInt8.self) : first
  let mask: UInt16 = rows > 1 ? 255 : 0
  for index in 0..<samples { sums[index] = UInt16(first[index]) &+ UInt16(second[index]) & mask }
  var row = 2
  while row < rows {
    let bytes = (source + row &* rowStride).assumingMemoryBound(to: UInt8.self)
    for index in 0..<samples { sums[index] &+= UInt16(bytes[index]) }
    row &+= 1
  }
}

/// rsk_byte_cells.average
@inline(never)
func averageCells(
  _ sums: UnsafePointer<UInt16>, _ cells: Int, _ width: Int, _ samplesPerPixel: Int, _ factor: Float,
  _ scratch: UnsafeMutablePointer<UInt8>, _ target: UnsafeMutableRawPointer
) {
  let target = target.assumingMemoryBound(to: UInt8.self)
  var done = 0
  if factor == 0 && 2...4 ~= samplesPerPixel {
    done = averagePairs(sums, cells, samplesPerPixel, scratch, target)
  } else if samplesPerPixel == 3 || samplesPerPixel == 4 {
    done = averageVectors(sums, cells, width, samplesPerPixel, factor, target)
  }
  for cell in done..<cells {
    let first = sums + cell &* width &* samplesPerPixel
    averageCell(first, width, samplesPerPixel, factor, target + cell &* samplesPerPixel)
  }
}

@_optimize(size) @inline(never)
private func averageCell(
  _ sums: UnsafePointer<UInt16>, _ width: Int, _ samplesPerPixel: Int, _ factor: Float,
  _ target: UnsafeMutablePointer<UInt8>
) {
  for sample in 0..<samplesPerPixel {
    var sum: UInt32 = 0
    for pixel in 0..<width { sum &+= UInt32(sums[pixel &* samplesPerPixel &+ sample]) }
    let mean = factor == 0 ? (sum &+ 2) >> 2 : (Float(sum) * factor + wholeNumber).bitPattern
    target[sample] = UInt8(truncatingIfNeeded: mean)
  }
}

/// Adding this leaves no fractional bits: halves go to even.
private var wholeNumber: Float { @inline(__always) get { 0x1.8p23 } }

/// Cells of two pixels; how many have been made. Of two or three samples the means of all neighbours go to `scratch`, every
/// other pixel of it to the target, whose last bytes the next pixel overwrites.
@_optimize(speed) @inline(__always)
private func averagePairs(
  _ sums: UnsafePointer<UInt16>, _ cells: Int, _ samplesPerPixel: Int, _ scratch: UnsafeMutablePointer<UInt8>,
  _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  if samplesPerPixel == 4 {
    // Four pixels of the target: every second one of eight, and those between.
    for group in 0..<cells / 4 {
      let pixels = load(sums + 32 &* group, as: SIMD8<UInt64>.self)
      let first = unsafeBitCast(pixels.evenHalf, to: SIMD16<UInt16>.self)
      let second = unsafeBitCast(pixels.oddHalf, to: SIMD16<UInt16>.self)
      store(SIMD16<UInt8>(truncatingIfNeeded: (first &+ second &+ 2) &>> 2), at: target + 16 &* group)
    }
    return cells & -4
  }
  for sample in 0..<(2 &* cells &- 1) &* samplesPerPixel {
    scratch[sample] = UInt8(truncatingIfNeeded: (sums[sample] &+ sums[sample &+ samplesPerPixel] &+ 2) >> 2)
  }
  for cell in 0..<max(cells &- 1, 0) {
    let mean = UnsafeRawPointer(scratch + 2 &* cell &* samplesPerPixel).loadUnaligned(as: UInt32.self)
    UnsafeMutableRawPointer(target + cell &* samplesPerPixel).storeBytes(of: mean, as: UInt32.self)
  }
  return max(cells &- 1, 0)
}

/// Pixels of three or four samples, four at a time; how many have been made. The fourth of three is overwritten by the next.
@_optimize(speed) @inline(__always)
private func averageVectors(
  _ sums: UnsafePointer<UInt16>, _ cells: Int, _ width: Int, _ samplesPerPixel: Int, _ factor: Float,
  _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  for cell in 0..<max(cells &- 1, 0) {
    var pixel = sums + cell &* width &* samplesPerPixel
    var sum = SIMD4<UInt32>(truncatingIfNeeded: load4(pixel))
    for _ in 1..<max(width, 1) {
      pixel += samplesPerPixel
      sum &+= SIMD4<UInt32>(truncatingIfNeeded: load4(pixel))
    }
    let product = SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: sum)) * factor
    let mean = unsafeBitCast(product + wholeNumber, to: SIMD4<UInt32>.self)
    UnsafeMutableRawPointer(target + cell &* samplesPerPixel)
      .storeBytes(of: SIMD4<UInt8>(truncatingIfNeeded: mean), as: SIMD4<UInt8>.self)
  }
  return max(cells &- 1, 0)
}
