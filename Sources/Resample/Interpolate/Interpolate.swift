import ResampleGeometry

/// Resamples `input` into `output` with a plan of its own.
@export(interface) package func interpolate(
  _ input: Tensor, _ options: InterpolateOptions, _ output: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  try resize(input, InterpolateRequest(shape: input.shape, dtype: input.dtype, options), output, instructionSet)
}

/// Resamples `input` into `output` with the plan of a request for them.
@export(interface) package func resize(
  _ input: Tensor, _ request: InterpolateRequest, _ output: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  // Before the plan: tables for an output that nobody has memory for may take all there is.
  try request.check(input, output)
  try InterpolatePlan(request, instructionSet).execute(input, output)
}

/// The gradient of interpolate: the transposed operator resamples `gradOutput` into `gradInput`, whose shape is the input's.
@export(interface) package func interpolateBackward(
  _ gradOutput: Tensor, _ options: InterpolateOptions, _ gradInput: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  let request = try InterpolateRequest(shape: gradInput.shape, dtype: gradInput.dtype, options, isBackward: true)
  try resize(gradOutput, request, gradInput, instructionSet)
}

extension InterpolatePlan {
  /// A plan to be used any number of times, and destroyed in the end.
  @export(interface) package static func make(
    _ request: InterpolateRequest, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<InterpolatePlan> {
    try Owned.make(InterpolatePlan(request, instructionSet))
  }

  @export(interface) package static func destroy(_ plan: UnsafeMutablePointer<InterpolatePlan>?) { Owned.destroy(plan) }
}
