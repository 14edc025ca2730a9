import ResampleGeometry

/// What of a whole axis decides how results are rounded, whichever part of its output is computed.
struct WholeAxis {
  let inputLength: Int
  let outputLength: Int
  /// Between these is the most that an output sample has.
  let tapCounts: ClosedRange<Int>
  /// What the taps are to be counted of; nil where they are.
  private let axis: Axis?

  init(inputLength: Int, outputLength: Int, tapCount: Int) {
    (self.inputLength, self.outputLength) = (inputLength, outputLength)
    tapCounts = tapCount...tapCount
    axis = nil
  }

  /// Without its table.
  init(_ axis: Axis) {
    (inputLength, outputLength) = (axis.inputLength, axis.outputLength)
    let middle = axis.outputLength / 2
    let (some, most) =
      axis.isDouble
      ? (AxisRule<Double>(axis).window(of: middle).count, AxisRule<Double>(axis).mostTaps)
      : (AxisRule<Float>(axis).window(of: middle).count, AxisRule<Float>(axis).mostTaps)
    tapCounts = max(some, 1)...max(some, most)
    self.axis = axis
  }

  /// The most taps of an output sample. They are counted where they are not known: 4 ns an output sample.
  func tapCount() -> Int {
    guard let axis else { return tapCounts.lowerBound }
    let all = 0..<axis.outputLength
    let longest =
      axis.isDouble
      ? AxisRule<Double>(axis).longestWindow(of: all) : AxisRule<Float>(axis).longestWindow(of: all)
    return min(axis.inputLength, max(1, longest))
  }
}
