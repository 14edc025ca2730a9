extension Tensor {
  /// Throws unless this has the shape and the dtype that an operation needs; `name` is for the message.
  func require(_ name: StaticString, _ shape: Shape, _ dtype: Dtype) throws(ResampleError) {
    guard self.shape == shape else { throw .invalidValue("\(name) must have shape \(shape), got \(self.shape)") }
    guard self.dtype == dtype else { throw .invalidType("\(name) must be \(dtype), got \(self.dtype)") }
  }

  /// Throws unless this output can be written without harm to itself and to an input.
  func requireApart(
    from input: Tensor, _ name: StaticString = "input", as ownName: StaticString = "output"
  ) throws(ResampleError) {
    guard !isEmpty else { return }
    guard elementsAreApart else { throw .invalidValue("elements of the \(ownName) share memory") }
    guard !input.overlaps(self) else { throw .invalidValue("the \(ownName) overlaps the \(name)") }
  }

  /// The offset in bytes of the element whose first `axes` indices are those of the `index`-th of all, and whose others are
  /// zero.
  func offset(ofElement index: Int, ofFirst axes: Int) -> Int {
    var (offset, rest) = (0, index)
    for axis in (0..<axes).reversed() {
      offset += rest % shape[axis] * byteStride(axis)
      rest /= shape[axis]
    }
    return offset
  }
}
