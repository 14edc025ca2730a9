/// Linear and cubic interpolation between the samples next to the source coordinate.
struct PointRule<R: Real> {
  let inputLength: Int
  /// 2: linear. 4: cubic convolution.
  let taps: Int
  let cubicSharpness: R
  /// Indices are those of the coordinate rounded to float32.
  let floorsInSingle: Bool
  let weightPrecision: WeightPrecision
  let coordinate: SourceCoordinate<R>

  init(_ axis: Axis, taps: Int) {
    inputLength = axis.inputLength
    self.taps = taps
    cubicSharpness = R(axis.convention.cubicSharpness)
    floorsInSingle = axis.convention.roundsIndicesToSingle && !axis.isLong
    weightPrecision = axis.convention.weightPrecision
    coordinate = SourceCoordinate(axis)
  }

  func position(of index: Int) -> R { coordinate.position(of: index) }

  /// The sample at or before the source coordinate, and how far beyond it the coordinate lies, from 0 to 1.
  private func split(_ index: Int) -> (sample: Int, fraction: R) {
    var x = position(of: index)
    if taps == 2 && x < 0 { x = 0 }
    let sample = min(floorsInSingle ? x.floorInSingle : x.floor, inputLength &- 1)
    return (sample, min(max(x - R(sample), 0), 1))
  }

  func window(of index: Int) -> Window {
    let sample = split(index).sample
    return taps == 2 ? Window(first: sample, count: sample == inputLength - 1 ? 1 : 2) : window(around: sample)
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
      fillLinear(outputs, first: &first, counts: &counts, weights: &weights, layout, mostTaps)
    } else {
      fillCubic(outputs, first: &first, counts: &counts, weights: &weights, layout, mostTaps)
    }
  }

  @_optimize(speed) @inline(never)
  private func fillLinear(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, _ layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let (sample, fraction) = split(outputs.lowerBound &+ entry)
      let isLast = sample == inputLength &- 1
      let second = weightPrecision.rounded(fraction)
      let nearest = weightPrecision.rounded(1 - second)
      first[unchecked: entry] = Int32(truncatingIfNeeded: sample)
      counts[unchecked: entry] = isLast ? 1 : 2
      let place = entry &* layout.sampleStride
      // A tap after the axis is its last sample.
      weights[unchecked: place] = isLast ? nearest + second : nearest
      if mostTaps == 2 { weights[unchecked: place &+ layout.tapStride] = isLast ? 0 : second }
    }
  }

  /// The weights of taps outside the axis go to its first or last sample.
  @inline(never)
  private func fillCubic(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, _ layout: WeightLayout, _ mostTaps: Int
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
    weightPrecision.rounded(ResampleGeometry.cubicWeight(atDistance: distance, sharpness: cubicSharpness))
  }
}
