import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_tensorflow_resize_shape")
public func rsmp_tensorflow_resize_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_tensorflow_resize_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try InterpolateRequest(ndim, shape, dtype, options)
    request.writtenTensorShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_tensorflow_resize")
public func rsmp_tensorflow_resize(
  _ images: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_tensorflow_resize_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let images = try Tensor("images", images)
    let options = try TensorFlowResizeOptions(options)
    try resize(images, InterpolateRequest(shape: images.shape, dtype: images.dtype, options), output)
  }
}

@implementation @_cdecl("rsmp_plan_create_tensorflow_resize")
public func rsmp_plan_create_tensorflow_resize(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_tensorflow_resize_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try emptied(plan)
    try createPlan(plan, of: InterpolateRequest(ndim, shape, dtype, options))
  }
}

extension InterpolateRequest {
  fileprivate init(
    _ rank: Int32, _ shape: UnsafePointer<Int64>?, _ dtype: rsmp_dtype,
    _ options: UnsafePointer<rsmp_tensorflow_resize_options>?
  ) throws(ResampleError) {
    try self.init(shape: Shape(rank: rank, shape), dtype: Dtype(dtype), TensorFlowResizeOptions(options))
  }
}

extension TensorFlowResizeOptions {
  @inline(never)
  fileprivate init(_ pointer: UnsafePointer<rsmp_tensorflow_resize_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    rules.method = try known("options.method", options.method)
    rules.antialias = try flag("options.antialias", options.antialias)
    rules.coordinates = try known("options.coordinates", options.coordinates)
    preservesAspectRatio = try flag("options.preserve_aspect_ratio", options.preserve_aspect_ratio)
    (height, width) = (Int(clamping: options.height), Int(clamping: options.width))
  }
}
