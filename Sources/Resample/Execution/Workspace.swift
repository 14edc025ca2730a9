import CShims

/// The scratch memory of one thread of a weighted run: offsets of its parts.
///
/// Its size is ring rows * row + slices * rows of a task * row + five rows of the input and one of the output, each only
/// where it is needed: never a whole image.
struct Workspace {
  /// Rows of the input in the arithmetic.
  let unpackedRows: Int
  /// Rows on their way to the height pass, and which row of the input each of them is.
  let ring: Int
  let ringTags: Int
  /// Rows of the input that have been combined by a height pass that comes first.
  let combinedRow: Int
  /// Blocks of rows that have been through width and height, and which slice of the input each of them is.
  let slices: Int
  let sliceTags: Int
  /// The rows that a height or depth pass reads.
  let rowPointers: Int
  /// A row of the output in the arithmetic.
  let outputRow: Int
  /// Where the rows that the width pass takes at once are, and where they go.
  let pendingSources: Int
  let pendingResults: Int
  let bytes: Int

  init(
    unpackedRowSize: Int, ringRows: Int, ringRowSize: Int, combinedRowSize: Int, slices sliceCount: Int,
    rowsPerSlice: Int, outputRows: Int, rowSize: Int
  ) throws(ResampleError) {
    var layout = WorkspaceLayout()
    unpackedRows = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: unpackedRowSize)
    ring = try layout.reserve(ringRows, of: ringRowSize)
    ringTags = try layout.reserve(ringRows, of: MemoryLayout<Int>.size)
    combinedRow = try layout.reserve(1, of: combinedRowSize)
    slices = try layout.reserve(sliceCount, of: try checkedProduct(rowsPerSlice, rowSize))
    sliceTags = try layout.reserve(sliceCount, of: MemoryLayout<Int>.size)
    rowPointers = try layout.reserve(max(ringRows, sliceCount), of: MemoryLayout<UnsafeRawPointer?>.size)
    outputRow = try layout.reserve(outputRows, of: rowSize)
    pendingSources = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: MemoryLayout<UnsafeRawPointer?>.size)
    pendingResults = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: MemoryLayout<UnsafeMutableRawPointer?>.size)
    bytes = layout.bytes
  }
}

/// Adds up the parts of a workspace: each starts on a cache line of its own, and the sum is checked for overflow.
private struct WorkspaceLayout {
  private(set) var bytes = 0

  /// Reserves `count` elements of `size` bytes and returns their offset.
  mutating func reserve(_ count: Int, of size: Int) throws(ResampleError) -> Int {
    let offset = bytes
    let (end, overflow) = offset.addingReportingOverflow(try checkedProduct(count, size))
    guard !overflow, end <= .max - 63 else { throw .outOfMemory(bytes: .max) }
    bytes = (end + 63) & ~63
    return offset
  }
}
