import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_pillow_resize")
public func rsmp_pillow_resize(
  _ image: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_pillow_resize_options>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let image = try Tensor("image", image)
    let output = try Tensor("output", output)
    try pillowResize(image, PillowResizeOptions(options), output, InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_plan_create_pillow_resize")
public func rsmp_plan_create_pillow_resize(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_pillow_resize_options>!, _ plan: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try createPlan(plan) { () throws(ResampleError) in
      try ResizePlan.make(
        shape: Shape(rank: ndim, shape), dtype: Dtype(dtype), PillowResizeOptions(options), InstructionSet.selected())
    }
  }
}

@implementation @_cdecl("rsmp_pillow_reduce")
public func rsmp_pillow_reduce(
  _ image: UnsafePointer<rsmp_tensor>!, _ factor_x: Int64, _ factor_y: Int64, _ box: UnsafePointer<Int64>!,
  _ has_alpha: Int32, _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let image = try Tensor("image", image)
    let output = try Tensor("output", output)
    var edges: InlineArray<4, Int>?
    if let box { edges = [Int(clamping: box[0]), Int(clamping: box[1]), Int(clamping: box[2]), Int(clamping: box[3])] }
    try pillowReduce(
      image, factorX: Int(clamping: factor_x), factorY: Int(clamping: factor_y), box: edges,
      hasAlpha: flag("has_alpha", has_alpha), output)
  }
}

extension PillowResizeOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_pillow_resize_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    filter = try known("options.resample", options.resample)
    hasAlpha = try flag("options.has_alpha", options.has_alpha)
    if options.release != 0 {
      guard options.release >= 905 else {
        throw .invalidValue("options.release must be 0, or 905 for 9.5 and so on, got \(Int(options.release))")
      }
      release = PillowRelease(Int(options.release))
    }
    (width, height) = (Int(clamping: options.width), Int(clamping: options.height))
    if try flag("options.has_box", options.has_box) {
      box = [options.box.0, options.box.1, options.box.2, options.box.3]
    }
    if options.reducing_gap != 0 { reducingGap = options.reducing_gap }
  }
}
