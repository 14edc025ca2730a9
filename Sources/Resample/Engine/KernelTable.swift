import CShims

extension rsk_table {
  /// `index`: RSK_FLOAT32 and so on.
  func conversion(_ index: Int) -> rsk_conversion {
    // A C array is a tuple in Swift.
    withUnsafeBytes(of: conversions) {
      $0.load(fromByteOffset: index * MemoryLayout<rsk_conversion>.stride, as: rsk_conversion.self)
    }
  }

  /// The kernel that sums rows of a floating format, each with a weight of its own.
  func vertical(_ format: SumFormat) -> rsk_vertical {
    format.sampleSize == 8 ? float64.vertical! : float32.vertical!
  }

  /// The kernel that interleaves samples of that many bytes.
  func interleave(sampleSize: Int) -> rsk_interleave {
    switch sampleSize {
    case 1: interleave.0!
    case 2: interleave.1!
    case 4: interleave.2!
    case 8: interleave.3!
    default: interleave.4!
    }
  }
}

extension Int {
  /// The next multiple of a vector's samples.
  var roundedUpToVector: Int { (self + Int(RSK_WIDEST_VECTOR) - 1) & -Int(RSK_WIDEST_VECTOR) }
}
