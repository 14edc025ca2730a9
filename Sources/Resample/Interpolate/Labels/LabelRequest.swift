/// The labels of pixels, checked: which channel of (N, C, H, W) is greatest once all of them are resampled.
package struct LabelRequest {
  private let resampling: InterpolateRequest
  /// (N, H, W).
  package let outputShape: Shape

  /// Labels are counted in float32.
  private static let mostChannels = 1 << 24

  @_optimize(size)
  package init(shape: Shape, dtype: Dtype, _ options: InterpolateOptions) throws(ResampleError) {
    guard shape.rank == 4 else {
      throw .notImplemented("logits must be 4-D (N, C, H, W), got \(shape.rank)-D")
    }
    guard dtype.isFloatingPoint else {
      throw .invalidType("logits must be float32, float64, float16 or bfloat16, got \(dtype)")
    }
    guard options.low == nil, options.high == nil else {
      throw .invalidValue("clamp would make logits equal that are not")
    }
    guard shape.channels > 0, shape.channels <= LabelRequest.mostChannels else {
      throw .invalidValue("logits must have 1 to \(LabelRequest.mostChannels) channels, got shape \(shape)")
    }
    var options = options
    // Nearest is weighted where it is clamped, with single weights of 1.
    options.low = -.infinity
    resampling = try InterpolateRequest(shape: shape, dtype: dtype, options)
    var labels = Shape(rank: 3)
    (labels[0], labels[1], labels[2]) = (shape.batch, resampling.outputShape[2], resampling.outputShape[3])
    // Of the widest dtype that labels may have.
    guard labels.byteCount(sampleSize: 8) != nil else { throw .invalidValue("labels of shape \(labels) are too large") }
    outputShape = labels
  }

  /// Computes `labels`: uint8, int32 or int64. Nothing is written when it fails.
  @_optimize(size)
  package func run(_ logits: Tensor, _ labels: Tensor, _ instructionSet: InstructionSet) throws(ResampleError) {
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
    try InterpolatePlan(resampling, instructionSet).label(logits, labels)
  }
}
