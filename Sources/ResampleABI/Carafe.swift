import CResample
import Resample

@implementation @_cdecl("rsmp_carafe_shape")
public func rsmp_carafe_shape(
  _ features_shape: UnsafePointer<Int64>!, _ masks_shape: UnsafePointer<Int64>!, _ kernel_size: Int64,
  _ group_size: Int64, _ scale_factor: Int64, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try CarafeRequest(
      features: Shape(rank: 4, features_shape), masks: Shape(rank: 4, masks_shape), kernel: Int(clamping: kernel_size),
      groups: Int(clamping: group_size), scale: Int(clamping: scale_factor))
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_carafe")
public func rsmp_carafe(
  _ features: UnsafePointer<rsmp_tensor>!, _ masks: UnsafePointer<rsmp_tensor>!, _ kernel_size: Int64,
  _ group_size: Int64, _ scale_factor: Int64, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let features = try Tensor("features", features)
    let masks = try Tensor("masks", masks)
    try CarafeRequest(
      features: features.shape, masks: masks.shape, kernel: Int(clamping: kernel_size),
      groups: Int(clamping: group_size), scale: Int(clamping: scale_factor)
    ).run(features, masks, Tensor("output", output), InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_carafe_backward")
public func rsmp_carafe_backward(
  _ grad_output: UnsafePointer<rsmp_tensor>!, _ features: UnsafePointer<rsmp_tensor>!,
  _ masks: UnsafePointer<rsmp_tensor>!, _ kernel_size: Int64, _ group_size: Int64, _ scale_factor: Int64,
  _ grad_features: UnsafePointer<rsmp_tensor>!, _ grad_masks: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let features = try Tensor("features", features)
    let masks = try Tensor("masks", masks)
    try CarafeRequest(
      features: features.shape, masks: masks.shape, kernel: Int(clamping: kernel_size),
      groups: Int(clamping: group_size), scale: Int(clamping: scale_factor)
    ).runBackward(
      Tensor("grad_output", grad_output), features, masks,
      gradFeatures: Tensor("grad_features", ifGiven: grad_features),
      gradMasks: Tensor("grad_masks", ifGiven: grad_masks), InstructionSet.selected())
  }
}
