/// Pillow's filters; the raw values are Pillow's own, and those of the C interface.
package enum PillowFilter: Int32 {
  case nearest = 0
  case lanczos = 1
  case bilinear = 2
  case bicubic = 3
  case box = 4
  case hamming = 5
  /// From release 13.0 on, as the next.
  case mks2013 = 6
  case mks2021 = 7

  package var filter: Filter? {
    switch self {
    case .nearest: nil
    case .lanczos: .lanczos
    case .bilinear: .triangle
    case .bicubic: .cubic
    case .box: .box
    case .hamming: .hamming
    case .mks2013: .magicSharp2013
    case .mks2021: .magicSharp2021
    }
  }

  /// One axis of an image, of which the part from `start` to `end` is resampled: sample i covers i ..< i + 1.
  ///
  /// Both are float32, as is their difference; all that follows is float64. `sumsPositions`: nearest adds up the steps.
  package func axis(
    from inputLength: Int, to outputLength: Int, start: Float, end: Float, sumsPositions: Bool = true
  ) -> Axis {
    let scale = Double(end - start) / Double(outputLength)
    var line = SampleLine(base: Double(start), shift: 0.5, stretch: scale)
    guard let filter else {
      let nearest: Convention.NearestRounding = sumsPositions ? .downBySteps : .down
      return Axis(
        inputLength: inputLength, outputLength: outputLength,
        Convention(sampling: .nearest, coordinates: .line(line), isDouble: true, nearest: nearest))
    }
    line.offset = -0.5
    let isWhole = start == 0 && end == Float(outputLength)
    return Axis(
      inputLength: inputLength, outputLength: outputLength,
      Convention(
        sampling: .antialiased(filter), coordinates: .line(line), isDouble: true, fusesFilters: false,
        fixedPointBits: 22, copiesEqualLengths: isWhole))
  }

  /// A part of an axis that keeps its samples.
  package static func copy(from inputLength: Int, to outputLength: Int, start: Int) -> Axis {
    Axis(
      inputLength: inputLength, outputLength: outputLength,
      Convention(
        sampling: .nearest, coordinates: .line(SampleLine(base: Double(start))), isDouble: true, nearest: .down,
        copiesEqualLengths: start == 0))
  }
}
