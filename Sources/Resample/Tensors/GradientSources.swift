/// What gradients are computed from, checked: the gradient of the output, and the two tensors that the operator read.
struct GradientSources {
  struct Source {
    let name: StaticString
    let tensor: Tensor

    init(_ name: StaticString, _ tensor: Tensor, _ shape: Shape, _ dtype: Dtype) throws(ResampleError) {
      try tensor.require(name, shape, dtype)
      (self.name, self.tensor) = (name, tensor)
    }
  }

  let dtype: Dtype
  private let sources: InlineArray<3, Source>

  init(
    _ gradOutput: Tensor, _ outputShape: Shape, _ name: StaticString, _ first: Tensor, _ firstShape: Shape,
    _ secondName: StaticString, _ second: Tensor, _ secondShape: Shape
  ) throws(ResampleError) {
    let dtype = gradOutput.dtype
    guard dtype.isFloatingPoint else {
      throw .invalidType("gradients must be float32, float64, float16 or bfloat16, got \(dtype)")
    }
    self.dtype = dtype
    sources = [
      try Source("grad_output", gradOutput, outputShape, dtype), try Source(name, first, firstShape, dtype),
      try Source(secondName, second, secondShape, dtype),
    ]
  }

  /// Throws unless a gradient, if it is wanted, has the shape of what it is the gradient of, and can be written without harm.
  func check(_ name: StaticString, _ gradient: Tensor?, _ shape: Shape) throws(ResampleError) {
    guard let gradient else { return }
    try gradient.require(name, shape, dtype)
    for index in 0..<3 {
      try gradient.requireApart(from: sources[index].tensor, sources[index].name, as: name)
    }
  }

  /// Throws unless two gradients, if both are wanted, lie apart.
  static func checkApart(
    _ name: StaticString, _ gradient: Tensor?, _ otherName: StaticString, _ other: Tensor?
  ) throws(ResampleError) {
    guard let gradient, let other else { return }
    try gradient.requireApart(from: other, otherName, as: name)
  }
}
