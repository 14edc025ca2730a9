import CShims
import ResampleGeometry

extension InterpolateRequest {
  /// Whether these tensors are what was asked for, and the output can be written without harm. `part`: the (N, C, spatial
  /// axes) that the input may have in place of its own.
  @_addressableSelf func check(_ input: Tensor, _ output: Tensor, part: Shape? = nil) throws(ResampleError) {
    let names: (read: StaticString, written: StaticString) =
      isBackward ? ("grad_output", "grad_input") : ("input", "output")
    var part = part
    if let planes = part, let selection { part = selection.tensorShape(ofPlanes: planes, like: readTensorShape) }
    try input.require(names.read, input.shape == part ? input.shape : readTensorShape, dtype)
    try output.require(names.written, writtenTensorShape, writtenDtype)
    try output.requireApart(from: input, names.read, as: names.written)
  }

  /// The region that is computed of a view of the whole output.
  func region(of output: Tensor) -> Tensor {
    part(of: output) { outputs(ofDimension: $0) }
  }

  /// Fills what lies outside the region.
  func fillSurroundings(of output: Tensor, with sample: SampleBytes) {
    if outputShape.isEmpty { return output.fill(sample) }
    for dimension in 0..<3 where output.shape.axis(ofDimension: dimension) != nil {
      let (region, length) = (outputs(ofDimension: dimension), output.shape.length(ofDimension: dimension))
      // All of the other axes: what is in two such parts is written twice.
      func fill(_ beside: Range<Int>) {
        part(of: output) { $0 == dimension ? beside : 0..<output.shape.length(ofDimension: $0) }.fill(sample)
      }
      fill(0..<region.lowerBound)
      fill(region.upperBound..<length)
    }
  }

  private func part(of output: Tensor, _ samples: (Int) -> Range<Int>) -> Tensor {
    var (shape, start) = (output.shape, InlineArray<3, Int>(repeating: 0))
    for dimension in 0..<3 {
      guard let axis = shape.axis(ofDimension: dimension) else { continue }
      (start[dimension], shape[axis]) = (samples(dimension).lowerBound, samples(dimension).count)
    }
    return Tensor(output, from: start, shape)
  }
}

extension rsk_table {
  /// A number as a sample of a dtype: rounded half to even, and saturated, where it is none.
  func sample(_ value: Double, _ dtype: Dtype) -> SampleBytes {
    var bytes = SampleBytes(repeating: 0)
    withUnsafeMutableBytes(of: &bytes) { bytes in
      let memory = bytes.baseAddress!
      if let format = SampleFormat(dtype, .area) {
        var (single, double) = (Float(value), value)
        let store = conversion(format.conversion).store!
        if format.workingType == .float64 {
          store(&double, 1, 1, -.infinity, .infinity, memory, dtype.size!)
        } else {
          store(&single, 1, 1, -.infinity, .infinity, memory, dtype.size!)
        }
        return
      }
      let rounded = value.rounded(.toNearestOrEven)
      switch dtype {
      case .int64: memory.storeBytes(of: saturated(rounded, Int64.self), as: Int64.self)
      case .uint64: memory.storeBytes(of: saturated(rounded, UInt64.self), as: UInt64.self)
      case .uint32: memory.storeBytes(of: saturated(rounded, UInt32.self), as: UInt32.self)
      case .complex64: memory.storeBytes(of: Float(value), as: Float.self)
      case .complex128: memory.storeBytes(of: value, as: Double.self)
      default: memory.storeBytes(of: value == 0 ? 0 : 1, as: UInt8.self)
      }
    }
    return bytes
  }

  /// NaN is 0.
  private func saturated<Integer: FixedWidthInteger>(_ value: Double, _ type: Integer.Type) -> Integer {
    if !(value > Double(Integer.min)) { return value.isNaN ? 0 : .min }
    return value < Double(Integer.max) ? Integer(value) : .max
  }
}
