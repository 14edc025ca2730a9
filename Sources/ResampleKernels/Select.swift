import CShims

/// Copies pixel first[x] of the source to pixel x, one by one; strides are in bytes.
@inline(__always) func selectPixels<P: Pixels>(
  _ pixels: P.Type, source: UnsafeRawPointer, sourceStride: Int, _ table: UnsafePointer<rsk_taps>,
  destination: UnsafeMutableRawPointer, destinationStride: Int
) {
  copyPixels(
    P.self, table.pointee.first!, 0, table.pointee.length, source: source, sourceStride: sourceStride,
    destination: destination, destinationStride: destinationStride)
}

/// The same where an instruction set can move pixels within a vector, for those that lie side by side.
@inline(__always) func selectPixels<P: PermutedPixels>(
  _ pixels: P.Type, source: UnsafeRawPointer, sourceStride: Int, _ table: UnsafePointer<rsk_taps>,
  destination: UnsafeMutableRawPointer, destinationStride: Int
) {
  let index = table.pointee.first!
  let length = table.pointee.length
  let size = MemoryLayout<P.Pixel>.size
  @inline(__always) func copy(_ from: Int, _ to: Int) {
    copyPixels(
      P.self, index, from, to, source: source, sourceStride: sourceStride, destination: destination,
      destinationStride: destinationStride)
  }
  guard sourceStride == size && destinationStride == size else { return copy(0, length) }
  let slack = table.pointee.step &- 1
  var x = 0
  if table.pointee.period > 0 && table.pointee.period <= P.width {
    // The same permutation of a window that moves on, for every vector.
    let permutation = P.permutation(index, from: Int32(0))
    let advance = P.width / table.pointee.period &* table.pointee.advance
    var base = 0
    let end = Int(index[min(P.width, length) &- 1]) &+ slack
    while end < P.width && x &+ P.width <= length && base &+ P.width <= table.pointee.source_length {
      store(P.permute(load(source + base &* size, as: P.Vector.self), permutation), at: destination + x &* size)
      base &+= advance
      x &+= P.width
    }
  }
  while x < length {
    let count = min(P.width, length &- x)
    let base = max(0, Int(index[x]) &- slack)
    let end = Int(index[x &+ count &- 1]) &+ slack
    let isWhole = count == P.width && base &+ P.width <= table.pointee.source_length
    if end &- base >= P.width || (!isWhole && !P.hasPartialAccess) {
      copy(x, x &+ count)
    } else {
      let permutation = P.permutation(index + x, from: Int32(truncatingIfNeeded: base))
      let window =
        isWhole
        ? load(source + base &* size, as: P.Vector.self)
        : P.loadPart(source + base &* size, bytes: (table.pointee.source_length &- base) &* size)
      if isWhole {
        store(P.permute(window, permutation), at: destination + x &* size)
      } else {
        P.storePart(P.permute(window, permutation), at: destination + x &* size, bytes: count &* size)
      }
    }
    x &+= count
  }
}

/// Pixels from ..< to, one by one.
@inline(__always) private func copyPixels<P: Pixels>(
  _ pixels: P.Type, _ index: UnsafePointer<Int32>, _ from: Int, _ to: Int, source: UnsafeRawPointer,
  sourceStride: Int, destination: UnsafeMutableRawPointer, destinationStride: Int
) {
  var x = from
  while x < to {
    store(load(source + Int(index[x]) &* sourceStride, as: P.Pixel.self), at: destination + x &* destinationStride)
    x &+= 1
  }
}

/// The same for pixels of any size.
@inline(__always) func selectBlocks(
  source: UnsafeRawPointer, sourceStride: Int, _ table: UnsafePointer<rsk_taps>, pixelSize: Int,
  destination: UnsafeMutableRawPointer, destinationStride: Int
) {
  let index = table.pointee.first!
  let step = MemoryLayout<FloatVector>.size
  var x = 0
  while x < table.pointee.length {
    let (from, to) = (source + Int(index[x]) &* sourceStride, destination + x &* destinationStride)
    if pixelSize < step {
      memcpy(to, from, pixelSize)
    } else {
      // The last vector begins among the bytes before.
      var byte = 0
      while byte &+ step <= pixelSize {
        store(load(from + byte, as: FloatVector.self), at: to + byte)
        byte &+= step
      }
      if byte < pixelSize {
        store(load(from + (pixelSize &- step), as: FloatVector.self), at: to + (pixelSize &- step))
      }
    }
    x &+= 1
  }
}
