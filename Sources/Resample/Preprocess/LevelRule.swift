/// How the levels of 8-bit channels become a network's numbers. Every arithmetic rounds where a library rounds.
package struct LevelRule {
  /// The raw values are those of the C interface. x is then (x - mean) / std, in float32.
  package enum Arithmetic: Int32 {
    /// x = level * rescale in float64, rounded to float32: transformers with NumPy.
    case wideProduct = 0
    /// x = level, of which mean and std are divided by rescale, as products with 1 / rescale: transformers with torchvision.
    case fused = 1
    /// x = level / (1 / rescale), both float32: torchvision's presets, timm.
    case quotient = 2
    /// x = level * rescale, both float32: torchvision's v2.
    case product = 3
  }

  package static let mostColours = 3

  package var arithmetic = Arithmetic.wideProduct
  package var rescale = 1.0
  /// nil: neither is given.
  package var normalization: (mean: InlineArray<3, Double>, std: InlineArray<3, Double>)?

  package init() {}

  /// What `level` of a channel becomes.
  func value(_ level: Int, channel: Int) -> Float {
    guard let (mean, std) = normalization else {
      return rescaled(level, arithmetic == .fused ? .product : arithmetic)
    }
    let (channelMean, channelStd) = (Float(mean[channel]), Float(std[channel]))
    guard arithmetic == .fused else { return (rescaled(level, arithmetic) - channelMean) / channelStd }
    let factor = Float(1 / rescale)
    return (Float(level) - channelMean * factor) / (channelStd * factor)
  }

  private func rescaled(_ level: Int, _ arithmetic: Arithmetic) -> Float {
    switch arithmetic {
    case .wideProduct: Float(Double(level) * rescale)
    case .quotient: Float(level) / Float(1 / rescale)
    case .fused, .product: Float(level) * Float(rescale)
    }
  }
}
