import CResample
import Resample

@implementation @_cdecl("rsmp_conv_transpose_shape")
public func rsmp_conv_transpose_shape(
  _ ndim: Int32, _ input_shape: UnsafePointer<Int64>!, _ weight_shape: UnsafePointer<Int64>!,
  _ options: UnsafePointer<rsmp_conv_transpose_options>!, _ output_shape: UnsafeMutablePointer<Int64>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let request = try ConvTransposeRequest(
      input: Shape(rank: ndim, input_shape), weight: Shape(rank: ndim, weight_shape), ConvTransposeOptions(options))
    request.outputShape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_conv_transpose")
public func rsmp_conv_transpose(
  _ input: UnsafePointer<rsmp_tensor>!, _ weight: UnsafePointer<rsmp_tensor>!, _ bias: UnsafePointer<rsmp_tensor>!,
  _ options: UnsafePointer<rsmp_conv_transpose_options>!, _ output: UnsafePointer<rsmp_tensor>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    let weight = try Tensor("weight", weight)
    try ConvTransposeRequest(input: input.shape, weight: weight.shape, ConvTransposeOptions(options))
      .run(input, weight, bias: Tensor("bias", ifGiven: bias), Tensor("output", output), InstructionSet.selected())
  }
}

@implementation @_cdecl("rsmp_conv_transpose_backward")
public func rsmp_conv_transpose_backward(
  _ grad_output: UnsafePointer<rsmp_tensor>!, _ input: UnsafePointer<rsmp_tensor>!,
  _ weight: UnsafePointer<rsmp_tensor>!, _ options: UnsafePointer<rsmp_conv_transpose_options>!,
  _ grad_input: UnsafePointer<rsmp_tensor>!, _ grad_weight: UnsafePointer<rsmp_tensor>!,
  _ grad_bias: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let input = try Tensor("input", input)
    let weight = try Tensor("weight", weight)
    try ConvTransposeRequest(input: input.shape, weight: weight.shape, ConvTransposeOptions(options)).runBackward(
      Tensor("grad_output", grad_output), input, weight, gradInput: Tensor("grad_input", ifGiven: grad_input),
      gradWeight: Tensor("grad_weight", ifGiven: grad_weight), gradBias: Tensor("grad_bias", ifGiven: grad_bias),
      InstructionSet.selected())
  }
}

extension ConvTransposeOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_conv_transpose_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    guard options.reserved == 0 else {
      throw .invalidValue("options.reserved must be 0, got \(Int(options.reserved))")
    }
    self.init()
    groups = Int(clamping: options.groups)
    stride = PerAxis(options.stride_count, options.stride)
    padding = PerAxis(options.padding_count, options.padding)
    outputPadding = PerAxis(options.output_padding_count, options.output_padding)
    dilation = PerAxis(options.dilation_count, options.dilation)
  }
}

extension ConvTransposeOptions.PerAxis {
  fileprivate init(_ count: Int32, _ values: (Int64, Int64, Int64)) {
    self.init()
    self.count = Int(count)
    self.values = [Int(clamping: values.0), Int(clamping: values.1), Int(clamping: values.2)]
  }
}
