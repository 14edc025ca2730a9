/// OpenCV's interpolations; the raw values are OpenCV's own, and those of the C interface.
package enum OpenCVInterpolation: Int32 {
  case nearest = 0
  case linear = 1
  case cubic = 2
  case area = 3
  case lanczos4 = 4
  case linearExact = 5
  case nearestExact = 6
}

/// One axis of OpenCV's resize. The factor is the caller's, where that was given, and not that of the lengths.
package struct OpenCVAxis {
  package let inputLength: Int
  package let outputLength: Int
  package let factor: Double

  package init(inputLength: Int, outputLength: Int, factor: Double) {
    self.inputLength = inputLength
    self.outputLength = outputLength
    self.factor = factor
  }

  /// The distance in the source axis between neighbouring output samples.
  package var scale: Double { 1 / factor }

  /// The source samples of an output sample, where cells are of whole samples.
  package var cellLength: Int? {
    guard scale < 0x1p31 else { return nil }
    let length = scale.rounded(.toNearestOrEven)
    return abs(scale - length) < Double.ulpOfOne ? Int(length) : nil
  }

  /// Which versions of OpenCV have a nearest-exact of their own.
  package enum NearestExact {
    /// Before 4.8.
    case fixedPoint
    /// From 4.8 on: lengths that are odd begin a little earlier.
    case fixedPointByParity
    /// From 5.0 on, that of Pillow.
    case steps
  }

  @inline(never)
  private func axis(_ convention: Convention) -> Axis {
    Axis(inputLength: inputLength, outputLength: outputLength, factor: factor, convention)
  }

  package var nearest: Axis { nearest(SampleLine(stretch: scale)) }

  @inline(never)
  private func nearest(_ line: SampleLine, _ rounding: Convention.NearestRounding = .down) -> Axis {
    axis(Convention(sampling: .nearest, coordinates: .line(line), isDouble: true, nearest: rounding))
  }

  /// Of a length that stays, whatever the factor.
  package var copy: Axis { nearest(SampleLine()) }

  /// Without the caller's factor.
  @inline(never)
  package func nearestExact(_ version: NearestExact) -> Axis {
    if version == .steps {
      return nearest(SampleLine(shift: 0.5, stretch: Double(inputLength) / Double(outputLength)), .downBySteps)
    }
    // Positions with 16 fractional bits, which float64 holds.
    let step = (inputLength << 16 + outputLength / 2) / outputLength
    let start = step / 2 - (version == .fixedPoint ? 1 : inputLength % 2)
    return nearest(SampleLine(base: Double(start) / 0x1p16, stretch: Double(step) / 0x1p16))
  }

  /// Linear, cubic, Lanczos, or what area enlarges with. `isDouble`: coordinates and weights are computed in float64.
  @inline(never)
  package func neighbours(
    _ filter: NeighbourFilter, isDouble: Bool, _ precision: WeightPrecision = .full
  ) -> Axis {
    axis(
      Convention(
        sampling: .neighbours(filter), isDouble: isDouble, cubicSharpness: -0.75, weightPrecision: precision))
  }

  /// Area by fractions of samples.
  package var cells: Axis { axis(Convention(sampling: .cells)) }

  /// Sums of cells of whole samples.
  package var cellSums: Axis { axis(Convention(sampling: .cellSums)) }
}
