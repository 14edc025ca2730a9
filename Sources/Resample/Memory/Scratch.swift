/// Elements of one type in scratch memory.
struct Region<Element: BitwiseCopyable> {
  fileprivate let offset: Int
}

/// Rows of samples in scratch memory, `stride` bytes apart.
struct RowRegion {
  fileprivate let offset: Int
  let stride: Int
}

/// The parts of a scratch memory: each starts on a cache line of its own, and the sum is checked for overflow.
struct ScratchLayout {
  static let cacheLine = 64
  private(set) var byteCount = 0

  mutating func reserve<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type
  ) throws(ResampleError) -> Region<Element> {
    Region(offset: try reserve(bytes: try checkedProduct(count, MemoryLayout<Element>.stride)))
  }

  mutating func reserveRows(_ count: Int, of bytes: Int) throws(ResampleError) -> RowRegion {
    RowRegion(offset: try reserve(bytes: try checkedProduct(count, bytes)), stride: bytes)
  }

  /// Rows that start `shift` bytes after a cache line, each of them.
  mutating func reserveAlignedRows(_ count: Int, of bytes: Int, shift: Int) throws(ResampleError) -> RowRegion {
    let stride = try ScratchLayout.roundedUp(bytes)
    let offset = try reserve(bytes: try checkedSum(try checkedProduct(count, stride), shift))
    return RowRegion(offset: offset + shift, stride: stride)
  }

  @inline(never) private mutating func reserve(bytes: Int) throws(ResampleError) -> Int {
    let offset = byteCount
    byteCount = try ScratchLayout.roundedUp(try checkedSum(offset, bytes))
    return offset
  }

  private static func roundedUp(_ bytes: Int) throws(ResampleError) -> Int {
    try checkedSum(bytes, cacheLine - 1) & -cacheLine
  }
}

/// Memory for the intermediate results of a run: a part of it for each thread.
struct Scratch: ~Copyable {
  private let memory: Buffer<UInt8>
  private let bytesPerThread: Int

  /// `isFilled`: all of it will be written.
  init(_ layout: ScratchLayout, threads: Int = 1, isFilled: Bool = false) throws(ResampleError) {
    let memory = try Buffer<UInt8>(count: try checkedProduct(threads, layout.byteCount), isFilled: isFilled)
    bytesPerThread = layout.byteCount
    self.memory = memory
  }

  subscript(thread: Int) -> ScratchMemory {
    ScratchMemory(start: UnsafeMutableRawPointer(memory.start) + thread * bytesPerThread)
  }
}

/// The scratch memory of one thread, valid as long as the whole.
struct ScratchMemory {
  fileprivate let start: UnsafeMutableRawPointer

  subscript<Element>(region: Region<Element>) -> UnsafeMutablePointer<Element> {
    (start + region.offset).assumingMemoryBound(to: Element.self)
  }

  subscript(rows: RowRegion, index: Int = 0) -> UnsafeMutableRawPointer {
    start + (rows.offset + index * rows.stride)
  }
}
