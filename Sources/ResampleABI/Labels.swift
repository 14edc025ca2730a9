import CResample
import Resample

@implementation @_cdecl("rsmp_logits_to_labels_shape")
public func rsmp_logits_to_labels_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_interpolate_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try LabelRequest(
      shape: Shape(rank: ndim, shape), dtype: Dtype(dtype), InterpolateOptions(options))
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_logits_to_labels")
public func rsmp_logits_to_labels(
  _ logits: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_interpolate_options>!,
  _ labels: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let logits = try Tensor("logits", logits)
    try LabelRequest(shape: logits.shape, dtype: logits.dtype, InterpolateOptions(options))
      .run(logits, Tensor("labels", labels), InstructionSet.selected())
  }
}
