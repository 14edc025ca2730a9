import CResample
import Resample

@implementation @_cdecl("rsmp_grid_sample_shape")
public func rsmp_grid_sample_shape(
  _ ndim: Int32, _ input_shape: UnsafePointer<Int64>!, _ grid_shape: UnsafePointer<Int64>!,
  _ output_shape: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try GridSampleRequest(
      input: Shape(rank: ndim, input_shape), grid: Shape(rank: ndim, grid_shape))
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_grid_sample")
public func rsmp_grid_sample(
  _ input: UnsafePointer<rsmp_tensor>!, _ grid: UnsafePointer<rsmp_tensor>!,
  _ options: UnsafePointer<rsmp_grid_sample_options>!, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    let grid = try Tensor("grid", grid)
    try GridSampleRequest(input: input.shape, grid: grid.shape)
      .run(input, grid, options: GridSampleOptions(options), Tensor("output", output), InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_grid_sample_backward")
public func rsmp_grid_sample_backward(
  _ grad_output: UnsafePointer<rsmp_tensor>!, _ input: UnsafePointer<rsmp_tensor>!,
  _ grid: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_grid_sample_options>!,
  _ grad_input: UnsafePointer<rsmp_tensor>!, _ grad_grid: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    let grid = try Tensor("grid", grid)
    try GridSampleRequest(input: input.shape, grid: grid.shape).runBackward(
      Tensor("grad_output", grad_output), input, grid, options: GridSampleOptions(options),
      gradInput: Tensor("grad_input", ifGiven: grad_input), gradGrid: Tensor("grad_grid", ifGiven: grad_grid),
      InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_affine_grid")
public func rsmp_affine_grid(
  _ theta: UnsafePointer<rsmp_tensor>!, _ align_corners: Int32, _ grid: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try affineGrid(
      Tensor("theta", theta), alignCorners: flag("align_corners", align_corners), Tensor("grid", grid))
  }
}

extension GridSampleOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_grid_sample_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    mode = try known("options.mode", options.mode)
    paddingMode = try known("options.padding_mode", options.padding_mode)
    alignCorners = try flag("options.align_corners", options.align_corners)
  }
}
