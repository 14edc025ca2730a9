import CShims

// Fixed-point arithmetic along a row with weights of two bytes, 256 * high + low, where the instruction set multiplies
// four bytes by four and adds them up in one step. The sums of both parts are exact, and so is the whole.

/// The samples of any number of rows, sixteen at a time, from windows of 64 bytes of the source.
@inline(__always) func horizontalBytePass<V: ByteProducts>(
  _ sums: V.Type, sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps,
  destinations: UnsafePointer<UnsafeMutableRawPointer?>, rows: Int
) {
  var prefetch = Prefetch(sources, rows, table.source_length)
  var index = 0
  while index < table.byte_window_count {
    prefetch.advance(to: Int(table.byte_windows![index].first) &+ Int(RSK_BYTES))
    let vector = ByteVector<V>(table, table.byte_windows! + index)
    var row = 0
    while row &+ 4 <= rows {
      vector.store(rows: 4, sources + row, destinations + row)
      row &+= 4
    }
    if row &+ 2 <= rows {
      vector.store(rows: 2, sources + row, destinations + row)
      row &+= 2
    }
    if row < rows { vector.store(rows: 1, sources + row, destinations + row) }
    index &+= 1
  }
}

/// Up to sixteen samples of the output, those that two windows of the source are enough for.
private struct ByteVector<V: ByteProducts> {
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

  @inline(__always) func store(
    rows: Int, _ sources: UnsafePointer<UnsafeRawPointer?>, _ destinations: UnsafePointer<UnsafeMutableRawPointer?>
  ) {
    if !isWhole {
      store(rows: rows, hasSecond: true, isWhole: false, sources, destinations)
    } else if secondWindow != firstWindow {
      store(rows: rows, hasSecond: true, isWhole: true, sources, destinations)
    } else {
      store(rows: rows, hasSecond: false, isWhole: true, sources, destinations)
    }
  }

  @inline(__always) private func store(
    rows: Int, hasSecond: Bool, isWhole: Bool, _ sources: UnsafePointer<UnsafeRawPointer?>,
    _ destinations: UnsafePointer<UnsafeMutableRawPointer?>
  ) {
    let zero: V.Vector = V.repeated(0)
    var (highA, highB, highC, highD) = (zero, zero, zero, zero)
    let half: V.Vector = V.repeated(oneHalf(table.precision))
    var (lowA, lowB, lowC, lowD) = (half, half, half, half)
    var weights = table.byte_weights! + start
    var offset = 0
    var group = 0
    while group < groups {
      let high = load(weights, as: V.Vector.self)
      let low = load(weights + table.byte_stride, as: V.Vector.self)
      @inline(__always) func add(_ row: Int, _ highSum: inout V.Vector, _ lowSum: inout V.Vector) {
        let source = sources[row]!
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
      }
      add(0, &highA, &lowA)
      if rows > 1 { add(1, &highB, &lowB) }
      if rows > 2 {
        add(2, &highC, &lowC)
        add(3, &highD, &lowD)
      }
      weights += 2 &* table.byte_stride
      offset &+= 4 &* table.step
      group &+= 1
    }
    @inline(__always) func finish(_ row: Int, _ high: V.Vector, _ low: V.Vector) {
      V.store(high: high, low: low, shift: table.precision, at: destinations[row]! + start, count: count)
    }
    finish(0, highA, lowA)
    if rows > 1 { finish(1, highB, lowB) }
    if rows > 2 {
      finish(2, highC, lowC)
      finish(3, highD, lowD)
    }
  }
}

/// Asks for the rows that come next where rows lie at even distances: the processor does not foresee that several are
/// read side by side.
private struct Prefetch {
  let sources: UnsafePointer<UnsafeRawPointer?>
  let rows: Int
  /// From a row to the one that comes next in its place.
  let distance: Int
  var column = 0
  /// Rows at once that are longer leave no room in the first cache.
  private static let mostBytes = 24 << 10

  @inline(__always) init(_ sources: UnsafePointer<UnsafeRawPointer?>, _ rows: Int, _ length: Int) {
    self.sources = sources
    let isUseful = rows > 1 && rows &* length <= Prefetch.mostBytes
    self.rows = isUseful ? rows : 0
    distance = isUseful ? (sources[1]! - sources[0]!) &* rows : 0
  }

  @inline(__always) mutating func advance(to end: Int) {
    while column < end {
      var row = 0
      while row < rows {
        rsi_prefetch(sources[row]! + (distance &+ column))
        row &+= 1
      }
      column &+= 64
    }
  }
}
