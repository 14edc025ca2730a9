/// The labels of pixels, checked: which channel of (N, C, H, W) is greatest once all of them are resampled.
package struct LabelRequest {
  private let resampling: InterpolateRequest
  /// (N, H, W).
  package let outputShape: Shape

  /// Labels are counted in float32.
  private static let mostChannels = 1 << 24

  package init(shape: Shape, dtype: Dtype, _ options: InterpolateOptions) throws(ResampleError) {
    guard shape.rank == 4 else {
      throw .notImplemented("logits must be 4-D (N, C, H, W), got \(shape.rank)-D")
    }
    guard dtype.isFloatingPoint else {
      throw .invalidType("logits must be float32, float64, float16 or bfloat16, got \(dtype)")
    }
    guard options.low == nil, options.high == nil else {
      throw .invalidValue("clamp would make logits equal whose labels differ")
    }
    guard shape.channels > 0, shape.channels <= LabelRequest.mostChannels else {
      throw .invalidValue("logits must have 1 to \(LabelRequest.mostChannels) channels, got shape \(shape)")
    }
    resampling = try InterpolateRequest(shape: shape, dtype: dtype, options)
    var labels = Shape(rank: 3)
    (labels[0], labels[1], labels[2]) = (
      shape.batch, resampling.outputShape.length(ofDimension: 1), resampling.outputShape.length(ofDimension: 2)
    )
    // Of the widest dtype that labels may have.
    guard labels.byteCount(sampleSize: 8) != nil else { throw .invalidValue("labels of shape \(labels) are too large") }
    outputShape = labels
  }

  /// Computes `labels`: uint8, int32 or int64. Nothing is written when it fails.
  package func run(
    _ logits: Tensor, _ labels: Tensor, _ options: InterpolateOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let dtype = labels.dtype
    guard dtype == .uint8 || dtype == .int32 || dtype == .int64 else {
      throw .invalidType("labels must be uint8, int32 or int64, got \(dtype)")
    }
    guard dtype != .uint8 || logits.shape.channels <= 256 else {
      throw .invalidType("labels of \(logits.shape.channels) channels must be int32 or int64: uint8 has 256 values")
    }
    try logits.require("logits", resampling.inputShape, resampling.dtype)
    try labels.require("labels", outputShape, dtype)
    try labels.requireApart(from: logits, "logits", as: "labels")
    guard !labels.isEmpty else { return }
    if resampling.format != nil { return try InterpolatePlan(resampling, instructionSet).label(logits, labels) }
    try runNearest(logits, labels, options, instructionSet)
  }

  /// Labels are copied as logits would be: those of the input are resampled.
  @inline(never)
  private func runNearest(
    _ logits: Tensor, _ labels: Tensor, _ options: InterpolateOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    var identity = InterpolateOptions()
    (identity.mode, identity.sizeCount) = (LabelRequest.bilinear, 2)
    (identity.size[0], identity.size[1]) = (logits.shape[2], logits.shape[3])
    let comparing = try InterpolatePlan(
      InterpolateRequest(shape: logits.shape, dtype: logits.dtype, identity), instructionSet)
    var image = logits.shape
    image[1] = 1
    let copying = try InterpolatePlan(
      InterpolateRequest(shape: image, dtype: labels.dtype, options), instructionSet)
    let memory = try Buffer<UInt8>(count: image.byteCount(sampleSize: labels.sampleSize) ?? .max, isFilled: true)
    defer { withExtendedLifetime(memory) {} }
    let map = try Tensor(
      "the labels of the input", data: memory.start, byteOffset: 0, dtype: labels.dtype, shape: image, strides: nil)
    try comparing.label(logits, map.withoutChannels)
    try copying.execute(map, labels.withSingleChannel)
  }

  /// RSMP_MODE_BILINEAR: of an axis that keeps its length, a copy.
  private static let bilinear: Int32 = 3
}

extension Tensor {
  /// (N, H, W) as (N, 1, H, W).
  fileprivate var withSingleChannel: Tensor {
    var (image, strides) = (Shape(rank: 4), InlineArray<8, Int>(repeating: 0))
    (image[0], image[2], image[3]) = (shape[0], shape[1], shape[2])
    (strides[0], strides[2], strides[3]) = (byteStride(0), byteStride(1), byteStride(2))
    return Tensor(self, offset: 0, image, strides)
  }

  /// (N, 1, H, W) as (N, H, W).
  fileprivate var withoutChannels: Tensor {
    var (map, strides) = (Shape(rank: 3), InlineArray<8, Int>(repeating: 0))
    (map[0], map[1], map[2]) = (shape[0], shape[2], shape[3])
    (strides[0], strides[1], strides[2]) = (byteStride(0), byteStride(2), byteStride(3))
    return Tensor(self, offset: 0, map, strides)
  }
}
