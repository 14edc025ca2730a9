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
}

extension InterpolateRequest {
  /// Whether these tensors are what was asked for, and the output can be written without harm. `part`: the shape that the
  /// input may have in place of its own.
  func check(_ input: Tensor, _ output: Tensor, part: Shape? = nil) throws(ResampleError) {
    let names: (read: StaticString, written: StaticString) =
      isBackward ? ("grad_output", "grad_input") : ("input", "output")
    try input.require(names.read, input.shape == part ? input.shape : readShape, dtype)
    try output.require(names.written, writtenShape, dtype)
    try output.requireApart(from: input, names.read, as: names.written)
  }
}
