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
  let pixels = PixelRow<P>(selection.taps!)
  if selection.source_stride != size || selection.destination_stride != size {
    selectOneByOne(P.self, selection)
  } else if min(pixels.length, pixels.sourceLength) >= P.width {
    forEachRow(selection) { source, first, second, hasSecond in
      pixels.select(source, first, hasSecond ? second : nil)
    }
  } else if P.hasPartialAccess {
    forEachRow(selection) { source, first, second, hasSecond in
      pixels.selectParts(source, first, hasSecond ? second : nil)
    }
  } else {
    selectOneByOne(P.self, selection)
  }
}

/// What is the same for every row of pixels that lie side by side.
private struct PixelRow<P: PermutedPixels> {
  let table: UnsafePointer<rsk_taps>
  let index: UnsafePointer<Int32>
  let length: Int
  let sourceLength: Int
  /// The first pixel of a vector may read one that lies that much after that of another.
  let slack: Int
  /// Where the same permutation serves every vector, how much further a window begins than that before it; or else 0.
  let step: Int
  /// Windows of vectors that begin before that pixel are within the source.
  let readable: Int

  @inline(__always) init(_ table: UnsafePointer<rsk_taps>) {
    self.table = table
    index = table.pointee.first!
    length = table.pointee.length
    sourceLength = table.pointee.source_length
    slack = table.pointee.step &- 1
    let period = table.pointee.period
    let repeats = period > 0 && period <= P.width && slack == 0
    step = repeats ? P.width / period &* table.pointee.advance : 0
    var readable = length
    while repeats && readable > 0 && Int(index[readable &- 1]) &+ P.width > sourceLength { readable &-= 1 }
    self.readable = readable
  }

  @inline(__always) private static var size: Int { MemoryLayout<P.Pixel>.size }

  /// A row of at least a vector of pixels.
  @inline(__always) func select(
    _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?
  ) {
    // The first and the last vector may overlap others; those between begin where they are aligned.
    selectVector(source, first, second, 0)
    let last = length &- P.width
    var x = P.width &- (Int(bitPattern: first) & (MemoryLayout<P.Vector>.size &- 1)) / PixelRow.size
    if step > 0 && x <= last && Int(index[x &+ P.width &- 1] &- index[x]) < P.width {
      let permutation = P.permutation(table, x, from: index[x])
      var window = source + Int(index[x]) &* PixelRow.size
      let end = min(readable, last &+ 1)
      while x < end {
        put(P.permute(load(window, as: P.Vector.self), permutation), first, second, x)
        window += step &* PixelRow.size
        x &+= P.width
      }
    }
    while x <= last {
      selectVector(source, first, second, x)
      x &+= P.width
    }
    if x < length { selectVector(source, first, second, last) }
  }

  @inline(__always) private func selectVector(
    _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?, _ x: Int
  ) {
    let base = min(max(0, Int(index[x]) &- slack), sourceLength &- P.width)
    if Int(index[x &+ P.width &- 1]) &+ slack &- base < P.width {
      let window = load(source + base &* PixelRow.size, as: P.Vector.self)
      put(P.permute(window, P.permutation(table, x, from: Int32(truncatingIfNeeded: base))), first, second, x)
    } else {
      copy(source, first, second, x..<x &+ P.width)
    }
  }

  /// A row of fewer pixels than a vector has.
  @inline(__always) func selectParts(
    _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?
  ) {
    var x = 0
    while x < length {
      let count = min(P.width, length &- x)
      let base = max(0, Int(index[x]) &- slack)
      if Int(index[x &+ count &- 1]) &+ slack &- base < P.width {
        let window = P.loadPart(source + base &* PixelRow.size, bytes: (sourceLength &- base) &* PixelRow.size)
        let vector = P.permute(window, P.permutation(table, x, from: Int32(truncatingIfNeeded: base)))
        P.storePart(vector, at: first + x &* PixelRow.size, bytes: count &* PixelRow.size)
        if let second { P.storePart(vector, at: second + x &* PixelRow.size, bytes: count &* PixelRow.size) }
      } else {
        copy(source, first, second, x..<x &+ count)
      }
      x &+= count
    }
  }

  @inline(__always) private func put(
    _ vector: P.Vector, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?, _ x: Int
  ) {
    store(vector, at: first + x &* PixelRow.size)
    if let second { store(vector, at: second + x &* PixelRow.size) }
  }

  /// Pixels one by one.
  @inline(__always) private func copy(
    _ source: UnsafeRawPointer, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?,
    _ pixels: Range<Int>
  ) {
    var x = pixels.lowerBound
    while x < pixels.upperBound {
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
