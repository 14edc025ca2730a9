import CShims

/// Calls `select` for each row of the output; `copies`: not for those that are the row before them once more, if their pixels
/// lie side by side. (To write both at once is slower: memory likes to be written in one order.)
@inline(__always) private func forEachRow(
  _ selection: rsk_selection, copies: Bool = true,
  _ select: (_ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer) -> Void
) {
  let rows = selection.rows!
  let copies = copies && selection.destination_stride == selection.pixel_size
  let rowSize = selection.taps!.pointee.length &* selection.pixel_size
  var row = selection.destination!
  var y = 0
  while y < selection.row_count {
    if copies && y > 0 && rows[y] == rows[y &- 1] {
      memcpy(row, row - selection.destination_row_stride, rowSize)
    } else {
      select(selection.source! + Int(rows[y]) &* selection.source_row_stride, row)
    }
    row += selection.destination_row_stride
    y &+= 1
  }
}

@inline(__always) func selectPixels<P: Pixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  selectOneByOne(P.self, selection)
}

@inline(__always) private func selectOneByOne<P: Pixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  forEachRow(selection) { source, row in
    copyPixels(
      P.self, selection.taps!, source, sourceStride: selection.source_stride, row, stride: selection.destination_stride)
  }
}

@inline(never) private func copyPixels<P: Pixels>(
  _ pixels: P.Type, _ table: UnsafePointer<rsk_taps>, _ source: UnsafeRawPointer, sourceStride: Int,
  _ row: UnsafeMutableRawPointer, stride: Int
) {
  let index = table.pointee.first!
  let length = table.pointee.length
  @inline(__always) func copy(_ x: Int) {
    store(load(source + Int(index[x]) &* sourceStride, as: P.Pixel.self), at: row + x &* stride)
  }
  copyEach(0..<length, copy)
}

/// Calls `copy` for each pixel: what a loop is costs as much as one of them, so it takes four.
@inline(__always) private func copyEach(_ pixels: Range<Int>, _ copy: (Int) -> Void) {
  var x = pixels.lowerBound
  while x &+ 4 <= pixels.upperBound {
    copy(x)
    copy(x &+ 1)
    copy(x &+ 2)
    copy(x &+ 3)
    x &+= 4
  }
  while x < pixels.upperBound {
    copy(x)
    x &+= 1
  }
}

/// The same where an instruction set can move pixels within a vector, for those that lie side by side.
@inline(__always) func selectPixels<P: PermutedPixels>(_ pixels: P.Type, _ selection: rsk_selection) {
  let size = MemoryLayout<P.Pixel>.size
  let pixels = PixelRow<P>(selection.taps!)
  if selection.source_stride != size || selection.destination_stride != size {
    selectOneByOne(P.self, selection)
  } else if pixels.sourceLength > pixels.length {
    // No window has all that a vector reads.
    forEachRow(selection) { source, row in pixels.copy(source, row, 0..<pixels.length) }
  } else if let short = ShortRow(pixels) {
    // As below.
    if short.isWhole {
      forEachRow(selection, copies: false) { source, row in short.select(source, row) }
    } else {
      forEachRow(selection, copies: false) { source, row in short.selectPart(source, row) }
    }
  } else if let repeating = RepeatingRow(pixels) {
    // To copy such a row takes no less time, and waits for the stores of the one before it.
    forEachRow(selection, copies: false) { source, row in repeating.select(source, row) }
  } else if min(pixels.length, pixels.sourceLength) >= P.width {
    forEachRow(selection) { source, row in pixels.select(source, row) }
  } else {
    selectOneByOne(P.self, selection)
  }
}

/// What is the same for every row of pixels that lie side by side.
private struct PixelRow<P: PermutedPixels> {
  let index: UnsafePointer<Int32>
  /// The low bytes of indices.
  let bytes: UnsafePointer<UInt8>
  let length: Int
  let sourceLength: Int
  /// The first pixel of a vector may read one that lies that much after that of another.
  let slack: Int
  /// Those after which the pixels that are read repeat, and how much further they do; or 0.
  let period: Int
  let advance: Int

  @inline(__always) init(_ table: UnsafePointer<rsk_taps>) {
    index = table.pointee.first!
    bytes = table.pointee.first_bytes!
    length = table.pointee.length
    sourceLength = table.pointee.source_length
    slack = table.pointee.step &- 1
    (period, advance) = (table.pointee.period, table.pointee.advance)
  }

  @inline(__always) static var size: Int { MemoryLayout<P.Pixel>.size }

  /// A row of at least a vector of pixels; the last one may overlap the one before it.
  @inline(__always) func select(_ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer) {
    let (index, bytes, slack) = (index, bytes, slack)
    let (last, lastBase) = (length &- P.width, sourceLength &- P.width)
    var next = 0
    while next < length {
      let x = min(next, last)
      let base = min(max(0, Int(index[x]) &- slack), lastBase)
      if Int(index[x &+ P.width &- 1]) &+ slack &- base < P.width {
        let window = load(source + base &* PixelRow.size, as: P.Vector.self)
        let permutation = P.permutation(index + x, bytes + x, from: Int32(truncatingIfNeeded: base))
        store(P.permute(window, permutation), at: row + x &* PixelRow.size)
      } else {
        copy(source, row, x..<x &+ P.width)
      }
      next &+= P.width
    }
  }

  /// Pixels one by one, where no window has all of them.
  @inline(__always) func copy(
    _ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer, _ pixels: Range<Int>
  ) {
    let index = index
    copyEach(pixels) { x in
      store(load(source + Int(index[x]) &* PixelRow.size, as: P.Pixel.self), at: row + x &* PixelRow.size)
    }
  }
}

/// A row of which the same permutation serves every vector, of windows that move on.
private struct RepeatingRow<P: PermutedPixels> {
  private let pixels: PixelRow<P>
  /// How much further a window begins than that before it.
  private let step: Int
  /// Windows of vectors that begin before that pixel are within the source.
  private let readable: Int
  /// Vectors read the first half of their windows alone.
  private let readsHalf: Bool

  /// Nil where a row does not repeat. Wherever a vector begins, a window has all that it reads, and so have the first and the
  /// last one in their places.
  @inline(__always) init?(_ pixels: PixelRow<P>) {
    let (index, period) = (pixels.index, pixels.period)
    let (last, lastBase) = (pixels.length &- P.width, pixels.sourceLength &- P.width)
    if period == 0 || period > P.width || pixels.slack > 0 || last < period || lastBase < 0 { return nil }
    if Int(index[P.width &- 1]) >= P.width || Int(index[last]) < lastBase { return nil }
    var (x, longest) = (0, 0)
    while x < period {
      longest = max(longest, Int(index[x &+ P.width &- 1] &- index[x]))
      x &+= 1
    }
    if longest >= P.width { return nil }
    readsHalf = P.hasHalfAccess && longest < P.width / 2
    var readable = pixels.length
    while readable > 0 && Int(index[readable &- 1]) > lastBase { readable &-= 1 }
    self.pixels = pixels
    step = P.width / period &* pixels.advance
    self.readable = readable
  }

  @inline(__always) func select(_ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer) {
    @inline(__always) func put(_ window: P.Vector, _ permutation: P.Vector, _ x: Int) {
      store(P.permute(window, permutation), at: row + x &* PixelRow<P>.size)
    }
    // The first and the last vector may overlap others; those between begin where they are aligned.
    let (index, bytes) = (pixels.index, pixels.bytes)
    let last = pixels.length &- P.width
    var x = ((0 &- Int(bitPattern: row)) & (MemoryLayout<P.Vector>.size &- 1)) / PixelRow<P>.size
    if x > 0 { put(load(source, as: P.Vector.self), P.permutation(index, bytes, from: 0), 0) }
    let end = min(readable, last &+ 1)
    if x < end {
      let permutation = P.permutation(index + x, bytes + x, from: index[x])
      let bytesOfStep = step &* PixelRow<P>.size
      var window = source + Int(index[x]) &* PixelRow<P>.size
      @inline(__always) func putAll(_ load: (UnsafeRawPointer) -> P.Vector) {
        while x &+ P.width < end {
          put(load(window), permutation, x)
          put(load(window + bytesOfStep), permutation, x &+ P.width)
          window += 2 &* bytesOfStep
          x &+= 2 &* P.width
        }
        if x < end {
          put(load(window), permutation, x)
          x &+= P.width
        }
      }
      if P.hasHalfAccess && readsHalf {
        putAll { P.loadHalf($0) }
      } else {
        putAll { load($0, as: P.Vector.self) }
      }
    }
    // These read the last window, which does not move on any more.
    let lastBase = pixels.sourceLength &- P.width
    let window = load(source + lastBase &* PixelRow<P>.size, as: P.Vector.self)
    while x < pixels.length {
      let place = min(x, last)
      put(window, P.permutation(index + place, bytes + place, from: Int32(truncatingIfNeeded: lastBase)), place)
      x &+= P.width
    }
  }
}

/// A row of a few vectors: where they read, and how, is the same for every row, and stays in registers.
private struct ShortRow<P: PermutedPixels> {
  /// A vector: the bytes at which it, and the window that it reads, begin.
  private struct Part {
    let place: Int
    let base: Int
    let permutation: P.Vector
  }

  private let parts: (Part, Part, Part, Part)
  private let count: Int
  /// The bytes of the row, and of the source.
  private let size: Int
  private let sourceSize: Int

  /// Nil where a row is longer, or a vector reads more than a window has.
  @inline(__always) init?(_ pixels: PixelRow<P>) {
    let (length, sourceLength) = (pixels.length, pixels.sourceLength)
    if length > 4 &* P.width || (min(length, sourceLength) < P.width && !P.hasPartialAccess) { return nil }
    let count = (length &+ P.width &- 1) / P.width
    var isPermuted = true
    @inline(__always) func part(_ number: Int) -> Part {
      let x = max(0, min(number &* P.width, length &- P.width))
      let base = min(max(0, Int(pixels.index[x]) &- pixels.slack), max(0, sourceLength &- P.width))
      let last = min(x &+ P.width, length) &- 1
      if Int(pixels.index[last]) &+ pixels.slack &- base >= P.width { isPermuted = false }
      return Part(
        place: x &* PixelRow<P>.size, base: base &* PixelRow<P>.size,
        permutation: P.permutation(pixels.index + x, pixels.bytes + x, from: Int32(truncatingIfNeeded: base)))
    }
    parts = (part(0), part(1), part(2), part(3))
    self.count = count
    size = length &* PixelRow<P>.size
    sourceSize = sourceLength &* PixelRow<P>.size
    if !isPermuted { return nil }
  }

  /// The row and the source have a vector of pixels.
  @inline(__always) var isWhole: Bool { min(size, sourceSize) >= MemoryLayout<P.Vector>.size }

  @inline(__always) func select(_ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer) {
    @inline(__always) func put(_ part: Part) {
      store(P.permute(load(source + part.base, as: P.Vector.self), part.permutation), at: row + part.place)
    }
    put(parts.0)
    if count > 1 { put(parts.1) }
    if count > 2 { put(parts.2) }
    if count > 3 { put(parts.3) }
  }

  @inline(__always) func selectPart(_ source: UnsafeRawPointer, _ row: UnsafeMutableRawPointer) {
    @inline(__always) func put(_ part: Part) {
      let window = P.loadPart(source + part.base, bytes: sourceSize &- part.base)
      P.storePart(P.permute(window, part.permutation), at: row + part.place, bytes: size &- part.place)
    }
    put(parts.0)
    if count > 1 { put(parts.1) }
    if count > 2 { put(parts.2) }
    if count > 3 { put(parts.3) }
  }
}

/// Pixels of any size.
@inline(__always) func selectBlocks(_ selection: rsk_selection) {
  let index = selection.taps!.pointee.first!
  let length = selection.taps!.pointee.length
  let size = selection.pixel_size
  let step = MemoryLayout<FloatVector>.size
  forEachRow(selection) { source, row in
    var x = 0
    while x < length {
      let (from, to) = (source + Int(index[x]) &* selection.source_stride, row + x &* selection.destination_stride)
      if size < step {
        memcpy(to, from, size)
      } else {
        // The last vector begins among the bytes before.
        var byte = 0
        while byte &+ step <= size {
          store(load(from + byte, as: FloatVector.self), at: to + byte)
          byte &+= step
        }
        if byte < size {
          store(load(from + (size &- step), as: FloatVector.self), at: to + (size &- step))
        }
      }
      x &+= 1
    }
  }
}
