import CShims

extension rsk_source_rows {
  @inline(__always) func row(_ index: Int) -> UnsafeRawPointer { start + (index & mask) &* stride }
}

extension rsk_target_rows {
  /// The `index`-th of these rows.
  @inline(__always) func row(_ index: Int) -> UnsafeMutableRawPointer { start + index &* stride }
}

/// The rows that one output sample across rows reads, one after the other.
struct RowCursor {
  private(set) var row: UnsafeRawPointer
  private let stride: Int
  /// After the last place of a ring comes its start.
  private let last: UnsafeRawPointer
  private let start: UnsafeRawPointer

  @inline(__always) init(_ rows: rsk_source_rows, from index: Int) {
    row = rows.row(index)
    stride = rows.stride
    start = rows.start
    // An image has no last place that is ever reached.
    last = rows.mask < 0 ? UnsafeRawPointer(bitPattern: -1)! : rows.start + rows.mask &* rows.stride
  }

  @inline(__always) mutating func advance() { row = row == last ? start : row + stride }
}

/// Where vectors of results go.
protocol Storing {
  static func put<O: Samples>(_ output: O.Type, _ vector: O.A.Vector, at samples: UnsafeMutablePointer<O.Stored>)
}

enum Cached: Storing {
  @inline(__always) static func put<O: Samples>(
    _ output: O.Type, _ vector: O.A.Vector, at samples: UnsafeMutablePointer<O.Stored>
  ) { O.store(vector, at: samples) }
}

/// Past the caches, to aligned addresses.
enum Streamed: Storing {
  @inline(__always) static func put<O: Samples>(
    _ output: O.Type, _ vector: O.A.Vector, at samples: UnsafeMutablePointer<O.Stored>
  ) { O.stream(vector, to: samples) }
}

/// The samples of a row that fill whole lines of the cache, or nil where no sample begins with a line.
@inline(__always) func wholeLines<O: Samples>(
  _ output: O.Type, _ destination: UnsafeMutablePointer<O.Stored>, _ samples: Int
) -> Range<Int>? {
  let line = Int(RSK_CACHE_LINE) / MemoryLayout<O.Stored>.size
  guard let head = samplesToAlignment(O.self, destination, of: line) else { return nil }
  let start = min(head, samples)
  return start..<start &+ (samples &- start) / line &* line
}

// What is known about a table when this is compiled is a type, so that each combination has a loop of its own; the
// compiler would make one of them again if it were a value.

/// How many taps a sample has.
protocol TapCount {
  /// 0: as many as the table says.
  static var taps: Int { get }
}
enum AnyTaps: TapCount { @inline(__always) static var taps: Int { 0 } }
enum TwoTaps: TapCount { @inline(__always) static var taps: Int { 2 } }
enum FourTaps: TapCount { @inline(__always) static var taps: Int { 4 } }

/// How many rows are taken at a time.
protocol RowCount {
  static var rows: Int { get }
}
enum OneRow: RowCount { @inline(__always) static var rows: Int { 1 } }
enum TwoRows: RowCount { @inline(__always) static var rows: Int { 2 } }
enum FourRows: RowCount { @inline(__always) static var rows: Int { 4 } }
