import CShims

// Fixed-point arithmetic along a row with weights of two bytes, 256 * high + low, where the instruction set multiplies
// four bytes by four and adds them up in one step. The sums of both parts are exact, and so is the whole. Remainders
// are a third byte.

/// The samples of rows, sixteen at a time, from windows of 64 bytes of the source.
@inline(never) func horizontalBytePass<V: ByteProducts, W: WeightRounding>(
  _ sums: V.Type, _ rounding: W.Type, _ rows: ByteRows, _ table: rsk_taps
) {
  var row = 0
  while row < rows.count {
    let part = rows.part(from: row, count: min(rows.count &- row, mostByteRows))
    storeByteRows(V.self, W.self, part, table)
    row &+= mostByteRows
  }
}

/// Rows that go together: as many as stay in the nearest cache while they are read.
private var mostByteRows: Int { 8 }

@inline(__always) private func storeByteRows<V: ByteProducts, W: WeightRounding>(
  _ sums: V.Type, _ rounding: W.Type, _ rows: ByteRows, _ table: rsk_taps
) {
  var prefetch = Prefetch(rows, table.source_length)
  var index = 0
  while index < table.byte_window_count {
    prefetch.advance(to: Int(table.byte_windows![index].first) &+ Int(RSK_BYTES))
    let vector = ByteVector<V, W>(table, table.byte_windows! + index)
    var row = 0
    while row &+ 4 <= rows.count {
      vector.store(rows.part(from: row, count: 4))
      row &+= 4
    }
    // Two are the window of a sample far from the next one: of tables that average nothing, which are exact.
    if W.isExact && row &+ 2 <= rows.count {
      vector.store(rows.part(from: row, count: 2))
      row &+= 2
    }
    while row < rows.count {
      vector.store(rows.part(from: row, count: 1))
      row &+= 1
    }
    index &+= 1
  }
}

/// Up to sixteen samples of the output, those that two windows of the source are enough for.
private struct ByteVector<V: ByteProducts, W: WeightRounding> {
  let table: rsk_taps
  /// Groups of four taps.
  let groups: Int
  let start: Int
  let count: Int
  let firstWindow: Int
  let secondWindow: Int
  let places: V.Vector
  let inSecond: UInt64
  /// All windows of all groups lie within the source.
  let isWhole: Bool

  @inline(__always) init(_ table: rsk_taps, _ window: UnsafePointer<rsk_byte_window>) {
    self.table = table
    groups = (table.most_taps &+ 3) / 4
    start = Int(window.pointee.start)
    count = Int(window.pointee.count)
    firstWindow = Int(window.pointee.first)
    secondWindow = Int(window.pointee.second)
    places = load(window, as: V.Vector.self)
    inSecond = window.pointee.in_second
    isWhole = secondWindow &+ (groups &- 1) &* 4 &* table.step &+ Int(RSK_BYTES) <= table.source_length
  }

  @inline(__always) func store(_ rows: ByteRows) {
    if !isWhole {
      store(rows, hasSecond: true, isWhole: false)
    } else if secondWindow != firstWindow {
      store(rows, hasSecond: true, isWhole: true)
    } else {
      store(rows, hasSecond: false, isWhole: true)
    }
  }

  @inline(__always) private func store(_ rows: ByteRows, hasSecond: Bool, isWhole: Bool) {
    let zero: V.Vector = V.repeated(0)
    var (highA, highB, highC, highD) = (zero, zero, zero, zero)
    let half: V.Vector = V.repeated(oneHalf(table.precision))
    var (lowA, lowB, lowC, lowD) = (half, half, half, half)
    var (restA, restB, restC, restD) = (zero, zero, zero, zero)
    var weights = table.byte_weights! + start
    var remainders = W.isExact ? weights : table.byte_remainders! + start
    var offset = 0
    var group = 0
    while group < groups {
      let high = load(weights, as: V.Vector.self)
      let low = load(weights + table.byte_stride, as: V.Vector.self)
      let remainder = W.isExact ? low : load(remainders, as: V.Vector.self)
      @inline(__always) func add(
        _ row: Int, _ highSum: inout V.Vector, _ lowSum: inout V.Vector, _ restSum: inout V.Vector
      ) {
        let source = UnsafeRawPointer(rows.source(row))
        let (first, second) = (firstWindow &+ offset, secondWindow &+ offset)
        @inline(__always) func window(_ start: Int) -> V.Vector {
          isWhole
            ? load(source + start, as: V.Vector.self)
            : V.loadPart(source + start, count: table.source_length &- start)
        }
        let bytes =
          hasSecond
          ? V.take(places, window(first), window(second), inSecond: inSecond)
          : V.take(places, window(first))
        highSum = V.add(highSum, bytes: bytes, weights: high)
        lowSum = V.add(lowSum, bytes: bytes, weights: low)
        if !W.isExact { restSum = V.add(restSum, bytes: bytes, weights: remainder) }
      }
      add(0, &highA, &lowA, &restA)
      if rows.count > 1 { add(1, &highB, &lowB, &restB) }
      if rows.count > 2 {
        add(2, &highC, &lowC, &restC)
        add(3, &highD, &lowD, &restD)
      }
      weights += 2 &* table.byte_stride
      if !W.isExact { remainders += table.byte_stride }
      offset &+= 4 &* table.step
      group &+= 1
    }
    @inline(__always) func finish(_ row: Int, _ high: V.Vector, _ low: V.Vector, _ rest: V.Vector) {
      var sums = V.sum(high: high, low: low)
      if !W.isExact { sums = V.sum(sums, rest, shift: table.remainder_bits) }
      V.store(sums, shift: table.precision, at: rows.destination(row) + start, count: count)
    }
    finish(0, highA, lowA, restA)
    if rows.count > 1 { finish(1, highB, lowB, restB) }
    if rows.count > 2 {
      finish(2, highC, lowC, restC)
      finish(3, highD, lowD, restD)
    }
  }
}

/// Asks for the rows that come next: the processor does not foresee that several are
/// read side by side.
private struct Prefetch {
  let rows: ByteRows
  /// The rows at once that are asked for: none where that is of no use.
  let count: Int
  /// From a row to the one that comes next in its place.
  let distance: Int
  var column = 0
  /// Rows at once that are longer leave no room in the first cache.
  private static let mostBytes = 24 << 10

  @inline(__always) init(_ rows: ByteRows, _ length: Int) {
    self.rows = rows
    // Two are the window of a sample far from the next one: the rows after them are not read.
    count = rows.count > 2 && rows.count &* length <= Prefetch.mostBytes ? rows.count : 0
    distance = rows.sourceStride &* rows.count
  }

  @inline(__always) mutating func advance(to end: Int) {
    while column < end {
      var row = 0
      while row < count {
        rsi_prefetch(rows.source(row) + (distance &+ column))
        row &+= 1
      }
      column &+= 64
    }
  }
}
