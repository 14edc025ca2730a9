import CShims

// How the bytes of eight rows become columns, and what is made of these the bytes of rows: FixedPointColumns.swift.

/// How pixels of some samples are brought into columns.
protocol ColumnPixel {
  static var samples: Int { get }
  /// The pixels that are taken out of 16 bytes.
  static var pixelsOfBlock: Int { get }
  /// Each four bytes are a sample of four pixels: those of even index are the first two, and the others the next two.
  static var permutation: SIMD16<Int8> { get }
}

extension ColumnPixel {
  /// Pixels of the output that are made at once: those that have four bytes, or one.
  @inline(__always) static var pixelsAtOnce: Int { max(1, 4 / samples) }
}

enum ColumnsOfOne: ColumnPixel {
  @inline(__always) static var samples: Int { 1 }
  @inline(__always) static var pixelsOfBlock: Int { 16 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)
  }
}

enum ColumnsOfTwo: ColumnPixel {
  @inline(__always) static var samples: Int { 2 }
  @inline(__always) static var pixelsOfBlock: Int { 8 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 4, 2, 6, 1, 5, 3, 7, 8, 12, 10, 14, 9, 13, 11, 15)
  }
}

enum ColumnsOfThree: ColumnPixel {
  @inline(__always) static var samples: Int { 3 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11, -1, -1, -1, -1)
  }
}

enum ColumnsOfFour: ColumnPixel {
  @inline(__always) static var samples: Int { 4 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15)
  }
}

/// Some pixels of eight rows, in columns.
struct Columns<V: PairProducts, P: ColumnPixel> {
  private let rows: ByteRows
  private let memory: UnsafeMutableRawPointer
  /// Where the bytes are as well, four of each row side by side, for weights that are split.
  private let quads: UnsafeMutableRawPointer?
  /// The pixels that there is room for.
  let capacity: Int
  private let sourceLength: Int
  /// Windows lie so close that every pixel is read.
  private let isDense: Bool
  /// Those that are there.
  private var start = 0
  private var end = 0

  @inline(__always) init(_ rows: ByteRows, _ table: rsk_taps, _ memory: UnsafeMutableRawPointer, hasQuads: Bool) {
    self.rows = rows
    self.memory = memory
    sourceLength = table.source_length
    isDense = table.source_length <= table.length &* table.pairs &* 2
    let pixelSize = hasQuads ? Columns.pixelSize &+ Columns.quadSize : Columns.pixelSize
    // Whole quads.
    let pixels: Int = (Columns.outputMemory(memory) - memory) / pixelSize
    capacity = pixels & -4
    quads = hasQuads ? memory + capacity &* Columns.pixelSize : nil
  }

  /// The bytes that a pixel of eight rows takes, on average: two of them are a column.
  @inline(__always) private static var pixelSize: Int { P.samples &* MemoryLayout<V.Words>.size / 2 }

  /// Those that its bytes take.
  @inline(__always) private static var quadSize: Int { pixelSize / 2 }

  /// The bytes of the eight rows' last block.
  @inline(__always) private static var tailSize: Int { 8 * 16 }

  /// Behind the columns.
  @inline(__always) static func outputMemory(_ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    memory + (Int(RSI_SCRATCH) &- Columns.tailSize &- OutputBlock<V, P>.memorySize)
  }

  /// Where a pixel with an even index is.
  @inline(__always) subscript(pixel pixel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(memory) + (pixel &- start) &* Columns.pixelSize
  }

  /// Where the bytes of a pixel are whose index is a multiple of four.
  @inline(__always) subscript(quad pixel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(quads!) + (pixel &- start) &* Columns.quadSize
  }

  /// Brings pixels from an even one on into the columns, as many as fit where all of them will be read.
  @inline(__always) mutating func fill(_ from: Int, to needed: Int) {
    if needed > end { bring(from & -4, to: needed) }
  }

  @inline(never) private mutating func bring(_ from: Int, to needed: Int) {
    if from >= end {
      (start, end) = (from, from)
    } else if needed &+ P.pixelsOfBlock &- start > capacity {
      // What is there already moves to the front.
      memmove(memory, self[pixel: from], (end &- from) &* Columns.pixelSize)
      if let quads { memmove(quads, self[quad: from], (end &- from) &* Columns.quadSize) }
      start = from
    }
    // Up to here blocks are whole; 16 bytes of pixels of three are a block and a third.
    let lastWhole = (sourceLength &* P.samples &- 16) / P.samples
    let wanted = isDense ? max(needed, start &+ capacity &- P.pixelsOfBlock &+ 1) : needed
    if sourceLength &* P.samples >= 16 {
      let count = min(wanted &- end &+ P.pixelsOfBlock &- 1, lastWhole &- end &+ P.pixelsOfBlock) / P.pixelsOfBlock
      storeBlocks(count, of: rows, from: end &* P.samples)
      end &+= max(count, 0) &* P.pixelsOfBlock
    }
    while end < needed {
      storeLastBlock()
      end &+= P.pixelsOfBlock
    }
  }

  /// The next block, with zeros for what is after the row.
  @inline(never) private func storeLastBlock() {
    let place = end &* P.samples
    let tail = memory + (Int(RSI_SCRATCH) &- Columns.tailSize)
    let bytes = max(0, min(sourceLength &* P.samples &- place, 16))
    var row = 0
    while row < 8 {
      store(SIMD16<UInt8>(repeating: 0), at: tail + row &* 16)
      memcpy(tail + row &* 16, rows.source(min(row, rows.count &- 1)) + place, bytes)
      row &+= 1
    }
    storeBlocks(1, of: ByteRows(at: tail, count: 8, stride: 16), from: 0)
  }

  /// Brings blocks of 16 bytes of each row into the columns that come next.
  @inline(never) private func storeBlocks(_ count: Int, of rows: ByteRows, from start: Int) {
    let columns = memory + (end &- self.start) &* Columns.pixelSize
    if V.splitsWeights, let quads {
      storeBlocks(count, of: rows, from: start, at: columns, quads: quads + (end &- self.start) &* Columns.quadSize)
    } else {
      storeBlocks(count, of: rows, from: start, at: columns, quads: nil)
    }
  }

  @inline(__always) private func storeBlocks(
    _ count: Int, of rows: ByteRows, from start: Int, at columns: UnsafeMutableRawPointer,
    quads: UnsafeMutableRawPointer?
  ) {
    @inline(__always) func source(_ row: Int) -> UnsafeRawPointer {
      UnsafeRawPointer(rows.source(min(row, rows.count &- 1)) + start)
    }
    let (sourceA, sourceB, sourceC, sourceD) = (source(0), source(1), source(2), source(3))
    let (sourceE, sourceF, sourceG, sourceH) = (source(4), source(5), source(6), source(7))
    let bytes = count &* P.pixelsOfBlock &* P.samples
    var (columns, quads) = (columns, quads)
    var byte = 0
    while byte < bytes {
      @inline(__always) func halves(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> V.Words {
        V.bytePairs(load(a + byte, as: SIMD16<UInt8>.self), load(b + byte, as: SIMD16<UInt8>.self), P.permutation)
      }
      let block = V.quads(
        halves(sourceA, sourceE), halves(sourceB, sourceF), halves(sourceC, sourceG), halves(sourceD, sourceH))
      let size = MemoryLayout<V.Words>.size
      /// In the order of addresses: processors store what is in one line of the cache together.
      @inline(__always) func storeColumn(_ index: Int) {
        let place = index % (2 &* P.samples)
        let quad = index / (2 &* P.samples) &* P.samples &+ place % P.samples
        let pairs = V.pairs(ofQuad: quad == 0 ? block.0 : quad == 1 ? block.1 : quad == 2 ? block.2 : block.3)
        store(place < P.samples ? pairs.0 : pairs.1, at: columns + index &* size)
      }
      storeColumn(0)
      storeColumn(1)
      storeColumn(2)
      storeColumn(3)
      storeColumn(4)
      storeColumn(5)
      if P.samples != 3 {
        storeColumn(6)
        storeColumn(7)
      }
      if let quads {
        store(block.0, at: quads)
        store(block.1, at: quads + size)
        store(block.2, at: quads + 2 &* size)
        if P.samples != 3 { store(block.3, at: quads + 3 &* size) }
      }
      columns += P.pixelsOfBlock &* Columns.pixelSize
      if let start = quads { quads = start + P.pixelsOfBlock &* Columns.quadSize }
      byte &+= P.pixelsOfBlock &* P.samples
    }
  }
}

/// What is made of eight rows: four vectors of four bytes for each row become 16 bytes of it.
struct OutputBlock<V: PairProducts, P: ColumnPixel> {
  private let rows: ByteRows
  private let memory: UnsafeMutableRawPointer
  /// The bytes of a row.
  private let length: Int

  /// The memory that it wants.
  @inline(__always) static var memorySize: Int { 4 &* MemoryLayout<V.Words>.size }

  @inline(__always) init(_ rows: ByteRows, _ table: rsk_taps, _ memory: UnsafeMutableRawPointer) {
    self.rows = rows
    self.memory = memory
    length = table.length &* P.samples
  }

  /// The vectors.
  @inline(__always) subscript(index: Int) -> V.Words {
    get { load(memory + index &* MemoryLayout<V.Words>.size, as: V.Words.self) }
    nonmutating set { store(newValue, at: memory + index &* MemoryLayout<V.Words>.size) }
  }

  /// Stores the bytes from `start` on of every row.
  @inline(__always) func storeRows(from start: Int) {
    // What is too much of three samples belongs to the next pixels, which are stored later.
    guard rows.count == 8 && start &+ 16 <= length else { return storeEnds(from: start) }
    let bytes = rowBytes
    let stride = rows.targetStride
    let first = UnsafeMutableRawPointer(rows.destination(0) + start)
    let fifth = first + 4 &* stride
    V.storeHalves(bytes.0, at: first, fifth)
    V.storeHalves(bytes.1, at: first + stride, fifth + stride)
    V.storeHalves(bytes.2, at: first + 2 &* stride, fifth + 2 &* stride)
    V.storeHalves(bytes.3, at: first + 3 &* stride, fifth + 3 &* stride)
  }

  /// Those of rows r and r + 4.
  @inline(__always) private var rowBytes: (V.Words, V.Words, V.Words, V.Words) {
    let rows = V.rows(ofFours: self[0], self[1], self[2], self[3])
    return P.samples == 3 ? (V.thirds(rows.0), V.thirds(rows.1), V.thirds(rows.2), V.thirds(rows.3)) : rows
  }

  /// Stores nothing after the rows.
  @inline(never) private func storeEnds(from start: Int) {
    let bytes = rowBytes
    V.storeHalves(bytes.0, at: memory, memory + 64)
    V.storeHalves(bytes.1, at: memory + 16, memory + 80)
    V.storeHalves(bytes.2, at: memory + 32, memory + 96)
    V.storeHalves(bytes.3, at: memory + 48, memory + 112)
    let count = min(length &- start, P.samples == 3 ? 12 : 16)
    /// The first and the last of them, which may overlap.
    @inline(__always) func copy<Bytes: BitwiseCopyable>(_ bytes: Bytes.Type) {
      let end = count &- MemoryLayout<Bytes>.size
      var row = 0
      while row < rows.count {
        // One row after the other: unrolled, the loops take several kilobytes.
        let source = rsi_opaque_address(memory + row &* 16)!
        let destination = rows.destination(row) + start
        let (first, last) = (load(source, as: Bytes.self), load(source + end, as: Bytes.self))
        store(first, at: destination)
        store(last, at: destination + end)
        row &+= 1
      }
    }
    if count >= 8 {
      copy(UInt64.self)
    } else if count >= 4 {
      copy(UInt32.self)
    } else if count >= 2 {
      copy(UInt16.self)
    } else {
      copy(UInt8.self)
    }
  }
}
