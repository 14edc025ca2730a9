/// Linear and cubic interpolation between the samples next to the source coordinate.
struct PointRule<R: Real> {
  let inputLength: Int
  /// 2: linear. 4: cubic convolution with A = -0.75.
  let taps: Int
  let isLong: Bool
  let weightPrecision: WeightPrecision
  private let isFused: Bool
  let coordinate: SourceCoordinate<R>

  init(_ axis: Axis, taps: Int) {
    inputLength = axis.inputLength
    self.taps = taps
    isLong = axis.isLong
    weightPrecision = axis.weightPrecision
    isFused = taps == 4 || R.fusesLinearCoordinates || axis.isSmallImage
    coordinate = SourceCoordinate(axis)
  }

  func position(of index: Int) -> R {
    coordinate.position(of: index, isFused: isFused)
  }

  /// The sample at or before the source coordinate, and how far beyond it the coordinate lies, from 0 to 1.
  private func split(_ index: Int) -> (sample: Int, fraction: R) {
    var x = position(of: index)
    if taps == 2 && x < 0 { x = 0 }
    // Of the coordinate in float32 even where it is a float64, as in PyTorch.
    let sample = min(isLong ? x.floor : x.floorInSingle, inputLength - 1)
    return (sample, min(max(x - R(sample), 0), 1))
  }

  private func clamped(_ sample: Int) -> Int { min(max(sample, 0), inputLength - 1) }

  func window(of index: Int) -> Window {
    let before = split(index).sample - (taps / 2 - 1)
    let first = clamped(before)
    return Window(first: first, count: clamped(before + taps - 1) - first + 1)
  }

  /// The weights of taps outside the axis go to its first or last sample.
  func fillWeights(of index: Int, in window: Window, _ weights: inout MutableSpan<R>) {
    let (sample, fraction) = split(index)
    for k in 0..<window.count { weights[k] = 0 }
    for tap in 0..<taps {
      let offset = tap - (taps / 2 - 1)
      weights[clamped(sample + offset) - window.first] += weight(ofTap: tap, fraction)
    }
  }

  private func weight(ofTap tap: Int, _ t: R) -> R {
    if taps == 2 {
      let second = weightPrecision.rounded(t)
      return tap == 0 ? weightPrecision.rounded(1 - second) : second
    }
    let distance: R =
      switch tap {
      case 0: t + 1
      case 1: t
      case 2: 1 - t
      default: (1 - t) + 1
      }
    return weightPrecision.rounded(cubicWeight(atDistance: distance, sharpness: -0.75))
  }
}
