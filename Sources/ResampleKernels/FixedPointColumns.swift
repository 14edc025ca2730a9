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
  if table.pair_remainders == nil { return columnPass(V.self, P.self, ExactWeights.self, rows, table, scratch) }
  return V.takesRemainders && columnPass(V.self, P.self, RoundedWeights.self, rows, table, scratch)
}

/// The sum of a sample of eight rows.
private struct ColumnSum<V: PairProducts, W: WeightRounding> {
  private var rounded: V.Words
  private var rest: V.Words

  @inline(__always) init(from start: V.Words) { (rounded, rest) = (start, V.repeated(0)) }

  /// Adds two neighbouring samples of each row, times their weights.
  @inline(__always) mutating func add(_ column: UnsafeRawPointer, _ weights: ColumnWeights<V, W>) {
    let samples = load(column, as: V.Words.self)
    rounded = V.add(rounded, samples, weights.rounded)
    if !W.isExact { rest = V.add(rest, samples, weights.remainders) }
  }

  @inline(__always) func total(_ table: rsk_taps) -> V.Words {
    W.isExact ? rounded : V.sum(rounded, rest, shift: table.remainder_bits)
  }
}

/// The weights of two neighbouring samples.
private struct ColumnWeights<V: PairProducts, W: WeightRounding> {
  let rounded: V.Words
  let remainders: V.Words
}

/// The weights of some samples of the output, `pairs` for each.
private struct PairWeights<V: PairProducts, W: WeightRounding> {
  private var rounded: UnsafePointer<Int32>
  private var remainders: UnsafePointer<Int32>

  @inline(__always) init(_ table: rsk_taps) {
    rounded = table.pair_weights!
    remainders = W.isExact ? rounded : table.pair_remainders!
  }

  @inline(__always) static func + (weights: PairWeights, distance: Int) -> PairWeights {
    var moved = weights
    moved.advance(by: distance)
    return moved
  }

  @inline(__always) mutating func advance(by distance: Int) {
    rounded += distance
    if !W.isExact { remainders += distance }
  }

  @inline(__always) subscript(pair: Int) -> ColumnWeights<V, W> {
    let weights = V.weights(rounded[pair])
    return ColumnWeights(rounded: weights, remainders: W.isExact ? weights : V.weights(remainders[pair]))
  }

  /// Two a load, because in the passes that take them loads take the most time.
  @inline(__always) func two(from pair: Int) -> (ColumnWeights<V, W>, ColumnWeights<V, W>) {
    let (first, second) = V.twoWeights(load(rounded + pair, as: Int64.self))
    let (near, far) = W.isExact ? (first, second) : V.twoWeights(load(remainders + pair, as: Int64.self))
    return (ColumnWeights(rounded: first, remainders: near), ColumnWeights(rounded: second, remainders: far))
  }

  /// Whether a pair is past the last of a window.
  @inline(__always) func isEmpty(_ pair: Int) -> Bool {
    W.isExact ? rounded[pair] == 0 : rounded[pair] | remainders[pair] == 0
  }
}

/// How pixels of some samples are brought into columns.
private protocol ColumnPixel {
  static var samples: Int { get }
  /// The pixels that are taken out of 16 bytes.
  static var pixelsOfBlock: Int { get }
  /// Of each four bytes, those of even index become a sample of two neighbouring pixels, and the others the next sample
  /// of both, or that of the next two pixels.
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
    SIMD16(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)
  }
}

private enum ColumnsOfTwo: ColumnPixel {
  @inline(__always) static var samples: Int { 2 }
  @inline(__always) static var pixelsOfBlock: Int { 8 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  }
}

private enum ColumnsOfThree: ColumnPixel {
  @inline(__always) static var samples: Int { 3 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 1, 3, 4, 2, 6, 5, 9, 7, 8, 10, 11, -1, -1, -1, -1)
  }
}

private enum ColumnsOfFour: ColumnPixel {
  @inline(__always) static var samples: Int { 4 }
  @inline(__always) static var pixelsOfBlock: Int { 4 }
  @inline(__always) static var permutation: SIMD16<Int8> {
    SIMD16(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15)
  }
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
  var weights = PairWeights<V, W>(table)
  var x = 0
  /// Makes some pixels.
  @inline(__always) func fours() -> V.Words {
    columns.fill(Int(first[0]), to: Int(first[P.pixelsAtOnce &- 1]) &+ 2 &* pairs)
    let start = ColumnSum<V, W>(from: half)
    var (a, b, c, d) = (start, start, start, start)
    let columnA = columns[pixel: Int(first[0])]
    var pair = 0
    if P.samples == 1 {
      let columnB = columns[pixel: Int(first[1])]
      let columnC = columns[pixel: Int(first[2])]
      let columnD = columns[pixel: Int(first[3])]
      let (weightsB, weightsC, weightsD) = (weights + pairs, weights + 2 &* pairs, weights + 3 &* pairs)
      @inline(__always) func addTwo(
        _ sum: inout ColumnSum<V, W>, _ column: UnsafeRawPointer, _ weights: PairWeights<V, W>
      ) {
        let (first, second) = weights.two(from: pair)
        sum.add(column + pair &* size, first)
        sum.add(column + (pair &* size &+ size), second)
      }
      while pair &+ 2 <= pairs {
        addTwo(&a, columnA, weights)
        addTwo(&b, columnB, weightsB)
        addTwo(&c, columnC, weightsC)
        addTwo(&d, columnD, weightsD)
        pair &+= 2
      }
      if pair < pairs {
        a.add(columnA + pair &* size, weights[pair])
        b.add(columnB + pair &* size, weightsB[pair])
        c.add(columnC + pair &* size, weightsC[pair])
        d.add(columnD + pair &* size, weightsD[pair])
      }
    } else if P.samples == 2 {
      let columnB = columns[pixel: Int(first[1])]
      repeat {
        let place = pair &* 2 &* size
        let (weightA, weightB) = (weights[pair], weights[pairs &+ pair])
        a.add(columnA + place, weightA)
        b.add(columnA + (place &+ size), weightA)
        c.add(columnB + place, weightB)
        d.add(columnB + (place &+ size), weightB)
        pair &+= 1
      } while pair < pairs
    } else {
      let step = P.samples &* size
      @inline(__always) func addPair(_ column: UnsafeRawPointer, _ weight: ColumnWeights<V, W>) {
        a.add(column, weight)
        b.add(column + size, weight)
        c.add(column + 2 &* size, weight)
        if P.samples == 4 { d.add(column + 3 &* size, weight) }
      }
      var column = columnA
      let last = (pairs &- 1) & -2
      while pair < last {
        let (first, second) = weights.two(from: pair)
        addPair(column, first)
        addPair(column + step, second)
        column += 2 &* step
        pair &+= 2
      }
      addPair(column, weights[last])
      // Most windows are one pair shorter than the longest.
      if pairs & 1 == 0 && !weights.isEmpty(last &+ 1) { addPair(column + step, weights[last &+ 1]) }
    }
    first += P.pixelsAtOnce
    weights.advance(by: P.pixelsAtOnce &* pairs)
    x &+= P.pixelsAtOnce
    let totalC = c.total(table)
    return V.fours(
      a.total(table), b.total(table), totalC, P.samples == 3 ? totalC : d.total(table), shift: table.precision)
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
        V.bytePairs(load(a + byte, as: SIMD16<UInt8>.self), load(b + byte, as: SIMD16<UInt8>.self), P.permutation)
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
    let pairs = V.columns(a, b, c, d)
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
    let bytes = min(sourceLength &* P.samples &- place, 16)
    var row = 0
    while row < 8 {
      store(SIMD16<UInt8>(repeating: 0), at: tail + row &* 16)
      memcpy(tail + row &* 16, rows.source(min(row, rows.count &- 1)) + place, bytes)
      row &+= 1
    }
    @inline(__always) func halves(_ row: Int) -> V.Words {
      V.bytePairs(
        load(tail + row &* 16, as: SIMD16<UInt8>.self), load(tail + (row &+ 4) &* 16, as: SIMD16<UInt8>.self),
        P.permutation)
    }
    storeBlock(halves(0), halves(1), halves(2), halves(3), at: address)
  }
}
