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
    let sample = min(isLong ? x.floor : x.floorInSingle, inputLength &- 1)
    return (sample, min(max(x - R(sample), 0), 1))
  }

  private func clamped(_ sample: Int) -> Int { min(max(sample, 0), inputLength - 1) }

  private func window(around sample: Int) -> Window {
    let before = sample - (taps / 2 - 1)
    let first = clamped(before)
    return Window(first: first, count: clamped(before + taps - 1) - first + 1)
  }

  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    if taps == 2 {
      fillLinear(outputs, &first, &counts, &weights, layout, mostTaps)
    } else {
      fillCubic(outputs, &first, &counts, &weights, layout, mostTaps)
    }
  }

  @_optimize(speed) @inline(never)
  private func fillLinear(
    _ outputs: Range<Int>, _ first: inout MutableSpan<Int32>, _ counts: inout MutableSpan<Int32>,
    _ weights: inout MutableSpan<R>, _ layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let (sample, fraction) = split(outputs.lowerBound &+ entry)
      let isLast = sample == inputLength &- 1
      let second = weightPrecision.rounded(fraction)
      let nearest = weightPrecision.rounded(1 - second)
      first[unchecked: entry] = Int32(truncatingIfNeeded: sample)
      counts[unchecked: entry] = isLast ? 1 : 2
      let place = entry &* layout.sampleStride
      // A tap behind the axis is its last sample.
      weights[unchecked: place] = isLast ? nearest + second : nearest
      if mostTaps == 2 { weights[unchecked: place &+ layout.tapStride] = isLast ? 0 : second }
    }
  }

  /// The weights of taps outside the axis go to its first or last sample.
  @inline(never)
  private func fillCubic(
    _ outputs: Range<Int>, _ first: inout MutableSpan<Int32>, _ counts: inout MutableSpan<Int32>,
    _ weights: inout MutableSpan<R>, _ layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let (sample, t) = split(outputs.lowerBound &+ entry)
      let window = window(around: sample)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let (far, near, next, last) = (
        cubicWeight(t + 1), cubicWeight(t), cubicWeight(1 - t), cubicWeight((1 - t) + 1)
      )
      let start = entry &* layout.sampleStride
      if window.count == 4 {
        weights[unchecked: start] = far
        weights[unchecked: start &+ layout.tapStride] = near
        weights[unchecked: start &+ 2 &* layout.tapStride] = next
        weights[unchecked: start &+ 3 &* layout.tapStride] = last
      } else {
        for tap in 0..<mostTaps { weights[start + tap * layout.tapStride] = 0 }
        func place(_ offset: Int) -> Int { start + (clamped(sample + offset) - window.first) * layout.tapStride }
        weights[place(-1)] += far
        weights[place(0)] += near
        weights[place(1)] += next
        weights[place(2)] += last
      }
    }
  }

  private func cubicWeight(_ distance: R) -> R {
    weightPrecision.rounded(ResampleGeometry.cubicWeight(atDistance: distance, sharpness: -0.75))
  }
}
