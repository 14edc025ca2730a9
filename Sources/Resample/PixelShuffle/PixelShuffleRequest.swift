import CShims

/// One call of pixel_shuffle or pixel_unshuffle, checked.
package struct PixelShuffleRequest {
  /// The factor along each of the last two axes.
  let factor: Int
  private let isUnshuffle: Bool
  private let inputShape: Shape
  package let outputShape: Shape

  @export(interface) package init(shape: Shape, factor: Int, isUnshuffle: Bool) throws(ResampleError) {
    guard shape.rank >= 3 else {
      throw .invalidValue("input must have at least 3 axes (..., C, H, W), got shape \(shape)")
    }
    guard factor > 0 else {
      throw .invalidValue("\(PixelShuffleRequest.name(isUnshuffle)) must be positive, got \(factor)")
    }
    let (channels, height, width) = (shape.rank - 3, shape.rank - 2, shape.rank - 1)
    let (square, overflow) = factor.multipliedReportingOverflow(by: factor)
    var output = shape
    if isUnshuffle {
      guard shape[height] % factor == 0, shape[width] % factor == 0 else {
        throw .invalidValue("height and width of \(shape) must be divisible by downscale_factor \(factor)")
      }
      guard !overflow else { throw .invalidValue("downscale_factor \(factor) is too large") }
      try output.multiply(channels, by: square)
      output[height] /= factor
      output[width] /= factor
    } else {
      guard !overflow, shape[channels] % square == 0 else {
        throw .invalidValue("channels of \(shape) must be divisible by the square of upscale_factor \(factor)")
      }
      output[channels] /= square
      try output.multiply(height, by: factor)
      try output.multiply(width, by: factor)
    }
    guard output.byteCount(sampleSize: 1) != nil else {
      throw .invalidValue("an output of shape \(output) is too large")
    }
    self.factor = factor
    self.isUnshuffle = isUnshuffle
    inputShape = shape
    outputShape = output
  }

  private static func name(_ isUnshuffle: Bool) -> StaticString { isUnshuffle ? "downscale_factor" : "upscale_factor" }

  /// Moves the samples of `input` to where they belong in `output`. Nothing is written when it fails.
  @export(interface) package func run(
    _ input: Tensor, _ output: Tensor, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    try input.require("input", inputShape, input.dtype)
    try output.require("output", outputShape, input.dtype)
    try output.requireApart(from: input)
    guard !output.shape.isEmpty else { return }
    PixelShuffleExecution(
      input, output, factor: factor, writesShuffled: !isUnshuffle, instructionSet.kernels
    ).run()
  }
}

extension Shape {
  /// Multiplies the length of an axis.
  fileprivate mutating func multiply(_ axis: Int, by factor: Int) throws(ResampleError) {
    let (product, overflow) = self[axis].multipliedReportingOverflow(by: factor)
    guard !overflow, product <= Shape.addressSpace else {
      throw .invalidValue("\(self) times \(factor) is too large")
    }
    self[axis] = product
  }
}
