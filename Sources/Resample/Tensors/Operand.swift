/// A tensor of a call, by the name that messages call it, and the shape that it must have. A gradient that is not wanted is
/// nil.
struct Operand {
  let name: StaticString
  let tensor: Tensor?
  let shape: Shape

  init(_ name: StaticString, _ tensor: Tensor?, _ shape: Shape) {
    (self.name, self.tensor, self.shape) = (name, tensor, shape)
  }

  fileprivate func require(_ dtype: Dtype) throws(ResampleError) { try tensor?.require(name, shape, dtype) }

  /// Throws unless this can be written without harm to itself and to the other.
  fileprivate func requireApart(from other: Operand) throws(ResampleError) {
    guard let tensor, let otherTensor = other.tensor else { return }
    try tensor.requireApart(from: otherTensor, other.name, as: name)
  }
}

/// What gradients are computed from, checked: the gradient of the output, and the two tensors that the operator read.
struct GradientSources {
  let dtype: Dtype
  private let sources: InlineArray<3, Operand>

  /// `gradOutput` and what the operator read.
  init(
    _ gradOutput: Tensor, outputShape: Shape, _ first: Operand, _ second: Operand
  ) throws(ResampleError) {
    dtype = gradOutput.dtype
    guard dtype.isFloatingPoint else {
      throw .invalidType("gradients must be float32, float64, float16 or bfloat16, got \(dtype)")
    }
    sources = [Operand("grad_output", gradOutput, outputShape), first, second]
    for index in 0..<3 { try sources[index].require(dtype) }
  }

  /// Throws unless every gradient has the shape of what it is the gradient of, and lies apart from all that is read and from
  /// the other gradients.
  func check<let count: Int>(_ gradients: InlineArray<count, Operand>) throws(ResampleError) {
    for gradient in 0..<count {
      try gradients[gradient].require(dtype)
      for source in 0..<3 { try gradients[gradient].requireApart(from: sources[source]) }
    }
    for gradient in 0..<count {
      for other in 0..<gradient { try gradients[gradient].requireApart(from: gradients[other]) }
    }
  }
}
