/// 8-bit images (H, W, C) whose last channel is alpha, as Pillow multiplies colours by it and divides them by it.
struct Alpha {
  private let input: Tensor
  private let output: Tensor

  init(_ input: Tensor, _ output: Tensor) { (self.input, self.output) = (input, output) }

  /// c * a / 255, rounded to nearest.
  func premultiply() {
    forEachSample { colour, alpha in
      let product = colour * alpha + 128
      return (product >> 8 + product) >> 8
    }
  }

  /// 255 * c / a, cut to an integer of at most 255; an alpha of 0 changes nothing.
  func unpremultiply() {
    forEachSample { colour, alpha in alpha == 0 ? colour : min(255 * colour / alpha, 255) }
  }

  private func forEachSample(_ value: (_ colour: UInt32, _ alpha: UInt32) -> UInt32) {
    let channels = input.shape[2] - 1  // but for alpha
    for y in 0..<input.shape[0] {
      for x in 0..<input.shape[1] {
        let source = input.origin + (y * input.byteStride(0) + x * input.byteStride(1))
        let target = output.mutableOrigin + (y * output.byteStride(0) + x * output.byteStride(1))
        let alpha = source.load(fromByteOffset: channels * input.byteStride(2), as: UInt8.self)
        for channel in 0..<channels {
          let colour = source.load(fromByteOffset: channel * input.byteStride(2), as: UInt8.self)
          target.storeBytes(
            of: UInt8(truncatingIfNeeded: value(UInt32(colour), UInt32(alpha))),
            toByteOffset: channel * output.byteStride(2), as: UInt8.self)
        }
        target.storeBytes(of: alpha, toByteOffset: channels * output.byteStride(2), as: UInt8.self)
      }
    }
  }
}
