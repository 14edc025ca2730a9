import CShims

/// Memory of the C library. Not inlined: see CheckedProduct.swift.
@inline(never) func allocated(bytes: Int) throws(ResampleError) -> UnsafeMutableRawPointer {
  guard let memory = malloc(bytes) else { throw .outOfMemory(bytes: bytes) }
  return memory
}

/// Objects in memory of their own, whose allocation may fail.
///
/// Only this module makes and destroys them: Embedded Swift does not see the deinit of another module's type.
enum Owned<Value: ~Copyable> {
  static func allocate(count: Int) throws(ResampleError) -> UnsafeMutablePointer<Value> {
    let bytes = try checkedProduct(count, MemoryLayout<Value>.stride)
    return try allocated(bytes: bytes).bindMemory(to: Value.self, capacity: count)
  }

  static func make(_ value: consuming Value) throws(ResampleError) -> UnsafeMutablePointer<Value> {
    let memory = try allocate(count: 1)
    memory.initialize(to: value)
    return memory
  }

  static func destroy(_ memory: UnsafeMutablePointer<Value>?, count: Int = 1) {
    guard let memory else { return }
    memory.deinitialize(count: count)
    free(memory)
  }
}
