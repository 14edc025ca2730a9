import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_onnx_resize_shape")
public func rsmp_onnx_resize_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_onnx_resize_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try InterpolateRequest(ndim, shape, dtype, options)
    request.writtenTensorShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_onnx_resize")
public func rsmp_onnx_resize(
  _ input: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_onnx_resize_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    try resize(
      input, InterpolateRequest(shape: input.shape, dtype: input.dtype, OnnxResizeOptions(options)), output)
  }
}

@implementation @_cdecl("rsmp_plan_create_onnx_resize")
public func rsmp_plan_create_onnx_resize(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_onnx_resize_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
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
    _ options: UnsafePointer<rsmp_onnx_resize_options>?
  ) throws(ResampleError) {
    try self.init(shape: Shape(rank: rank, shape), dtype: Dtype(dtype), OnnxResizeOptions(options))
  }
}

extension OnnxResizeOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_onnx_resize_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    rules.mode = try known("options.mode", options.mode)
    rules.coordinates = try known(
      "options.coordinate_transformation_mode", options.coordinate_transformation_mode)
    rules.nearest = try known("options.nearest_mode", options.nearest_mode)
    policy = try known("options.keep_aspect_ratio_policy", options.keep_aspect_ratio_policy)
    rules.antialias = try flag("options.antialias", options.antialias)
    rules.excludesOutside = try flag("options.exclude_outside", options.exclude_outside)
    if try flag("options.has_cubic_coeff_a", options.has_cubic_coeff_a) {
      guard options.cubic_coeff_a.isFinite else { throw .invalidValue("options.cubic_coeff_a must be finite") }
      rules.cubicCoefficient = Double(options.cubic_coeff_a)
    }
    extrapolationValue = Double(options.extrapolation_value)
    let most = Int(RSMP_MAX_AXES)
    axisCount = try count("options.axis_count", options.axis_count, most: most)
    scaleCount = try count("options.scale_count", options.scale_count, most: most)
    sizeCount = try count("options.size_count", options.size_count, most: most)
    let roiCount = try count("options.roi_count", options.roi_count, most: 2 * most)
    withUnsafeBytes(of: options.axes) { axes in
      for index in 0..<most { self.axes[index] = Int(clamping: axes.load(index, as: Int64.self)) }
    }
    withUnsafeBytes(of: options.scales) { scales in
      for index in 0..<most { self.scales[index] = Double(scales.load(index, as: Float.self)) }
    }
    withUnsafeBytes(of: options.sizes) { sizes in
      for index in 0..<most { self.sizes[index] = Int(clamping: sizes.load(index, as: Int64.self)) }
    }
    guard roiCount != 0 else { return }
    let entries = max(scaleCount, sizeCount)
    guard roiCount == 2 * entries else {
      throw .invalidValue("options.roi must have \(2 * entries) entries, got \(roiCount)")
    }
    withUnsafeBytes(of: options.roi) { roi in
      for entry in 0..<entries {
        crop(
          entry, from: roi.load(entry, as: Double.self), to: roi.load(entries + entry, as: Double.self))
      }
    }
  }
}
