import CShims

/// The scratch memory of one thread of a weighted run: offsets of its parts.
///
/// Its size is ring rows * row + slices * rows of a task * row + nine rows of the input and one of the output, each only
/// where it is needed: never a whole image. PackedPlanes adds a band of rows where those of the input lie across cache lines.
struct Workspace {
  /// Rows of planes of the input, packed.
  let packedPlanes: Int
  /// Rows of the input in the arithmetic.
  let unpackedRows: Int
  /// Rows on their way to the height pass, and which row of the input each of them is.
  let ring: Int
  let ringStride: Int
  let ringTags: Int
  /// Rows of the input that have been combined by a height pass that comes first.
  let combinedRow: Int
  /// Blocks of rows that have been through width and height, and which slice of the input each of them is.
  let slices: Int
  let sliceStride: Int
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
    packedPlanes packedSize: Int, unpackedRowSize: Int, ringRows: Int, ringRowSize: Int,
    combinedRowSize: Int, slices sliceCount: Int,
    rowsPerSlice: Int, outputRows: Int, rowSize: Int
  ) throws(ResampleError) {
    var layout = WorkspaceLayout()
    packedPlanes = try layout.reserve(1, of: packedSize)
    unpackedRows = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: unpackedRowSize)
    ringStride = try Workspace.stride(ringRowSize)
    ring = try layout.reserve(ringRows, of: ringStride, shift: Workspace.cacheLine)
    ringTags = try layout.reserve(ringRows, of: MemoryLayout<Int>.size)
    combinedRow = try layout.reserve(1, of: combinedRowSize)
    sliceStride = try Workspace.stride(rowSize)
    slices = try layout.reserve(
      sliceCount, of: try checkedProduct(rowsPerSlice, sliceStride), shift: Workspace.cacheLine)
    sliceTags = try layout.reserve(sliceCount, of: MemoryLayout<Int>.size)
    rowPointers = try layout.reserve(max(ringRows, sliceCount), of: MemoryLayout<UnsafeRawPointer?>.size)
    outputRow = try layout.reserve(outputRows, of: rowSize)
    pendingSources = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: MemoryLayout<UnsafeRawPointer?>.size)
    pendingResults = try layout.reserve(Int(RSK_ROWS_AT_ONCE), of: MemoryLayout<UnsafeMutableRawPointer?>.size)
    bytes = layout.bytes
  }
}

extension Workspace {
  static let cacheLine = 64

  /// From one row to the next: a multiple of a cache line.
  private static func stride(_ rowSize: Int) throws(ResampleError) -> Int {
    guard rowSize <= .max - cacheLine else { throw .outOfMemory(bytes: .max) }
    return (rowSize + cacheLine - 1) & -cacheLine
  }
}

/// Adds up the parts of a workspace: each starts on a cache line of its own, and the sum is checked for overflow.
struct WorkspaceLayout {
  private(set) var bytes = 0

  /// Reserves `count` elements of `size` bytes and returns their offset. They can be moved by up to `shift` bytes.
  mutating func reserve(_ count: Int, of size: Int, shift: Int = 0) throws(ResampleError) -> Int {
    let offset = bytes
    let (end, overflow) = offset.addingReportingOverflow(try checkedProduct(count, size))
    guard !overflow, end <= .max - shift - Workspace.cacheLine else { throw .outOfMemory(bytes: .max) }
    bytes = (end + shift + Workspace.cacheLine - 1) & -Workspace.cacheLine
    return offset
  }
}
