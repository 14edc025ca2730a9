import CResample
import Resample

@implementation @_cdecl("rsmp_interpolate_shape")
public func rsmp_interpolate_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_interpolate_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try InterpolateRequest(ndim, shape, dtype, options)
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_interpolate")
public func rsmp_interpolate(
  _ input: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_interpolate_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try interpolate(
      Tensor("input", input), InterpolateOptions(options), Tensor("output", output), InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_interpolate_backward")
public func rsmp_interpolate_backward(
  _ grad_output: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_interpolate_options>!,
  _ grad_input: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try interpolateBackward(
      Tensor("grad_output", grad_output), InterpolateOptions(options), Tensor("grad_input", grad_input),
      InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_plan_create")
public func rsmp_plan_create(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_interpolate_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try emptied(plan)
    try createPlan(plan, of: InterpolateRequest(ndim, shape, dtype, options))
  }
}

@implementation @_cdecl("rsmp_plan_create_backward")
public func rsmp_plan_create_backward(
  _ ndim: Int32, _ input_shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_interpolate_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try emptied(plan)
    try createPlan(plan, of: InterpolateRequest(ndim, input_shape, dtype, options, isBackward: true))
  }
}

/// Stores a plan that is made in the caller's handle.
func createPlan(
  _ plan: UnsafeMutablePointer<OpaquePointer?>?, _ make: () throws(ResampleError) -> UnsafeMutablePointer<ResizePlan>
) throws(ResampleError) {
  let plan = try emptied(plan)
  plan.pointee = OpaquePointer(try make())
}

/// The caller's handle, NULL until there is a plan.
func emptied(
  _ plan: UnsafeMutablePointer<OpaquePointer?>?
) throws(ResampleError) -> UnsafeMutablePointer<OpaquePointer?> {
  let plan = try required("plan", plan)
  plan.pointee = nil
  return plan
}

/// Stores the plan of a request in the caller's handle.
@inline(never)
func createPlan(
  _ plan: UnsafeMutablePointer<OpaquePointer?>, of request: InterpolateRequest
) throws(ResampleError) {
  plan.pointee = OpaquePointer(try ResizePlan.make(request, InstructionSet.selected()))
}

/// Resamples into the caller's output by a request for the input.
@inline(never)
func resize(
  _ input: Tensor, _ request: InterpolateRequest, _ output: UnsafePointer<rsmp_tensor>?
) throws(ResampleError) {
  try resize(input, request, Tensor("output", output), InstructionSet.selected())
}

@implementation @_cdecl("rsmp_plan_execute")
public func rsmp_plan_execute(
  _ plan: OpaquePointer!, _ input: UnsafePointer<rsmp_tensor>!, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try required("plan", plan, as: ResizePlan.self)
    try plan.pointee.execute(try Tensor("input", input), try Tensor("output", output))
  }
}

@implementation @_cdecl("rsmp_plan_output_shape")
public func rsmp_plan_output_shape(
  _ plan: OpaquePointer!, _ output_shape: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try required("plan", plan, as: ResizePlan.self)
    plan.pointee.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_plan_source_region")
public func rsmp_plan_source_region(
  _ plan: OpaquePointer!, _ start: UnsafeMutablePointer<Int64>!, _ stop: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try required("plan", plan, as: ResizePlan.self).pointee.resampling()
    let (start, stop) = (try required("start", start), try required("stop", stop))
    var axis = 0
    while let dimension = plan.pointee.dimension(ofSpatialAxis: axis) {
      let sources = plan.pointee.axis(ofDimension: dimension).pointee.sources
      (start[axis], stop[axis]) = (Int64(sources.lowerBound), Int64(sources.upperBound))
      axis += 1
    }
  }
}

@implementation @_cdecl("rsmp_plan_destroy")
public func rsmp_plan_destroy(_ plan: OpaquePointer!) {
  ResizePlan.destroy(plan.map { UnsafeMutablePointer($0) })
}

extension InterpolateRequest {
  fileprivate init(
    _ rank: Int32, _ shape: UnsafePointer<Int64>?, _ dtype: rsmp_dtype,
    _ options: UnsafePointer<rsmp_interpolate_options>?, isBackward: Bool = false
  ) throws(ResampleError) {
    try self.init(
      shape: Shape(rank: rank, shape), dtype: Dtype(dtype), InterpolateOptions(options), isBackward: isBackward)
  }
}
