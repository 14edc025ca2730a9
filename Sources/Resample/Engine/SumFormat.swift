import CShims

/// How sums of products of two tensors of a dtype are computed.
struct SumFormat {
  /// Bytes of a sample in the rows that are summed.
  let sampleSize: Int
  /// Index of rsk_table.conversions.
  let conversion: Int
  /// Rows in memory are such rows already.
  let isDirect: Bool

  private init(_ conversion: Int, sampleSize: Int, isDirect: Bool) {
    self.conversion = conversion
    self.sampleSize = sampleSize
    self.isDirect = isDirect
  }

  /// nil for the dtypes that PyTorch does not sum so.
  init?(_ dtype: Dtype) {
    switch dtype {
    case .float32: self.init(Int(RSK_FLOAT32), sampleSize: 4, isDirect: true)
    case .float16: self.init(Int(RSK_FLOAT16), sampleSize: 4, isDirect: false)
    case .bfloat16: self.init(Int(RSK_BFLOAT16), sampleSize: 4, isDirect: false)
    case .float64: self.init(Int(RSK_FLOAT64), sampleSize: 8, isDirect: true)
    case .int64: self.init(Int(RSK_INT64), sampleSize: 8, isDirect: true)
    default: return nil
    }
  }

  /// Writes `count` ones of a floating format to a row.
  func fillWithOnes(_ row: UnsafeMutableRawPointer, _ count: Int) {
    if sampleSize == 8 {
      row.assumingMemoryBound(to: Double.self).update(repeating: 1, count: count)
    } else {
      row.assumingMemoryBound(to: Float.self).update(repeating: 1, count: count)
    }
  }
}
