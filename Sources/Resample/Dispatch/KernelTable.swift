import CShims

extension rsk_table {
  /// The passes from rows of the arithmetic to rows of the arithmetic.
  func passes(of arithmetic: Arithmetic) -> rsk_passes {
    switch arithmetic {
    case .float32: float32
    case .float64: float64
    case .fixedPoint: fixed_point
    }
  }

  /// The passes that read, or write, rows as they lie in memory; nil where a conversion has to do so.
  func passes(from format: SampleFormat) -> rsk_passes? {
    switch format.memoryAccess {
    case .direct: passes(of: format.arithmetic)
    case .float16: existing(from_float16)
    case .bfloat16: existing(from_bfloat16)
    case .converted: nil
    }
  }

  func passes(to format: SampleFormat) -> rsk_passes? {
    switch format.memoryAccess {
    case .direct: passes(of: format.arithmetic)
    case .float16: existing(to_float16)
    case .bfloat16: existing(to_bfloat16)
    case .converted: nil
    }
  }

  private func existing(_ passes: rsk_passes) -> rsk_passes? { passes.horizontal == nil ? nil : passes }

  /// `index`: RSK_FLOAT32 and so on.
  func conversion(_ index: Int) -> rsk_conversion {
    // A C array is a tuple in Swift.
    withUnsafeBytes(of: conversions) {
      $0.load(fromByteOffset: index * MemoryLayout<rsk_conversion>.stride, as: rsk_conversion.self)
    }
  }

  /// The kernel that sums products of rows of a format.
  func convolve(_ format: SumFormat) -> rsk_convolve {
    switch format.conversion {
    case Int(RSK_FLOAT64): convolutions.float64!
    case Int(RSK_INT64): convolutions.int64!
    default: convolutions.float32!
    }
  }

  /// The kernel that sums the products of rows of two tensors of a format.
  func correlate(_ format: SumFormat) -> rsk_correlate {
    format.sampleSize == 8 ? correlations.float64! : correlations.float32!
  }
  func total(_ format: SumFormat) -> rsk_total {
    format.sampleSize == 8 ? correlations.total_float64! : correlations.total_float32!
  }

  /// The kernel that sums products of rows, each sample with a weight of its own.
  func reassemble(_ format: SumFormat) -> rsk_reassemble {
    format.sampleSize == 8 ? reassemblies.float64! : reassemblies.float32!
  }

  /// The kernel that computes samples of a format at points.
  func sample(_ format: SumFormat) -> rsk_sample {
    switch format.conversion {
    case Int(RSK_FLOAT64): samplings.float64!
    case Int(RSK_FLOAT16): samplings.float16!
    case Int(RSK_BFLOAT16): samplings.bfloat16!
    default: samplings.float32!
    }
  }

  /// The kernel that interleaves samples of so many bytes.
  func interleave(sampleSize: Int) -> rsk_interleave {
    switch sampleSize {
    case 1: interleave.0!
    case 2: interleave.1!
    case 4: interleave.2!
    case 8: interleave.3!
    default: interleave.4!
    }
  }

  /// The kernel that copies pixels of so many bytes.
  func select(pixelSize: Int) -> rsk_select {
    switch pixelSize {
    case 1: select.0!
    case 2: select.1!
    case 4: select.2!
    case 8: select.3!
    default: select.4!
    }
  }
}
