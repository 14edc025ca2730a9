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
  fileprivate func vertical(_ format: SumFormat) -> rsk_vertical {
    format.sampleSize == 8 ? float64.vertical! : float32.vertical!
  }

  /// The kernel that writes samples of 1, 2 or 4 bytes, of a table, for bytes.
  func lookUp(sampleSize: Int) -> rsk_look_up {
    switch sampleSize {
    case 1: look_up.0!
    case 2: look_up.1!
    default: look_up.2!
    }
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

/// Sums rows of a floating format.
struct RowSum {
  private let vertical: rsk_vertical

  init(_ format: SumFormat, _ kernels: rsk_table) { vertical = kernels.vertical(format) }

  /// The sum of the first `count` rows, `samples` samples of each; `ones` are as many ones.
  func sum(
    _ rows: rsk_source_rows, count: Int, samples: Int, ones: UnsafeRawPointer, into row: UnsafeMutableRawPointer
  ) {
    var rows = rows
    var (first, taps) = (Int32(0), Int32(truncatingIfNeeded: count))
    var target = rsk_target_rows(start: row, stride: 0, first: 0, count: 1, streams: false)
    withUnsafePointer(to: &first) { first in
      withUnsafePointer(to: &taps) { taps in
        var table = rsk_taps()
        (table.first, table.count, table.weights) = (first, taps, ones)
        (table.tap_stride, table.length) = (1, 1)
        vertical(&rows, &table, samples, &target)
      }
    }
  }
}

extension Int {
  /// The next multiple of a vector's samples.
  var roundedUpToVector: Int { (self + Int(RSK_WIDEST_VECTOR) - 1) & -Int(RSK_WIDEST_VECTOR) }
}
