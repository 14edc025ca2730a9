import CShims

/// How grid_sample computes a sample from its neighbours; the raw values are those of the C interface.
package enum SampleMode: Int32 {
  case bilinear = 0
  case nearest = 1
  case bicubic = 2

  /// Taps along an axis.
  var taps: Int {
    switch self {
    case .nearest: 1
    case .bilinear: 2
    case .bicubic: 4
    }
  }
}

/// What grid_sample reads outside the input; the raw values are those of the C interface.
package enum PaddingMode: Int32 {
  case zeros = 0
  case border = 1
  case reflection = 2

  var kernelMode: Int32 {
    switch self {
    case .zeros: Int32(RSK_PADDING_ZEROS)
    case .border: Int32(RSK_PADDING_BORDER)
    case .reflection: Int32(RSK_PADDING_REFLECTION)
    }
  }
}

package struct GridSampleOptions {
  package var mode = SampleMode.bilinear
  package var paddingMode = PaddingMode.zeros
  package var alignCorners = false

  package init() {}
}

/// One call of grid_sample, checked.
package struct GridSampleRequest {
  private let inputShape: Shape
  private let gridShape: Shape
  package let outputShape: Shape

  package init(input: Shape, grid: Shape) throws(ResampleError) {
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
      guard input[axis] > 0, input[axis] <= InterpolateRequest.longestAxis else {
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
  package func run(
    _ input: Tensor, _ grid: Tensor, _ options: GridSampleOptions, _ output: Tensor, _ instructionSet: InstructionSet
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
    var execution = try GridSampleExecution(options, format, input, grid, output, instructionSet.kernels)
    try execution.run()
  }

  /// Computes the gradients that are wanted, given that of the output. Nothing is written when it fails.
  package func runBackward(
    _ gradOutput: Tensor, _ input: Tensor, _ grid: Tensor, _ options: GridSampleOptions, gradInput: Tensor?,
    gradGrid: Tensor?, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let sources = try GradientSources(gradOutput, outputShape, "input", input, inputShape, "grid", grid, gridShape)
    try sources.check("grad_input", gradInput, inputShape)
    try sources.check("grad_grid", gradGrid, gridShape)
    try GradientSources.checkApart("grad_grid", gradGrid, "grad_input", gradInput)
    guard gradInput != nil || gradGrid != nil, input.shape.batch > 0 else { return }
    var execution = try GridSampleGradient(
      options, sources.format, gradOutput, input, grid, gradInput: gradInput, gradGrid: gradGrid, instructionSet.kernels
    )
    let memory = try Buffer<UInt8>(count: execution.bytes, isFilled: true)
    execution.run(UnsafeMutableRawPointer(memory.start))
    withExtendedLifetime(memory) {}
  }
}
