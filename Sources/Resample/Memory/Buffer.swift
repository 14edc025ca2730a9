import CShims

/// Memory of `count` elements that belongs to one owner, and whose allocation may fail.
///
/// Swift's own arrays end the process when memory runs out, so the library has none.
package struct Buffer<Element: BitwiseCopyable>: ~Copyable {
  package let start: UnsafeMutablePointer<Element>
  package let count: Int

  /// The elements are not initialised.
  package init(count: Int) throws(ResampleError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow else { throw .outOfMemory(bytes: .max) }
    // Cache lines, so that vectors do not straddle them and threads do not share them.
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, max(bytes, 1)) == 0, let memory else { throw .outOfMemory(bytes: bytes) }
    start = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(start) }

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
