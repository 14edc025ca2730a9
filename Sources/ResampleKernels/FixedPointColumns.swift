import CShims

// Fixed-point arithmetic along eight rows at once. Their samples are brought into columns first: two neighbours of each row,
// side by side as 16-bit numbers, then those of the next row. What a sample of the output weights is then whole vectors,
// one element for each row, so that nothing is left to be added up within a vector, and weights serve eight rows. Every
// sample of the input is brought there once, however many samples of the output read it.

/// Fewer rows are better off one by one.
@inline(__always) var fewestColumnRows: Int { 4 }
@inline(__always) var mostColumnRows: Int { 8 }

/// Returns false where it has no way for such pixels, or such windows.
@inline(__always) func horizontalColumnPass<V: PairProducts>(
  _ sums: V.Type, _ rows: ByteRows, _ table: rsk_taps, samplesPerPixel: Int, scratch: UnsafeMutableRawPointer
) -> Bool {
  switch samplesPerPixel {
  case 1: columnPass(V.self, ColumnsOfOne.self, rows, table, scratch)
  case 2: columnPass(V.self, ColumnsOfTwo.self, rows, table, scratch)
  case 3: columnPass(V.self, ColumnsOfThree.self, rows, table, scratch)
  case 4: columnPass(V.self, ColumnsOfFour.self, rows, table, scratch)
  default: false
  }
}

@inline(__always) private func columnPass<V: PairProducts, P: ColumnPixel>(
  _ sums: V.Type, _ pixel: P.Type, _ rows: ByteRows, _ table: rsk_taps, _ scratch: UnsafeMutableRawPointer
) -> Bool {
  table.pair_remainders == nil
    ? columnPass(V.self, P.self, ExactWeights.self, rows, table, scratch)
    : columnPass(V.self, P.self, RoundedWeights.self, rows, table, scratch)
}

// A sum S of rounded weights rounds as the exact one does unless S is so near to a multiple of 1 << precision that the
// remainders may take it across (rsk_taps.doubts). They are summed for such samples alone, a few of a hundred. Sums begin with
// what they may be short of: then those in doubt exceed a multiple by less than the doubts together.

/// The sum of the remainders of one sample, of eight rows; the columns that it reads are `stride` bytes apart.
@inline(never) private func sumOfRemainders<V: PairProducts>(
  _ sums: V.Type, _ column: UnsafeRawPointer, stride: Int, _ remainders: UnsafePointer<Int32>, pairs: Int
) -> V.Words {
  var sum: V.Words = V.repeated(0)
  var pair = 0
  while pair < pairs {
    sum = V.add(sum, load(column + pair &* stride, as: V.Words.self), V.repeated(remainders[pair]))
    pair &+= 1
  }
  return sum
}

/// How pixels of some samples are brought into columns.
private protocol ColumnPixel {
  static var samples: Int { get }
  /// The pixels that are taken out of 16 bytes.
  static var pixelsOfBlock: Int { get }
}

extension ColumnPixel {
  /// Pixels of the output that are made at once: those that have four bytes, or one.
  @inline(__always) static var pixelsAtOnce: Int { max(1, 4 / samples) }
}

private enum ColumnsOfOne: ColumnPixel {
  @inline(__always) static var samples: Int { 1 }
  @inline(__always) static var pixelsOfBlock: Int { 16 }
}

private enum ColumnsOfTwo: ColumnPixel {
  @inline(__always) static var samples: Int { 2 }
  @inline(__always) static var pixelsOfBlock: Int { 8 }
}

private enum ColumnsOfThree: ColumnPixel {
  @inline(__always) static var samples: Int { 3 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
}

private enum ColumnsOfFour: ColumnPixel {
  @inline(__always) static var samples: Int { 4 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
}

@inline(never) private func columnPass<V: PairProducts, P: ColumnPixel, W: WeightRounding>(
  _ sums: V.Type, _ pixel: P.Type, _ rounding: W.Type, _ rows: ByteRows, _ table: rsk_taps,
  _ scratch: UnsafeMutableRawPointer
) -> Bool {
  var columns = Columns<V, P>(rows, table, scratch)
  let longestSpan = P.pixelsAtOnce > 1 ? table.spans.0 : 0
  guard longestSpan &+ 2 &* table.pairs &+ P.pixelsOfBlock <= columns.capacity else { return false }
  let output = OutputBlock<V, P>(rows, table, columns.outputMemory)
  let half: V.Words = V.repeated(oneHalf(table.precision))
  let size = MemoryLayout<V.Words>.size
  let pairs = table.pairs
  var first = table.pair_first!
  var weights = table.pair_weights!
  var x = 0
  /// What the sums of the `index`-th of the pixels begin with.
  @inline(__always) func start(_ index: Int) -> V.Words {
    W.isExact ? half : V.repeated(oneHalf(table.precision) &+ table.doubts![x &+ index].below)
  }
  /// Adds what is missing where that may change the sample.
  @inline(__always) func settle(_ sum: inout V.Words, _ index: Int, _ column: UnsafeRawPointer) {
    if W.isExact { return }
    let doubt = table.doubts![x &+ index]
    let fraction = V.bits(sum, V.repeated((1 &<< table.precision) &- 1))
    if V.isAny(of: fraction, below: V.repeated(doubt.below &+ doubt.above)) {
      let rest = sumOfRemainders(
        V.self, column, stride: P.samples &* size, table.pair_remainders! + (x &+ index) &* pairs, pairs: pairs)
      sum = V.sum(V.sum(sum, rest, shift: table.remainder_bits), V.repeated(0 &- doubt.below), shift: 0)
    }
  }
  /// Makes some pixels.
  @inline(__always) func fours() -> V.Words {
    columns.fill(Int(first[0]), to: Int(first[P.pixelsAtOnce &- 1]) &+ 2 &* pairs)
    let startA = start(0)
    var (a, b, c, d) = (startA, startA, startA, startA)
    let columnA = columns[pixel: Int(first[0])]
    var pair = 0
    if P.samples == 1 {
      let columnB = columns[pixel: Int(first[1])]
      let columnC = columns[pixel: Int(first[2])]
      let columnD = columns[pixel: Int(first[3])]
      if !W.isExact { (b, c, d) = (start(1), start(2), start(3)) }
      let (weightsB, weightsC, weightsD) = (weights + pairs, weights + 2 &* pairs, weights + 3 &* pairs)
      @inline(__always) func addTwo(
        _ sum: inout V.Words, _ column: UnsafeRawPointer, _ weights: UnsafePointer<Int32>
      ) {
        let (first, second) = twoWeights(V.self, weights + pair)
        sum = V.add(sum, load(column + pair &* size, as: V.Words.self), first)
        sum = V.add(sum, load(column + (pair &* size &+ size), as: V.Words.self), second)
      }
      @inline(__always) func addOne(
        _ sum: inout V.Words, _ column: UnsafeRawPointer, _ weights: UnsafePointer<Int32>
      ) {
        sum = V.add(sum, load(column + pair &* size, as: V.Words.self), V.repeated(weights[pair]))
      }
      while pair &+ 2 <= pairs {
        addTwo(&a, columnA, weights)
        addTwo(&b, columnB, weightsB)
        addTwo(&c, columnC, weightsC)
        addTwo(&d, columnD, weightsD)
        pair &+= 2
      }
      if pair < pairs {
        addOne(&a, columnA, weights)
        addOne(&b, columnB, weightsB)
        addOne(&c, columnC, weightsC)
        addOne(&d, columnD, weightsD)
      }
      settle(&a, 0, columnA)
      settle(&b, 1, columnB)
      settle(&c, 2, columnC)
      settle(&d, 3, columnD)
    } else if P.samples == 2 {
      let columnB = columns[pixel: Int(first[1])]
      if !W.isExact { (c, d) = (start(1), start(1)) }
      repeat {
        let place = pair &* 2 &* size
        let weightA: V.Words = V.repeated(weights[pair])
        let weightB: V.Words = V.repeated(weights[pairs &+ pair])
        a = V.add(a, load(columnA + place, as: V.Words.self), weightA)
        b = V.add(b, load(columnA + (place &+ size), as: V.Words.self), weightA)
        c = V.add(c, load(columnB + place, as: V.Words.self), weightB)
        d = V.add(d, load(columnB + (place &+ size), as: V.Words.self), weightB)
        pair &+= 1
      } while pair < pairs
      settle(&a, 0, columnA)
      settle(&b, 0, columnA + size)
      settle(&c, 1, columnB)
      settle(&d, 1, columnB + size)
    } else {
      let step = P.samples &* size
      @inline(__always) func addPair(_ column: UnsafeRawPointer, _ weight: V.Words) {
        a = V.add(a, load(column, as: V.Words.self), weight)
        b = V.add(b, load(column + size, as: V.Words.self), weight)
        c = V.add(c, load(column + 2 &* size, as: V.Words.self), weight)
        if P.samples == 4 { d = V.add(d, load(column + 3 &* size, as: V.Words.self), weight) }
      }
      var column = columnA
      let last = (pairs &- 1) & -2
      while pair < last {
        let (first, second) = twoWeights(V.self, weights + pair)
        addPair(column, first)
        addPair(column + step, second)
        column += 2 &* step
        pair &+= 2
      }
      addPair(column, V.repeated(weights[last]))
      // Most windows are one pair shorter than the longest.
      if pairs & 1 == 0 && weights[last &+ 1] != 0 { addPair(column + step, V.repeated(weights[last &+ 1])) }
      settle(&a, 0, columnA)
      settle(&b, 0, columnA + size)
      settle(&c, 0, columnA + 2 &* size)
      if P.samples == 4 { settle(&d, 0, columnA + 3 &* size) }
    }
    first += P.pixelsAtOnce
    weights += P.pixelsAtOnce &* pairs
    x &+= P.pixelsAtOnce
    return V.fours(a, b, c, P.samples == 3 ? c : d, shift: table.precision)
  }
  while x < table.length {
    let start = x &* P.samples
    var index = 0
    repeat {
      output[index] = fours()
      index &+= 1
    } while index < 4 && x < table.length
    output.storeRows(from: start)
  }
  return true
}

/// Two a load, because in the passes that take them loads take the most time.
@inline(__always) private func twoWeights<V: PairProducts>(
  _ sums: V.Type, _ weights: UnsafePointer<Int32>
) -> (V.Words, V.Words) { V.repeatedPair(load(weights, as: Int64.self)) }

/// What is made of eight rows: four vectors of four bytes for each row become 16 bytes of it.
private struct OutputBlock<V: PairProducts, P: ColumnPixel> {
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

/// Some pixels of eight rows, in columns.
private struct Columns<V: PairProducts, P: ColumnPixel> {
  private let rows: ByteRows
  private let memory: UnsafeMutableRawPointer
  private let sourceLength: Int
  /// Windows lie so close that every pixel is read.
  private let isDense: Bool
  /// Those that are there.
  private var start = 0
  private var end = 0

  @inline(__always) init(_ rows: ByteRows, _ table: rsk_taps, _ memory: UnsafeMutableRawPointer) {
    self.rows = rows
    self.memory = memory
    sourceLength = table.source_length
    isDense = table.source_length <= table.length &* table.pairs &* 2
  }

  /// The bytes that a pixel of eight rows takes, on average: two of them are a column.
  @inline(__always) private static var pixelSize: Int { P.samples &* MemoryLayout<V.Words>.size / 2 }

  /// The bytes of the eight rows' last block.
  @inline(__always) private static var tailSize: Int { 8 * 16 }

  /// Behind the columns.
  @inline(__always) var outputMemory: UnsafeMutableRawPointer {
    memory + (Int(RSI_SCRATCH) &- Columns.tailSize &- OutputBlock<V, P>.memorySize)
  }

  /// The pixels that there is room for.
  @inline(__always) var capacity: Int { (outputMemory - memory) / Columns.pixelSize }

  /// Where a pixel with an even index is.
  @inline(__always) subscript(pixel pixel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(memory) + (pixel &- start) &* Columns.pixelSize
  }

  /// Brings pixels from an even one on into the columns, as many as fit where all of them will be read.
  @inline(__always) mutating func fill(_ from: Int, to needed: Int) {
    if needed > end { bring(from, to: needed) }
  }

  @inline(never) private mutating func bring(_ from: Int, to needed: Int) {
    if from >= end {
      (start, end) = (from, from)
    } else if needed &+ P.pixelsOfBlock &- start > capacity {
      // What is there already moves to the front.
      let kept = self[pixel: from]
      let bytes = (end &- from) &* Columns.pixelSize
      var byte = 0
      while byte < bytes {
        store(load(kept + byte, as: V.Words.self), at: memory + byte)
        byte &+= MemoryLayout<V.Words>.size
      }
      start = from
    }
    // Up to here blocks are whole; 16 bytes of pixels of three are a block and a third.
    let lastWhole = (sourceLength &* P.samples &- 16) / P.samples
    let wanted = isDense ? max(needed, start &+ capacity &- P.pixelsOfBlock &+ 1) : needed
    var to = memory + (end &- start) &* Columns.pixelSize
    if sourceLength &* P.samples >= 16 {
      let count = min(wanted &- end &+ P.pixelsOfBlock &- 1, lastWhole &- end &+ P.pixelsOfBlock) / P.pixelsOfBlock
      storeBlocks(count, from: end &* P.samples, at: to)
      to += count &* P.pixelsOfBlock &* Columns.pixelSize
      end &+= count &* P.pixelsOfBlock
    }
    while end < needed {
      storeLastBlock(end &* P.samples, at: to)
      to += P.pixelsOfBlock &* Columns.pixelSize
      end &+= P.pixelsOfBlock
    }
  }

  /// Brings that many blocks of 16 bytes of each row into columns.
  @inline(never) private func storeBlocks(_ count: Int, from start: Int, at address: UnsafeMutableRawPointer) {
    @inline(__always) func source(_ row: Int) -> UnsafeRawPointer {
      UnsafeRawPointer(rows.source(min(row, rows.count &- 1)) + start)
    }
    let (sourceA, sourceB, sourceC, sourceD) = (source(0), source(1), source(2), source(3))
    let (sourceE, sourceF, sourceG, sourceH) = (source(4), source(5), source(6), source(7))
    let bytes = count &* P.pixelsOfBlock &* P.samples
    var to = address
    var byte = 0
    while byte < bytes {
      @inline(__always) func halves(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> V.Words {
        V.arranged(
          load(a + byte, as: SIMD16<UInt8>.self), load(b + byte, as: SIMD16<UInt8>.self), samples: P.samples)
      }
      storeBlock(
        halves(sourceA, sourceE), halves(sourceB, sourceF), halves(sourceC, sourceG), halves(sourceD, sourceH), at: to)
      to += P.pixelsOfBlock &* Columns.pixelSize
      byte &+= P.pixelsOfBlock &* P.samples
    }
  }

  @inline(__always) private func storeBlock(
    _ a: V.Words, _ b: V.Words, _ c: V.Words, _ d: V.Words, at address: UnsafeMutableRawPointer
  ) {
    let size = MemoryLayout<V.Words>.size
    let columns = V.columns(a, b, c, d)
    store(columns.0, at: address)
    store(columns.1, at: address + size)
    store(columns.2, at: address + 2 &* size)
    store(columns.3, at: address + 3 &* size)
    store(columns.4, at: address + 4 &* size)
    store(columns.5, at: address + 5 &* size)
    if P.samples != 3 {
      store(columns.6, at: address + 6 &* size)
      store(columns.7, at: address + 7 &* size)
    }
  }

  /// With zeros for what is after the row.
  @inline(never) private func storeLastBlock(_ place: Int, at address: UnsafeMutableRawPointer) {
    let tail = memory + (Int(RSI_SCRATCH) &- Columns.tailSize)
    let bytes = min(sourceLength &* P.samples &- place, 16)
    var row = 0
    while row < 8 {
      store(SIMD16<UInt8>(repeating: 0), at: tail + row &* 16)
      memcpy(tail + row &* 16, rows.source(min(row, rows.count &- 1)) + place, bytes)
      row &+= 1
    }
    @inline(__always) func halves(_ row: Int) -> V.Words {
      V.arranged(
        load(tail + row &* 16, as: SIMD16<UInt8>.self), load(tail + (row &+ 4) &* 16, as: SIMD16<UInt8>.self),
        samples: P.samples)
    }
    storeBlock(halves(0), halves(1), halves(2), halves(3), at: address)
  }
}
