/// A filter around the source coordinate, with as many taps for every output sample: those on either side that it could reach.
struct FilterRule<R: Real> {
  let inputLength: Int
  let filter: Filter
  let cubicSharpness: R
  let isFused: Bool
  let borders: Convention.Borders
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
    borders = axis.convention.borders
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
  private func split(_ index: Int) -> (sample: Int, distance: R) {
    let position = coordinate.position(of: index)
    let floor = position.floor
    let sample = R(floor) == position ? floor - 1 : floor
    return (sample, position - R(sample))
  }

  private func clamped(_ sample: Int) -> Int { max(min(sample, inputLength - 1), 0) }

  func window(of index: Int) -> Window { window(before: split(index).sample) }

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
      let (sample, distance) = split(outputs.lowerBound &+ entry)
      let window = window(before: sample)
      first[unchecked: entry] = Int32(truncatingIfNeeded: window.first)
      counts[unchecked: entry] = Int32(truncatingIfNeeded: window.count)
      let start = entry &* layout.sampleStride
      for k in 0..<mostTaps { weights[start + k * layout.tapStride] = 0 }
      var total: R = 0
      for tap in firstTap..<firstTap + taps {
        let source = sample + tap
        if borders == .dropped && (source < 0 || source >= inputLength) { continue }
        let weight = filter.weight(
          atDistance: (R(tap) - distance) * density, cubicSharpness: cubicSharpness, isFused: isFused)
        weights[start + (clamped(source) - window.first) * layout.tapStride] += weight
        total += weight
      }
      if total != 0 { for k in 0..<window.count { weights[start + k * layout.tapStride] /= total } }
    }
  }
}
