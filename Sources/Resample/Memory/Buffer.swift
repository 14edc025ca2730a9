import CShims

/// The large pages of x86-64 and aarch64, in bytes.
private let hugePage = 2 << 20

/// Memory that begins with a cache line, so that vectors do not straddle two and threads do not share one. Not inlined: see CheckedProduct.swift.
@inline(never)
private func allocatedLines(bytes: Int, isFilled: Bool) throws(ResampleError) -> UnsafeMutableRawPointer {
  let isHuge = isFilled && bytes >= 2 * hugePage
  var memory: UnsafeMutableRawPointer?
  guard posix_memalign(&memory, isHuge ? hugePage : ScratchLayout.cacheLine, bytes) == 0, let memory else {
    throw .outOfMemory(bytes: bytes)
  }
  if isHuge { rsk_wish_for_huge_pages(memory, bytes & -hugePage) }
  return memory
}

/// Memory of `count` elements that belongs to one owner, and whose allocation may fail.
///
/// Swift's own arrays end the process when memory runs out, so the library has none.
package struct Buffer<Element: BitwiseCopyable>: ~Copyable {
  package let start: UnsafeMutablePointer<Element>
  package let count: Int
  /// nil where there is nothing to hold, nor to read after it.
  private let memory: UnsafeMutableRawPointer?

  /// The elements are not initialised. `padding` more are, with zeros: they belong to nobody, but may be read.
  ///
  /// `isFilled`: all of it will be written, so that large pages waste nothing.
  package init(count: Int, after padding: Int = 0, isFilled: Bool = false) throws(ResampleError) {
    let bytes = try checkedProduct(count, MemoryLayout<Element>.stride)
    let size = try checkedSum(bytes, padding * MemoryLayout<Element>.stride)
    guard size > 0 else {
      start = UnsafeMutablePointer(bitPattern: ScratchLayout.cacheLine)!
      (memory, self.count) = (nil, 0)
      return
    }
    let memory = try allocatedLines(bytes: size, isFilled: isFilled)
    memset(memory + bytes, 0, size - bytes)
    start = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
    self.memory = memory
  }

  deinit { free(memory) }

  package var elements: UnsafeMutableBufferPointer<Element> { .init(start: start, count: count) }

  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return start[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count)
      start[index] = newValue
    }
  }
}
