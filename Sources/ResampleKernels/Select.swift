import CShims

// Rows of the output that are made of the same row of the input go two at a time: what is loaded and moved once is stored
// twice.

/// Calls `copy` for each row, or two, of the output, with the row of the input and whether there is a second; else the second
/// is the first once more.
@inline(__always) private func forEachRow(
  _ selection: rsk_selection,
  _ copy: (
    _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer, _ hasSecond: Bool
  ) -> Void
) {
  let rows = selection.rows!
  var to = selection.destination!
  var y = 0
  while y < selection.row_count {
    let source = selection.source! + Int(rows[y]) &* selection.source_row_stride
    let next = to + selection.destination_row_stride
    if y &+ 1 < selection.row_count && rows[y &+ 1] == rows[y] {
      copy(source, to, next, true)
      to = next + selection.destination_row_stride
      y &+= 2
    } else {
      copy(source, to, to, false)
      to = next
      y &+= 1
    }
  }
}

@inline(__always) func selectPixels<P: Pixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  selectOneByOne(P.self, selection)
}

@inline(__always) private func selectOneByOne<P: Pixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  let index = selection.taps!.pointee.first!
  let length = selection.taps!.pointee.length
  let (sourceStride, stride) = (selection.source_stride, selection.destination_stride)
  forEachRow(selection) { source, first, second, hasSecond in
    var x = 0
    while x < length {
      let pixel = load(source + Int(index[x]) &* sourceStride, as: P.Pixel.self)
      store(pixel, at: first + x &* stride)
      if hasSecond { store(pixel, at: second + x &* stride) }
      x &+= 1
    }
  }
}

/// The same where an instruction set can move pixels within a vector, for those that lie side by side.
@inline(__always) func selectPixels<P: PermutedPixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  let size = MemoryLayout<P.Pixel>.size
  let table = selection.taps!
  let isDense = selection.source_stride == size && selection.destination_stride == size
  let isLong = min(table.pointee.length, table.pointee.source_length) >= P.width
  if isDense && isLong {
    forEachRow(selection) { source, first, second, hasSecond in
      PixelRow<P>(table, source, first, hasSecond ? second : nil).select()
    }
  } else if isDense && P.hasPartialAccess {
    forEachRow(selection) { source, first, second, hasSecond in
      PixelRow<P>(table, source, first, hasSecond ? second : nil).selectParts()
    }
  } else {
    selectOneByOne(P.self, selection)
  }
}

/// One row of the input, and one or two of the output.
private struct PixelRow<P: PermutedPixels> {
  let index: UnsafePointer<Int32>
  let length: Int
  let sourceLength: Int
  let period: Int
  let advance: Int
  /// The first pixel of a vector may read one that lies that much after that of another.
  let slack: Int
  let source: UnsafeRawPointer
  let first: UnsafeMutableRawPointer
  let second: UnsafeMutableRawPointer?

  @inline(__always) init(
    _ table: UnsafePointer<rsk_taps>, _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer,
    _ second: UnsafeMutableRawPointer?
  ) {
    index = table.pointee.first!
    length = table.pointee.length
    sourceLength = table.pointee.source_length
    period = table.pointee.period
    advance = table.pointee.advance
    slack = table.pointee.step &- 1
    self.source = source
    self.first = first
    self.second = second
  }

  @inline(__always) private static var size: Int { MemoryLayout<P.Pixel>.size }

  /// Of at least a vector of pixels.
  @inline(__always) func select() {
    // The first and the last vector may overlap others; those between begin where they are aligned.
    selectVector(0)
    var x = P.width &- (Int(bitPattern: first) & (MemoryLayout<P.Vector>.size &- 1)) / PixelRow.size
    if period > 0 && period <= P.width && x &+ P.width <= length {
      // The same permutation of a window that moves on, for every vector.
      var base = Int(index[x]) &- slack
      if base >= 0 && Int(index[x &+ P.width &- 1]) &+ slack &- base < P.width {
        let permutation = P.permutation(index + x, from: Int32(truncatingIfNeeded: base))
        let step = P.width / period &* advance
        while x &+ P.width <= length && base &+ P.width <= sourceLength {
          put(P.permute(load(source + base &* PixelRow.size, as: P.Vector.self), permutation), x)
          base &+= step
          x &+= P.width
        }
      }
    }
    while x &+ P.width <= length {
      selectVector(x)
      x &+= P.width
    }
    if x < length { selectVector(length &- P.width) }
  }

  @inline(__always) private func selectVector(_ x: Int) {
    let base = min(max(0, Int(index[x]) &- slack), sourceLength &- P.width)
    if Int(index[x &+ P.width &- 1]) &+ slack &- base < P.width {
      let window = load(source + base &* PixelRow.size, as: P.Vector.self)
      put(P.permute(window, P.permutation(index + x, from: Int32(truncatingIfNeeded: base))), x)
    } else {
      copy(x, x &+ P.width)
    }
  }

  /// Of fewer pixels than a vector has.
  @inline(__always) func selectParts() {
    var x = 0
    while x < length {
      let count = min(P.width, length &- x)
      let base = max(0, Int(index[x]) &- slack)
      if Int(index[x &+ count &- 1]) &+ slack &- base < P.width {
        let window = P.loadPart(source + base &* PixelRow.size, bytes: (sourceLength &- base) &* PixelRow.size)
        let vector = P.permute(window, P.permutation(index + x, from: Int32(truncatingIfNeeded: base)))
        P.storePart(vector, at: first + x &* PixelRow.size, bytes: count &* PixelRow.size)
        if let second { P.storePart(vector, at: second + x &* PixelRow.size, bytes: count &* PixelRow.size) }
      } else {
        copy(x, x &+ count)
      }
      x &+= count
    }
  }

  @inline(__always) private func put(_ vector: P.Vector, _ x: Int) {
    store(vector, at: first + x &* PixelRow.size)
    if let second { store(vector, at: second + x &* PixelRow.size) }
  }

  /// Pixels from ..< to, one by one.
  @inline(__always) private func copy(_ from: Int, _ to: Int) {
    var x = from
    while x < to {
      let pixel = load(source + Int(index[x]) &* PixelRow.size, as: P.Pixel.self)
      store(pixel, at: first + x &* PixelRow.size)
      if let second { store(pixel, at: second + x &* PixelRow.size) }
      x &+= 1
    }
  }
}

/// Pixels of any size.
@inline(__always) func selectBlocks(_ selection: rsk_selection) {
  let index = selection.taps!.pointee.first!
  let length = selection.taps!.pointee.length
  let size = selection.pixel_size
  let step = MemoryLayout<FloatVector>.size
  forEachRow(selection) { source, first, second, hasSecond in
    var x = 0
    while x < length {
      let from = source + Int(index[x]) &* selection.source_stride
      let place = x &* selection.destination_stride
      if size < step {
        memcpy(first + place, from, size)
        if hasSecond { memcpy(second + place, from, size) }
      } else {
        // The last vector begins among the bytes before.
        @inline(__always) func copy(_ byte: Int) {
          let vector = load(from + byte, as: FloatVector.self)
          store(vector, at: first + (place &+ byte))
          if hasSecond { store(vector, at: second + (place &+ byte)) }
        }
        var byte = 0
        while byte &+ step <= size {
          copy(byte)
          byte &+= step
        }
        if byte < size { copy(size &- step) }
      }
      x &+= 1
    }
  }
}
