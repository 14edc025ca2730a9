/// Colours over white, by the alpha behind them, as transformers converts arrays to RGB.
struct WhiteBackground {
  private let resizer: PreprocessOptions.Resizer

  /// Its torchvision backend blends in float32, and cuts off; its NumPy backend in float64, and rounds.
  init(_ resizer: PreprocessOptions.Resizer) { self.resizer = resizer }

  /// Writes the colours of a part of an image (H, W, C) of uint8, C counting alpha.
  func blend(_ image: Tensor, rows: Range<Int>, columns: Range<Int>, _ output: Tensor) {
    let colours = output.shape[2]
    for y in rows {
      for x in columns {
        let source = image.origin + (y * image.byteStride(0) + x * image.byteStride(1))
        let target =
          output.mutableOrigin
          + ((y - rows.lowerBound) * output.byteStride(0) + (x - columns.lowerBound) * output.byteStride(1))
        let alpha = source.load(fromByteOffset: colours * image.byteStride(2), as: UInt8.self)
        for channel in 0..<colours {
          let colour = source.load(fromByteOffset: channel * image.byteStride(2), as: UInt8.self)
          let blended = alpha == 255 ? colour : value(colour, alpha)
          target.storeBytes(of: blended, toByteOffset: channel * output.byteStride(2), as: UInt8.self)
        }
      }
    }
  }

  func value(_ colour: UInt8, _ alpha: UInt8) -> UInt8 {
    switch resizer {
    case .pytorch:
      let (colour, alpha) = (Float(colour) * Float(1.0 / 255), Float(alpha) * Float(1.0 / 255))
      return UInt8((colour * alpha + (1 - alpha)) * Float(255 + 1 - 1e-3))
    case .pillow:
      let alpha = Double(alpha) / 255
      return UInt8((alpha * Double(colour) + (1 - alpha) * 255).rounded(.toNearestOrEven))
    }
  }
}
