import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_opencv_resize_shape")
public func rsmp_opencv_resize_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_opencv_resize_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let output = try Shape.ofOpenCVResize(
      Shape(rank: ndim, shape), Dtype(dtype), OpenCVResizeOptions(options))
    output.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_opencv_resize")
public func rsmp_opencv_resize(
  _ src: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_opencv_resize_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let src = try Tensor("src", src)
    let output = try Tensor("output", output)
    try openCVResize(src, OpenCVResizeOptions(options), output, InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_plan_create_opencv_resize")
public func rsmp_plan_create_opencv_resize(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_opencv_resize_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try createPlan(plan) { () throws(ResampleError) in
      try ResizePlan.make(
        shape: Shape(rank: ndim, shape), dtype: Dtype(dtype), OpenCVResizeOptions(options), InstructionSet.selected())
    }
  }
}

extension OpenCVResizeOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_opencv_resize_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    interpolation = try known("options.interpolation", options.interpolation)
    usesIPP = try !flag("options.without_ipp", options.without_ipp)
    if options.release != 0 {
      guard options.release >= 405 else {
        throw .invalidValue("options.release must be 0, or 405 for 4.5 and so on, got \(Int(options.release))")
      }
      release = Int(options.release)
    }
    (width, height) = (Int(clamping: options.width), Int(clamping: options.height))
    (fx, fy) = (options.fx, options.fy)
  }
}
