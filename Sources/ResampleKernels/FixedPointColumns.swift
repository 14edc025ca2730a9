import CShims

// Fixed-point arithmetic along eight rows at once. Their samples are brought into columns first: two neighbours of each row,
// side by side as 16-bit numbers, then those of the next row. What a sample of the output weights is then whole vectors,
// one element for each row, so that nothing is left to be added up within a vector, and weights serve eight rows. Every
// sample of the input is brought there once, however many samples of the output read it.

/// Fewer rows are better off one by one.
@inline(__always) var fewestColumnRows: Int { 4 }

/// Returns false where it has no way for such pixels, or such windows.
@inline(__always) func horizontalColumnPass<V: PairProducts>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, samplesPerPixel: Int,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, scratch: UnsafeMutableRawPointer
) -> Bool {
  switch samplesPerPixel {
  case 1: columnPass(V.self, ColumnsOfOne.self, sources, table, destinations: destinations, rows: rows, scratch)
  case 2: columnPass(V.self, ColumnsOfTwo.self, sources, table, destinations: destinations, rows: rows, scratch)
  case 3: columnPass(V.self, ColumnsOfThree.self, sources, table, destinations: destinations, rows: rows, scratch)
  case 4: columnPass(V.self, ColumnsOfFour.self, sources, table, destinations: destinations, rows: rows, scratch)
  default: false
  }
}

/// How pixels of some samples are brought into columns.
private protocol ColumnPixel {
  static var samples: Int { get }
  /// The pixels that are taken out of 16 bytes.
  static var pixelsOfBlock: Int { get }
  /// Brings the same sample of two neighbouring pixels together.
  static var permutation: SIMD16<Int8> { get }
}

extension ColumnPixel {
  /// Pixels of the output that are made at once: those that have four bytes, or one.
  @inline(__always) static var pixelsAtOnce: Int { max(1, 4 / samples) }
}

private enum ColumnsOfOne: ColumnPixel {
  @inline(__always) static var samples: Int { 1 }
  @inline(__always) static var pixelsOfBlock: Int { 16 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  }
}

private enum ColumnsOfTwo: ColumnPixel {
  @inline(__always) static var samples: Int { 2 }
  @inline(__always) static var pixelsOfBlock: Int { 8 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)
  }
}

private enum ColumnsOfThree: ColumnPixel {
  @inline(__always) static var samples: Int { 3 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1)
  }
}

private enum ColumnsOfFour: ColumnPixel {
  @inline(__always) static var samples: Int { 4 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15)
  }
}

@inline(never) private func columnPass<V: PairProducts, P: ColumnPixel>(
  _ sums: V.Type, _ pixel: P.Type, _ sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int, _ scratch: UnsafeMutableRawPointer
) -> Bool {
  var columns = Columns<V, P>(sources, table, rows: rows, scratch)
  let longestSpan = P.pixelsAtOnce > 1 ? table.spans.0 : 0
  guard longestSpan &+ 2 &* table.pairs &+ P.pixelsOfBlock <= columns.capacity else { return false }
  func destination(_ row: Int) -> UnsafeMutableRawPointer { destinations[min(row, rows &- 1)]! }
  let (rowA, rowB, rowC, rowD) = (destination(0), destination(1), destination(2), destination(3))
  let (rowE, rowF, rowG, rowH) = (destination(4), destination(5), destination(6), destination(7))
  let half: V.Words = V.repeated(oneHalf(table.precision))
  let size = MemoryLayout<V.Words>.size
  let first = table.pair_first!
  var x = 0
  while x < table.length {
    let last = table.length &- 1
    let from = Int(first[x])
    columns.fill(from, to: Int(first[min(x &+ P.pixelsAtOnce &- 1, last)]) &+ 2 &* table.pairs)
    var (a, b, c, d) = (half, half, half, half)
    @inline(__always) func column(_ index: Int) -> UnsafeRawPointer {
      columns[pixel: Int(first[min(x &+ index, last)])]
    }
    @inline(__always) func weights(_ index: Int) -> UnsafePointer<Int32> {
      table.pair_weights! + min(x &+ index, last) &* table.pairs
    }
    @inline(__always) func add(_ sum: inout V.Words, _ column: UnsafeRawPointer, _ weights: V.Words) {
      sum = V.add(sum, load(column, as: V.Words.self), weights)
    }
    let (columnA, weightsA) = (column(0), weights(0))
    let (columnB, weightsB) = (column(1), weights(1))
    let (columnC, weightsC) = (column(2), weights(2))
    let (columnD, weightsD) = (column(3), weights(3))
    var pair = 0
    while pair < table.pairs {
      let place = pair &* P.samples &* size
      let weight: V.Words = V.repeated(weightsA[pair])
      add(&a, columnA + place, weight)
      if P.samples == 1 {
        add(&b, columnB + place, V.repeated(weightsB[pair]))
        add(&c, columnC + place, V.repeated(weightsC[pair]))
        add(&d, columnD + place, V.repeated(weightsD[pair]))
      } else if P.samples == 2 {
        add(&b, columnA + (place &+ size), weight)
        let weight: V.Words = V.repeated(weightsB[pair])
        add(&c, columnB + place, weight)
        add(&d, columnB + (place &+ size), weight)
      } else {
        add(&b, columnA + (place &+ size), weight)
        add(&c, columnA + (place &+ 2 &* size), weight)
        if P.samples == 4 { add(&d, columnA + (place &+ 3 &* size), weight) }
      }
      pair &+= 1
    }
    let bytes = V.fours(a, b, c, P.samples == 3 ? c : d, shift: table.precision)
    let place = x &* P.samples
    let left = table.length &* P.samples &- place
    if left >= 4 {
      store(bytes[0], at: rowA + place)
      store(bytes[1], at: rowB + place)
      store(bytes[2], at: rowC + place)
      store(bytes[3], at: rowD + place)
      store(bytes[4], at: rowE + place)
      store(bytes[5], at: rowF + place)
      store(bytes[6], at: rowG + place)
      store(bytes[7], at: rowH + place)
    } else {
      var row = 0
      while row < rows {
        var (four, byte) = (bytes[row], 0)
        while byte < left {
          store(UInt8(truncatingIfNeeded: four), at: destinations[row]! + (place &+ byte))
          four &>>= 8
          byte &+= 1
        }
        row &+= 1
      }
    }
    x &+= P.pixelsAtOnce
  }
  return true
}

/// Some pixels of eight rows, in columns.
private struct Columns<V: PairProducts, P: ColumnPixel> {
  private let sources: UnsafePointer<UnsafeRawPointer?>
  private let rows: Int
  private let memory: UnsafeMutableRawPointer
  private let sourceLength: Int
  /// Windows lie so close that every pixel is read.
  private let isDense: Bool
  /// Those that are there.
  private var start = 0
  private var end = 0

  @inline(__always) init(
    _ sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps, rows: Int, _ memory: UnsafeMutableRawPointer
  ) {
    self.sources = sources
    self.rows = rows
    self.memory = memory
    sourceLength = table.source_length
    isDense = table.source_length <= table.length &* table.pairs &* 2
  }

  /// The bytes of two pixels of eight rows.
  @inline(__always) private static var columnSize: Int { P.samples &* MemoryLayout<V.Words>.size }

  /// The bytes of the eight rows' last block.
  @inline(__always) private static var tailSize: Int { 8 * 16 }

  /// The pixels that there is room for.
  @inline(__always) var capacity: Int { (Int(RSI_SCRATCH) &- Columns.tailSize) / Columns.columnSize &* 2 }

  /// Where a pixel with an even index is.
  @inline(__always) subscript(pixel pixel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(memory) + (pixel &- start) / 2 &* Columns.columnSize
  }

  /// Brings pixels from an even one on into the columns, as many as fit where all of them will be read.
  @inline(__always) mutating func fill(_ from: Int, to needed: Int) {
    if needed <= end { return }
    bring(from, to: needed)
  }

  @inline(never) private mutating func bring(_ from: Int, to needed: Int) {
    if from >= end {
      (start, end) = (from, from)
    } else if needed &+ P.pixelsOfBlock &- start > capacity {
      // What is there already moves to the front.
      let kept = self[pixel: from]
      let bytes = (end &- from) / 2 &* Columns.columnSize
      var byte = 0
      while byte < bytes {
        store(load(kept + byte, as: V.Words.self), at: memory + byte)
        byte &+= MemoryLayout<V.Words>.size
      }
      start = from
    }
    func source(_ row: Int) -> UnsafeRawPointer { sources[min(row, rows &- 1)]! }
    let (sourceA, sourceB, sourceC, sourceD) = (source(0), source(1), source(2), source(3))
    let (sourceE, sourceF, sourceG, sourceH) = (source(4), source(5), source(6), source(7))
    let limit = isDense ? min(sourceLength, start &+ capacity) : needed
    var to = memory + (end &- start) / 2 &* Columns.columnSize
    while end < needed || end &+ P.pixelsOfBlock <= limit {
      let place = end &* P.samples
      if place &+ 16 <= sourceLength &* P.samples {
        @inline(__always) func halves(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> V.Words {
          V.permute(
            load(a + place, as: SIMD16<UInt8>.self), load(b + place, as: SIMD16<UInt8>.self), P.permutation)
        }
        storeBlock(
          halves(sourceA, sourceE), halves(sourceB, sourceF), halves(sourceC, sourceG), halves(sourceD, sourceH), at: to)
      } else {
        storeLastBlock(place, at: to)
      }
      to += P.pixelsOfBlock / 2 &* Columns.columnSize
      end &+= P.pixelsOfBlock
    }
  }

  @inline(__always) private func storeBlock(
    _ a: V.Words, _ b: V.Words, _ c: V.Words, _ d: V.Words, at address: UnsafeMutableRawPointer
  ) {
    let size = MemoryLayout<V.Words>.size
    let pairs = V.pairsOfRows(a, b, c, d)
    store(pairs.0, at: address)
    store(pairs.1, at: address + size)
    store(pairs.2, at: address + 2 &* size)
    store(pairs.3, at: address + 3 &* size)
    store(pairs.4, at: address + 4 &* size)
    store(pairs.5, at: address + 5 &* size)
    if P.samples != 3 {
      store(pairs.6, at: address + 6 &* size)
      store(pairs.7, at: address + 7 &* size)
    }
  }

  /// With zeros for what is after the row.
  @inline(never) private func storeLastBlock(_ place: Int, at address: UnsafeMutableRawPointer) {
    let tail = memory + (Int(RSI_SCRATCH) &- Columns.tailSize)
    let bytes = sourceLength &* P.samples &- place
    var row = 0
    while row < 8 {
      store(SIMD16<UInt8>(repeating: 0), at: tail + row &* 16)
      memcpy(tail + row &* 16, sources[min(row, rows &- 1)]! + place, bytes)
      row &+= 1
    }
    @inline(__always) func halves(_ row: Int) -> V.Words {
      V.permute(
        load(tail + row &* 16, as: SIMD16<UInt8>.self), load(tail + (row &+ 4) &* 16, as: SIMD16<UInt8>.self),
        P.permutation)
    }
    storeBlock(halves(0), halves(1), halves(2), halves(3), at: address)
  }
}
