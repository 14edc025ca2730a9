/// The characters of a message: each has its own.
struct SentenceBytes {
  private var bytes = InlineArray<251, UInt8>(repeating: 0)

  static var capacity: Int { 251 }

  subscript(index: Int) -> UInt8 {
    get { bytes[index] }
    set { bytes[index] = newValue }
  }
}
