import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_jax_resize")
public func rsmp_jax_resize(
  _ image: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_jax_resize_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let image = try Tensor("image", image)
    let options = try JaxResizeOptions(options)
    try resize(image, InterpolateRequest(shape: image.shape, dtype: image.dtype, options), output)
  }
}

@implementation @_cdecl("rsmp_plan_create_jax_resize")
public func rsmp_plan_create_jax_resize(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_jax_resize_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try emptied(plan)
    let options = try JaxResizeOptions(options)
    try createPlan(
      plan, of: InterpolateRequest(shape: Shape(rank: ndim, shape), dtype: Dtype(dtype), options))
  }
}

extension JaxResizeOptions {
  @inline(never)
  fileprivate init(_ pointer: UnsafePointer<rsmp_jax_resize_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    method = try known("options.method", options.method)
    antialias = try flag("options.antialias", options.antialias)
    let most = Int(RSMP_MAX_AXES)
    if try flag("options.scales_and_translates", options.scales_and_translates) {
      axisCount = try count("options.axis_count", options.axis_count, most: most)
    }
    withUnsafeBytes(of: options.shape) {
      for axis in 0..<most { shape[axis] = Int(clamping: $0.load(axis, as: Int64.self)) }
    }
    withUnsafeBytes(of: options.axes) {
      for axis in 0..<most { axes[axis] = Int(clamping: $0.load(axis, as: Int64.self)) }
    }
    withUnsafeBytes(of: options.scales) { for axis in 0..<most { scales[axis] = $0.load(axis, as: Double.self) } }
    withUnsafeBytes(of: options.translations) {
      for axis in 0..<most { translations[axis] = $0.load(axis, as: Double.self) }
    }
  }
}
