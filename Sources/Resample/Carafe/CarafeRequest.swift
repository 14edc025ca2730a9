import CShims

/// One call of carafe, checked.
package struct CarafeRequest {
  let featuresShape: Shape
  private let masksShape: Shape
  package let outputShape: Shape
  let kernel: Int
  let groups: Int
  let scale: Int

  @export(interface) package init(features: Shape, masks: Shape, kernel: Int, groups: Int, scale: Int)
    throws(ResampleError)
  {
    guard features.rank == 4, masks.rank == 4 else {
      throw .invalidValue("features and masks must be 4-D (N, C, H, W), got \(features) and \(masks)")
    }
    guard kernel > 0, kernel % 2 == 1 else {
      throw .invalidValue("kernel_size must be odd and positive, got \(kernel)")
    }
    guard groups > 0, features.channels > 0, features.channels % groups == 0 else {
      throw .invalidValue("group_size must divide the \(features.channels) channels of features, got \(groups)")
    }
    guard scale > 0 else { throw .invalidValue("scale_factor must be positive, got \(scale)") }
    let (square, overflow) = kernel.multipliedReportingOverflow(by: kernel)
    let (channels, channelOverflow) = square.multipliedReportingOverflow(by: groups)
    let (height, heightOverflow) = features[2].multipliedReportingOverflow(by: scale)
    let (width, widthOverflow) = features[3].multipliedReportingOverflow(by: scale)
    guard !overflow, !channelOverflow, !heightOverflow, !widthOverflow else {
      throw .invalidValue(
        "kernel_size \(kernel) or scale_factor \(scale) is too large for features of shape \(features)")
    }
    var expected = features
    (expected[1], expected[2], expected[3]) = (channels, height, width)
    guard masks == expected else {
      throw .invalidValue("masks must have shape \(expected) for features of shape \(features), got \(masks)")
    }
    var output = features
    (output[2], output[3]) = (height, width)
    guard output.byteCount(sampleSize: 1) != nil, width <= Int(Int32.max), height <= Int(Int32.max) else {
      throw .invalidValue("an output of shape \(output) is too large")
    }
    (featuresShape, masksShape, outputShape) = (features, masks, output)
    (self.kernel, self.groups, self.scale) = (kernel, groups, scale)
  }

  /// Computes `output`. Nothing is written when it fails.
  @export(interface) package func run(
    _ features: Tensor, _ masks: Tensor, _ output: Tensor, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    guard features.dtype != .int64, let format = SumFormat(features.dtype) else {
      throw .invalidType("features must be float32, float64, float16 or bfloat16, got \(features.dtype)")
    }
    try features.require("features", featuresShape, features.dtype)
    try masks.require("masks", masksShape, features.dtype)
    try output.require("output", outputShape, features.dtype)
    try output.requireApart(from: features, "features")
    try output.requireApart(from: masks, "masks")
    guard !output.shape.isEmpty else { return }
    let execution = try CarafeExecution(
      self, format, features: features, masks: masks, output: output, instructionSet.kernels)
    execution.run()
  }

  /// Computes the gradients that are wanted, given that of the output. Nothing is written when it fails.
  @export(interface) package func runBackward(
    _ gradOutput: Tensor, _ features: Tensor, _ masks: Tensor, gradFeatures: Tensor?, gradMasks: Tensor?,
    _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let sources = try GradientSources(
      gradOutput, outputShape: outputShape, Operand("features", features, featuresShape),
      Operand("masks", masks, masksShape))
    try sources.check([
      Operand("grad_features", gradFeatures, featuresShape), Operand("grad_masks", gradMasks, masksShape),
    ])
    guard !gradOutput.shape.isEmpty else { return }
    let format = SumFormat(sources.dtype)!
    let kernels = instructionSet.kernels
    // All memory is there before anything is written.
    var featureGradient: CarafeFeatureGradient?
    if let gradFeatures {
      featureGradient = try CarafeFeatureGradient(
        self, format, gradOutput: gradOutput, masks: masks, gradFeatures: gradFeatures, kernels)
    }
    var maskGradient: CarafeMaskGradient?
    if let gradMasks {
      maskGradient = try CarafeMaskGradient(
        self, format, gradOutput: gradOutput, features: features, gradMasks: gradMasks, kernels)
    }
    featureGradient?.run()
    maskGradient?.run()
  }
}
