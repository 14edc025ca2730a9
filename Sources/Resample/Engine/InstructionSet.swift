import CShims

/// The processor features that a module of kernels is compiled for.
package struct InstructionSet: Sendable {
  /// How many this build has kernels for.
  package static var count: Int { rsk_instruction_set_count() }

  private let index: Int

  /// One of them: 0 is the one to prefer, the last is the baseline, which every processor has.
  package init(preference index: Int) {
    precondition(index >= 0 && index < InstructionSet.count, "there is no such instruction set")
    self.index = index
  }

  private var entry: rsk_instruction_set { rsk_instruction_sets()[index] }

  package var cName: UnsafePointer<CChar> { entry.name }

  /// Whether this processor and its operating system have it.
  package var isSupported: Bool { entry.is_supported() }

  /// The kernels compiled for it, which this processor has to have.
  package var kernels: rsk_table { table.pointee }

  /// Where they are as long as the library is loaded.
  package var table: UnsafePointer<rsk_table> { entry.kernels }

  /// What every processor has: its sums of floating-point numbers round after each product.
  package static var baseline: InstructionSet { InstructionSet(preference: count - 1) }

  /// The first that this processor has.
  package static var best: InstructionSet {
    first { $0.isSupported } ?? InstructionSet(preference: count - 1)
  }

  /// The one that RESAMPLE_INSTRUCTION_SET named when the library was loaded, or else the best.
  @export(interface) package static func selected() throws(ResampleError) -> InstructionSet {
    let wish = rsk_wished_instruction_set()!
    guard wish.pointee != 0 else { return best }
    guard let wished = first(where: { strcmp(wish, $0.cName) == 0 }) else {
      throw .unsupportedProcessor("RESAMPLE_INSTRUCTION_SET must be \(anyOf: count), got \(wish)")
    }
    guard wished.isSupported else {
      throw .unsupportedProcessor(
        "RESAMPLE_INSTRUCTION_SET asks for \(wished.cName), but the best that this processor has is \(best.cName)")
    }
    return wished
  }

  private static func first(where condition: (InstructionSet) -> Bool) -> InstructionSet? {
    for index in 0..<count where condition(InstructionSet(preference: index)) {
      return InstructionSet(preference: index)
    }
    return nil
  }
}

extension Message.StringInterpolation {
  /// The names of all instruction sets, the baseline first, such as: baseline, avx2 or avx512.
  fileprivate mutating func appendInterpolation(anyOf count: Int) {
    for index in (0..<count).reversed() {
      appendInterpolation(InstructionSet(preference: index).cName)
      if index > 0 { appendLiteral(index > 1 ? ", " : " or ") }
    }
  }
}
