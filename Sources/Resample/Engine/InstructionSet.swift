import CShims

/// The processor features that a module of kernels is compiled for; a higher raw value includes the lower ones.
package enum InstructionSet: Int32 {
  case baseline = 0
  case avx2 = 1
  case avx512 = 2

  package var name: StaticString {
    switch self {
    case .baseline: "baseline"
    case .avx2: "avx2"
    case .avx512: "avx512"
    }
  }

  /// The best that this processor has.
  package static var best: InstructionSet { InstructionSet(rawValue: rsk_processor_instruction_set()) ?? .baseline }

  /// The one that RESAMPLE_INSTRUCTION_SET named when the library was loaded, or else the best.
  package static func selected() throws(ResampleError) -> InstructionSet {
    let wish = rsk_wished_instruction_set()!
    guard wish.pointee != 0 else { return best }
    var number: Int32 = 0
    while let candidate = InstructionSet(rawValue: number) {
      number += 1
      guard strcmp(wish, candidate.cName) == 0 else { continue }
      guard candidate.rawValue <= best.rawValue else {
        throw .unsupportedProcessor(
          "RESAMPLE_INSTRUCTION_SET asks for \(candidate.name), but the best that this processor has is \(best.name)")
      }
      return candidate
    }
    throw .unsupportedProcessor("RESAMPLE_INSTRUCTION_SET must be baseline, avx2 or avx512, got \(wish)")
  }

  /// The name as a C string; literals end in a NUL.
  package var cName: UnsafePointer<CChar> { UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self) }

  /// The kernels compiled for it.
  package var kernels: rsk_table {
    var table = rsk_table()
    switch self {
    case .baseline: rsk_fill_baseline(&table)
    #if arch(x86_64)
      case .avx2: rsk_fill_avx2(&table)
      case .avx512: rsk_fill_avx512(&table)
    #else
      case .avx2, .avx512: preconditionFailure("this processor has the baseline alone")
    #endif
    }
    return table
  }
}
