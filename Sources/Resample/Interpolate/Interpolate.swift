import ResampleGeometry

/// Resamples `input` into `output` with a plan of its own.
package func interpolate(
  _ input: Tensor, _ options: InterpolateOptions, _ output: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  let request = try InterpolateRequest(shape: input.shape, dtype: input.dtype, options)
  // Before the plan: tables for an output that nobody has memory for may take all there is.
  try request.check(input, output)
  try InterpolatePlan(request, instructionSet).execute(input, output)
}

/// The gradient of interpolate: the transposed operator resamples `gradOutput` into `gradInput`, whose shape is the input's.
package func interpolateBackward(
  _ gradOutput: Tensor, _ options: InterpolateOptions, _ gradInput: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  let request = try InterpolateRequest(shape: gradInput.shape, dtype: gradInput.dtype, options, isBackward: true)
  try request.check(gradOutput, gradInput)
  try InterpolatePlan(request, instructionSet).execute(gradOutput, gradInput)
}

extension InterpolatePlan {
  /// A plan to be used any number of times, and destroyed in the end.
  package static func make(
    _ request: InterpolateRequest, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<InterpolatePlan> {
    try Owned.make(InterpolatePlan(request, instructionSet))
  }

  package static func destroy(_ plan: UnsafeMutablePointer<InterpolatePlan>?) { Owned.destroy(plan) }

  /// Resamples `input` into `output`, or the gradient of the output into that of the input. Nothing is written when it fails.
  package func execute(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    try request.check(input, output)
    guard !input.isEmpty else { return output.fillWithZeros() }
    guard !output.isEmpty else { return }
    let samplesPerPixel = SourcePlanes.samplesPerPixel(input, output)
    if let format = request.format {
      try withPasses(format, samplesPerPixel: samplesPerPixel) { passes throws(ResampleError) in
        let execution = try WeightedExecution(self, format, passes, input: input, output: output)
        execution.run()
      }
    } else {
      try withCopies(samplesPerPixel: samplesPerPixel) { copies in
        CopyExecution(self, copies, input: input, output: output).run()
      }
    }
  }
}

extension InterpolateRequest {
  /// Whether these tensors are what was asked for, and the output can be written without harm.
  func check(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    try input.require(isBackward ? "grad_output" : "input", readShape, dtype)
    try output.require(isBackward ? "grad_input" : "output", writtenShape, dtype)
    try output.requireApart(
      from: input, isBackward ? "grad_output" : "input", as: isBackward ? "grad_input" : "output")
  }
}
