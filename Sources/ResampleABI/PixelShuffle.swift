import CResample
import Resample

@implementation @_cdecl("rsmp_pixel_shuffle_shape")
public func rsmp_pixel_shuffle_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ upscale_factor: Int64, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try PixelShuffleRequest(
      shape: Shape(rank: ndim, shape), factor: Int(clamping: upscale_factor), isUnshuffle: false)
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_pixel_shuffle")
public func rsmp_pixel_shuffle(
  _ input: UnsafePointer<rsmp_tensor>!, _ upscale_factor: Int64, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    try PixelShuffleRequest(shape: input.shape, factor: Int(clamping: upscale_factor), isUnshuffle: false)
      .run(input, Tensor("output", output), InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_pixel_unshuffle_shape")
public func rsmp_pixel_unshuffle_shape(
  _ ndim: Int32, _ shape: UnsafePointer<Int64>!, _ downscale_factor: Int64,
  _ output_shape: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try PixelShuffleRequest(
      shape: Shape(rank: ndim, shape), factor: Int(clamping: downscale_factor), isUnshuffle: true)
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_pixel_unshuffle")
public func rsmp_pixel_unshuffle(
  _ input: UnsafePointer<rsmp_tensor>!, _ downscale_factor: Int64, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    try PixelShuffleRequest(shape: input.shape, factor: Int(clamping: downscale_factor), isUnshuffle: true)
      .run(input, Tensor("output", output), InstructionSet.selected())
  }
}
