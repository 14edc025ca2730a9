import CShims

/// One call of conv_transpose, checked.
package struct ConvTransposeRequest {
  private let inputShape: Shape
  private let weightShape: Shape
  package let outputShape: Shape
  let groups: Int
  /// Depth, height and width; an axis that the input does not have leaves its single sample as it is.
  private var axes: InlineArray<3, ConvTransposeAxis>

  @export(interface) package init(input: Shape, weight: Shape, _ options: ConvTransposeOptions) throws(ResampleError) {
    guard (3...5).contains(input.rank), weight.rank == input.rank else {
      throw .invalidValue(
        "input and weight must have the same 3 to 5 axes (N, Cin, ...) and (Cin, Cout / groups, ...), got \(input) and \(weight)"
      )
    }
    let groups = options.groups == 0 ? 1 : options.groups
    guard groups > 0 else { throw .invalidValue("groups must be positive, got \(groups)") }
    guard input.channels > 0, weight[0] == input.channels else {
      throw .invalidValue("weight \(weight) must begin with the input's channels, got an input of shape \(input)")
    }
    guard input.channels % groups == 0 else {
      throw .invalidValue("the input's channels must be divisible by groups \(groups), got \(input.channels)")
    }
    let (outputChannels, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    guard !overflow, outputChannels > 0 else {
      throw .invalidValue("weight \(weight) and groups \(groups) give no number of channels")
    }
    var output = input
    output[1] = outputChannels
    axes = InlineArray(repeating: .none)
    let spatialRank = input.spatialRank
    for index in 0..<spatialRank {
      let axis = try ConvTransposeAxis(
        input: input[index + 2], kernel: weight[index + 2],
        stride: try options.stride.value("stride", index, of: spatialRank, atLeast: 1, otherwise: 1),
        padding: try options.padding.value("padding", index, of: spatialRank, atLeast: 0, otherwise: 0),
        outputPadding: try options.outputPadding.value(
          "output_padding", index, of: spatialRank, atLeast: 0, otherwise: 0),
        dilation: try options.dilation.value("dilation", index, of: spatialRank, atLeast: 1, otherwise: 1),
        isOfNothing: input.batch == 0)
      output[index + 2] = axis.output
      axes[3 - spatialRank + index] = axis
    }
    guard output.byteCount(sampleSize: 1) != nil else {
      throw .invalidValue("an output of shape \(output) is too large")
    }
    self.groups = groups
    inputShape = input
    weightShape = weight
    outputShape = output
  }

  /// Depth (0), height (1) or width (2).
  func axis(ofDimension dimension: Int) -> ConvTransposeAxis { axes[dimension] }

  /// Computes `output`. Nothing is written when it fails.
  @export(interface) package func run(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, _ output: Tensor, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    guard let format = SumFormat(input.dtype) else {
      throw .invalidType("input must be float32, float64, float16, bfloat16 or int64, got \(input.dtype)")
    }
    try input.require("input", inputShape, input.dtype)
    try weight.require("weight", weightShape, input.dtype)
    try output.require("output", outputShape, input.dtype)
    try output.requireApart(from: input)
    try output.requireApart(from: weight, "weight")
    if let bias {
      var shape = Shape(rank: 1)
      shape[0] = outputShape.channels
      try bias.require("bias", shape, input.dtype)
      try output.requireApart(from: bias, "bias")
    }
    guard !output.shape.isEmpty else { return }
    let execution = try ConvTransposeExecution(
      self, format, input: input, weight: weight, bias: bias, output: output, instructionSet.kernels)
    execution.run()
  }
}

extension ConvTransposeRequest {
  /// Computes the gradients that are wanted, given that of the output. Nothing is written when it fails.
  @export(interface) package func runBackward(
    _ gradOutput: Tensor, _ input: Tensor, _ weight: Tensor, gradInput: Tensor?, gradWeight: Tensor?,
    gradBias: Tensor?, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let sources = try GradientSources(
      gradOutput, outputShape: outputShape, Operand("input", input, inputShape),
      Operand("weight", weight, weightShape))
    var biasShape = Shape(rank: 1)
    biasShape[0] = outputShape.channels
    try sources.check([
      Operand("grad_input", gradInput, inputShape), Operand("grad_weight", gradWeight, weightShape),
      Operand("grad_bias", gradBias, biasShape),
    ])
    guard inputShape.batch > 0 else {
      gradWeight?.fillWithZeros()
      gradBias?.fillWithZeros()
      return
    }
    let format = SumFormat(sources.dtype)!
    let kernels = instructionSet.kernels
    // All memory is there before anything is written; what they are is large for a caller's stack.
    var inputGradient: UnsafeMutablePointer<ConvTransposeInputGradient>?
    defer { Owned.destroy(inputGradient) }
    if let gradInput, !gradInput.shape.isEmpty {
      inputGradient = try Owned.make(
        ConvTransposeInputGradient(
          self, format, gradOutput: gradOutput, weight: weight, gradInput: gradInput, kernels))
    }
    var weightGradient: UnsafeMutablePointer<ConvTransposeWeightGradient>?
    defer { Owned.destroy(weightGradient) }
    if let gradWeight {
      weightGradient = try Owned.make(
        ConvTransposeWeightGradient(
          self, format, gradOutput: gradOutput, input: input, gradWeight: gradWeight, kernels))
    }
    var biasGradient: UnsafeMutablePointer<ConvTransposeBiasGradient>?
    defer { Owned.destroy(biasGradient) }
    if let gradBias {
      biasGradient = try Owned.make(
        ConvTransposeBiasGradient(format, gradOutput: gradOutput, gradBias: gradBias, kernels))
    }
    inputGradient?.pointee.run()
    weightGradient?.pointee.run()
    biasGradient?.pointee.run()
  }
}

extension ConvTransposeOptions.PerAxis {
  /// More than any tensor has, and few enough for sums of products.
  private static let largest = Shape.longestAxis

  fileprivate func value(
    _ name: StaticString, _ index: Int, of spatialRank: Int, atLeast lowest: Int, otherwise: Int
  ) throws(ResampleError) -> Int {
    if count == 0 { return otherwise }
    guard count == spatialRank else {
      throw .invalidValue("\(name) must have \(spatialRank) entries, got \(count)")
    }
    guard (lowest...ConvTransposeOptions.PerAxis.largest).contains(values[index]) else {
      throw .invalidValue(
        "\(name) must be from \(lowest) to \(ConvTransposeOptions.PerAxis.largest), got \(values[index])")
    }
    return values[index]
  }
}
