import CShims

/// One call of grid_sample, checked.
package struct GridSampleRequest {
  private let inputShape: Shape
  private let gridShape: Shape
  package let outputShape: Shape

  @export(interface) package init(input: Shape, grid: Shape) throws(ResampleError) {
    guard input.rank == 4 || input.rank == 5, grid.rank == input.rank else {
      throw .invalidValue(
        "input and grid must both be 4-D (N, C, H, W) and (N, Ho, Wo, 2), or 5-D, got shapes \(input) and \(grid)")
    }
    let last = grid.rank - 1
    guard grid[last] == input.spatialRank else {
      throw .invalidValue("the last axis of grid must have \(input.spatialRank) coordinates, got shape \(grid)")
    }
    guard grid.batch == input.batch else {
      throw .invalidValue("input and grid must have the same batch size, got shapes \(input) and \(grid)")
    }
    var output = input
    for axis in 2..<input.rank {
      guard input[axis] > 0, input[axis] <= Shape.longestAxis else {
        throw .invalidValue("input of shape \(input) has an axis without samples, or with too many")
      }
      output[axis] = grid[axis - 1]
    }
    guard output.byteCount(sampleSize: 1) != nil else {
      throw .invalidValue("an output of shape \(output) is too large")
    }
    (inputShape, gridShape, outputShape) = (input, grid, output)
  }

  /// Computes `output`. Nothing is written when it fails.
  @export(interface) package func run(
    _ input: Tensor, _ grid: Tensor, options: GridSampleOptions, _ output: Tensor, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    guard input.dtype != .int64, let format = SumFormat(input.dtype) else {
      throw .invalidType("input must be float32, float64, float16 or bfloat16, got \(input.dtype)")
    }
    try input.require("input", inputShape, input.dtype)
    try grid.require("grid", gridShape, input.dtype)
    try output.require("output", outputShape, input.dtype)
    try output.requireApart(from: input)
    try output.requireApart(from: grid, "grid")
    guard !output.shape.isEmpty else { return }
    try GridSampleRequest.checkReach(input)
    let kernels = instructionSet.kernels
    let taps = options.tapCount(dimensions: input.shape.spatialRank)
    if GridSamplePixelExecution.pays(format, input, output, taps: taps) {
      let execution = try GridSamplePixelExecution(
        options, format, input: input, grid: grid, output: output, kernels)
      execution.run()
    } else {
      let execution = try GridSampleExecution(options, format, input: input, grid: grid, output: output, kernels)
      execution.run()
    }
  }

  /// Computes the gradients that are wanted, given that of the output. Nothing is written when it fails.
  @export(interface) package func runBackward(
    _ gradOutput: Tensor, _ input: Tensor, _ grid: Tensor, options: GridSampleOptions, gradInput: Tensor?,
    gradGrid: Tensor?, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let sources = try GradientSources(
      gradOutput, outputShape: outputShape, Operand("input", input, inputShape), Operand("grid", grid, gridShape))
    try sources.check([
      Operand("grad_input", gradInput, inputShape), Operand("grad_grid", gradGrid, gridShape),
    ])
    guard gradInput != nil || gradGrid != nil, input.shape.batch > 0 else { return }
    let execution = try GridSampleGradient(
      options, SumFormat(sources.dtype)!, gradOutput: gradOutput, input: input, grid: grid, gradInput: gradInput,
      gradGrid: gradGrid, instructionSet.kernels)
    execution.run()
  }

  /// Throws unless the offsets of the samples of a channel are 32 bits wide.
  private static func checkReach(_ input: Tensor) throws(ResampleError) {
    var (reach, samples) = (0, 1.0)
    for axis in 2..<input.shape.rank {
      reach += abs(input.byteStride(axis) / input.sampleSize) * (input.shape[axis] - 1)
      samples *= Double(input.shape[axis])
    }
    guard reach <= Int(Int32.max), samples <= Double(Int32.max) else {
      throw .invalidValue("the samples of a channel of input are farther apart than 2147483647")
    }
  }
}
