/// A filter around the source coordinate, with as many taps for every output sample: those on either side that it could reach.
struct FilterRule<R: Real> {
  let inputLength: Int
  let filter: Filter
  let cubicSharpness: R
  let isFused: Bool
  /// How many taps count on either side of the axis.
  let padding: Int
  let leavesOutsideEmpty: Bool
  /// Weights that add up to no more do not count.
  let leastSum: R
  let stepsPerSample: R?
  let weightPrecision: WeightPrecision
  let coordinate: SourceCoordinate<R>
  /// How far apart source samples are to the filter: 1, or less where it is stretched.
  let density: R
  /// The first tap, counted from the sample before the coordinate.
  let firstTap: Int

  init(_ axis: Axis, filter: Filter) {
    inputLength = axis.inputLength
    self.filter = filter
    cubicSharpness = R(axis.convention.cubicSharpness)
    isFused = axis.convention.fusesFilters
    let borders = axis.convention.borders
    padding = borders == .clamped ? .max : borders == .padded ? filter.support.truncated : 0
    leavesOutsideEmpty = borders == .droppedWithCentres
    leastSum = borders == .padded ? R(1000 * Float.ulpOfOne) : 0
    stepsPerSample = axis.convention.stepsPerSample.map { R($0) }
    weightPrecision = axis.convention.weightPrecision
    coordinate = SourceCoordinate(axis)
    let factor = axis.factor ?? Double(axis.outputLength) / Double(axis.inputLength)
    let density = axis.convention.stretchesFilters ? min(factor, 1) : 1
    self.density = R(density)
    firstTap = (-filter.support / density).floor + 1
  }

  private var taps: Int { 2 - 2 * firstTap }

  /// No window has more samples.
  var mostTaps: Int { min(taps, inputLength) }

  /// The sample before the coordinate, also where there is one at it, and how far after that it lies.
  private func split(_ position: R) -> (sample: Int, distance: R) {
    let floor = position.floor
    let sample = R(floor) == position ? floor - 1 : floor
    let distance = position - R(sample)
    guard let stepsPerSample else { return (sample, distance) }
    let steps = distance * stepsPerSample
    let before = steps.floor
    let rest = steps - R(before)
    let isNext = rest > 0.5 || rest == 0.5 && before & 1 == 1
    return (sample, R(isNext ? before + 1 : before) / stepsPerSample)
  }

  /// The window of a position outside the axis, where such windows are empty.
  private func emptyWindow(at position: R) -> Window? {
    guard leavesOutsideEmpty else { return nil }
    if position < -0.5 { return Window(first: 0, count: 0) }
    return position > R(inputLength) - 0.5 ? Window(first: inputLength - 1, count: 0) : nil
  }

  /// The taps that count, of those around a sample.
  private func counted(around sample: Int) -> Range<Int> {
    let all = firstTap..<firstTap + taps
    return padding == .max ? all : all.clamped(to: -sample - padding..<inputLength + padding - sample)
  }

  private func clamped(_ sample: Int) -> Int { max(min(sample, inputLength - 1), 0) }

  func window(of index: Int) -> Window {
    let position = coordinate.position(of: index)
    return emptyWindow(at: position) ?? window(before: split(position).sample)
  }

  private func window(before sample: Int) -> Window {
    let first = clamped(sample + firstTap)
    return Window(first: first, count: clamped(sample + firstTap + taps - 1) - first + 1)
  }

  @inline(never)
  func fill(
    _ outputs: Range<Int>, first: inout MutableSpan<Int32>, counts: inout MutableSpan<Int32>,
    weights: inout MutableSpan<R>, in layout: WeightLayout, _ mostTaps: Int
  ) {
    for entry in 0..<outputs.count {
      let position = coordinate.position(of: outputs.lowerBound &+ entry)
      let empty = emptyWindow(at: position)
      let (sample, distance) = split(position)
      let window = empty ?? window(before: sample)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let (start, stride) = (entry &* layout.sampleStride, layout.tapStride)
      var total: R = 0
      if window.count == taps {
        var place = start
        for tap in firstTap..<firstTap + taps {
          weights[place] = (R(tap) - distance) * density
          place &+= stride
        }
        total = filter.weigh(
          &weights, from: start, stride: stride, count: taps, cubicSharpness: cubicSharpness, isFused: isFused)
      } else {
        for k in 0..<mostTaps { weights[start + k * stride] = 0 }
        if empty != nil { continue }
        for tap in counted(around: sample) {
          let weight = filter.weight(
            atDistance: (R(tap) - distance) * density, cubicSharpness: cubicSharpness, isFused: isFused)
          weights[start + (clamped(sample + tap) - window.first) * stride] += weight
          total += weight
        }
      }
      let isEnough = abs(total) > leastSum
      for k in 0..<window.count {
        let place = start + k * stride
        // A weight of -0 is 0, as it is among those that are added up.
        weights[place] = isEnough ? weightPrecision.rounded((weights[place] + 0) / total) : 0
      }
    }
  }
}
