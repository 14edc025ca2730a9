import CShims

extension Tensor {
  /// Writes zeros: the gradient of what nothing reads. Every dtype has them as bytes of 0.
  func fillWithZeros() {
    guard !isEmpty else { return }
    let last = shape.rank - 1
    var rows = 1
    for axis in 0..<last { rows *= shape[axis] }
    for row in 0..<rows {
      let start = mutableOrigin + offset(ofElement: row, ofFirst: last)
      for index in 0..<shape[last] { memset(start + index * byteStride(last), 0, sampleSize) }
    }
  }
}
