/// The characters of the one message that there is: where there is one thread, a call ends with it before there is another.
/// Whatever throws would otherwise copy them, which is a third of the module.
struct SentenceBytes {
  nonisolated(unsafe) private static var bytes = InlineArray<251, UInt8>(repeating: 0)

  static var capacity: Int { 251 }

  subscript(index: Int) -> UInt8 {
    get { SentenceBytes.bytes[index] }
    nonmutating set { SentenceBytes.bytes[index] = newValue }
  }
}
