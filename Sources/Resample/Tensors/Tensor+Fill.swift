import CShims

/// The bytes of a sample of any dtype: the first of them.
typealias SampleBytes = InlineArray<16, UInt8>

extension Tensor {
  /// Writes zeros: the gradient of what nothing reads. Every dtype has them as bytes of 0.
  func fillWithZeros() { fill(SampleBytes(repeating: 0)) }

  /// Writes the same sample everywhere.
  func fill(_ sample: SampleBytes) {
    guard !isEmpty else { return }
    let last = shape.rank - 1
    var rows = 1
    for axis in 0..<last { rows *= shape[axis] }
    withUnsafeBytes(of: sample) { sample in
      for row in 0..<rows {
        let start = mutableOrigin + offset(ofElement: row, ofFirst: last)
        for index in 0..<shape[last] { memcpy(start + index * byteStride(last), sample.baseAddress!, sampleSize) }
      }
    }
  }
}
