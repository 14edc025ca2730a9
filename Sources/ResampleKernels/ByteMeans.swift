import CShims

// Plain loops, which the compiler makes vectors of.

/// rsk_byte_blending.horizontal
@inline(never)
func blendPixels(_ line: UnsafePointer<rsk_byte_line>, _ row: UnsafeMutableRawPointer) {
  switch line.pointee.samples_per_pixel {
  case 1: blend(line.pointee, row, 1)
  case 3: blend(line.pointee, row, 3)
  case 4: blend(line.pointee, row, 4)
  default: blend(line.pointee, row, line.pointee.samples_per_pixel)
  }
}

@_optimize(speed) @inline(__always)
private func blend(_ line: rsk_byte_line, _ row: UnsafeMutableRawPointer, _ samplesPerPixel: Int) {
  let row = row.assumingMemoryBound(to: Int16.self)
  let source = line.source.assumingMemoryBound(to: UInt8.self)
  let (first, weights) = (line.first!, line.weights!)
  for x in 0..<line.pixels {
    let pixel = source + Int(first[x]) &* samplesPerPixel
    let next = pixel + line.next
    let (near, far) = (Int32(weights[2 &* x]), Int32(weights[2 &* x &+ 1]))
    let target = row + x &* samplesPerPixel
    for sample in 0..<samplesPerPixel {
      let sum = Int32(pixel[sample]) &* near &+ Int32(next[sample]) &* far
      target[sample] = Int16(truncatingIfNeeded: sum >> 4)
    }
  }
}

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

/// rsk_byte_cells.add_rows
@_optimize(speed) @inline(never)
func addRows(
  _ source: UnsafeRawPointer, _ rowStride: Int, _ rows: Int, _ samples: Int, _ sums: UnsafeMutablePointer<UInt16>
) {
  let first = source.assumingMemoryBound(to: UInt8.self)
  let second = rows > 1 ? (source + rowStride).assumingMemoryBound(to: UInt8.self) : first
  if rows > 1 {
    for index in 0..<samples { sums[index] = UInt16(first[index]) &+ UInt16(second[index]) }
  } else {
    for index in 0..<samples { sums[index] = UInt16(first[index]) }
  }
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
  _ target: UnsafeMutableRawPointer
) {
  let target = target.assumingMemoryBound(to: UInt8.self)
  if factor == 0 {
    switch samplesPerPixel {
    case 1: halve(sums, cells, 1, target)
    case 3: halve(sums, cells, 3, target)
    case 4: halve(sums, cells, 4, target)
    default: halve(sums, cells, samplesPerPixel, target)
    }
  } else {
    switch samplesPerPixel {
    case 1: average(sums, cells, width, 1, factor, target)
    case 3: average(sums, cells, width, 3, factor, target)
    default: average(sums, cells, width, samplesPerPixel, factor, target)
    }
  }
}

@_optimize(speed) @inline(__always)
private func halve(
  _ sums: UnsafePointer<UInt16>, _ cells: Int, _ samplesPerPixel: Int, _ target: UnsafeMutablePointer<UInt8>
) {
  for cell in 0..<cells {
    let first = sums + cell &* 2 &* samplesPerPixel
    for sample in 0..<samplesPerPixel {
      let sum = first[sample] &+ first[sample &+ samplesPerPixel] &+ 2
      target[cell &* samplesPerPixel &+ sample] = UInt8(truncatingIfNeeded: sum >> 2)
    }
  }
}

@_optimize(speed) @inline(__always)
private func average(
  _ sums: UnsafePointer<UInt16>, _ cells: Int, _ width: Int, _ samplesPerPixel: Int, _ factor: Float,
  _ target: UnsafeMutablePointer<UInt8>
) {
  // Adding this leaves no fractional bits: halves go to even.
  let whole: Float = 0x1.8p23
  for cell in 0..<cells {
    let first = sums + cell &* width &* samplesPerPixel
    for sample in 0..<samplesPerPixel {
      var sum: UInt32 = 0
      for pixel in 0..<width { sum &+= UInt32(first[pixel &* samplesPerPixel &+ sample]) }
      let mean = Float(sum) * factor + whole
      target[cell &* samplesPerPixel &+ sample] = UInt8(truncatingIfNeeded: mean.bitPattern)
    }
  }
}
