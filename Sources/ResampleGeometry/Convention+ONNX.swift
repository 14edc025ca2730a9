/// The attributes of ONNX's Resize that mean the same on every axis. The raw values are those of the C interface.
package struct OnnxResize {
  package var mode: Mode = .nearest
  package var coordinates: Coordinates = .halfPixel
  package var nearest: Nearest = .roundPreferFloor
  package var antialias = false
  package var excludesOutside = false
  package var cubicCoefficient = -0.75

  package init() {}

  package enum Mode: Int32 {
    case nearest = 0
    case linear = 1
    case cubic = 2
  }

  /// coordinate_transformation_mode
  package enum Coordinates: Int32 {
    case halfPixel = 0
    case halfPixelSymmetric = 1
    case pytorchHalfPixel = 2
    case alignCorners = 3
    case asymmetric = 4
    /// Of opset 11 alone.
    case tfHalfPixelForNearest = 5
    case tfCropAndResize = 6
  }

  /// nearest_mode
  package enum Nearest: Int32 {
    case roundPreferFloor = 0
    case roundPreferCeil = 1
    case floor = 2
    case ceil = 3

    /// The same on an axis that is read from its end.
    package var reversed: Nearest {
      switch self {
      case .roundPreferFloor: .roundPreferCeil
      case .roundPreferCeil: .roundPreferFloor
      case .floor: .ceil
      case .ceil: .floor
      }
    }
  }

  /// The part of an axis that tfCropAndResize resamples, from 0, its first sample, to 1, its last.
  package struct Crop: Equatable {
    package var start: Double
    package var end: Double

    package init(start: Double, end: Double) {
      self.start = start
      self.end = end
    }

    package static let all = Crop(start: 0, end: 1)

    /// The same on an axis that is read from its end.
    package var reversed: Crop { Crop(start: 1 - start, end: 1 - end) }
  }

  var sampling: Sampling {
    switch mode {
    case .nearest: .nearest
    case .linear: .filtered(.triangle)
    case .cubic: .filtered(.cubic)
    }
  }

  /// One axis, by the formulas of the specification as its reference computes them: in float64, and from the factor.
  package func axis(from inputLength: Int, to outputLength: Int, factor: Double, crop: Crop) -> Axis {
    let line = line(inputLength, outputLength, factor, crop)
    var convention = Convention(
      sampling: sampling, coordinates: .line(line), isDouble: true, cubicSharpness: cubicCoefficient,
      stretchesFilters: antialias, borders: excludesOutside ? .dropped : .clamped, fusesFilters: false)
    convention.nearest =
      switch nearest {
      case .roundPreferFloor: .halfToBefore
      case .roundPreferCeil: .halfToAfter
      case .floor: .down
      case .ceil: .up
      }
    convention.copiesEqualLengths = isCopied(inputLength, outputLength, factor, crop)
    return Axis(inputLength: inputLength, outputLength: outputLength, factor: factor, convention)
  }

  /// Such an axis is left alone, whatever the other attributes say of it.
  package func isCopied(_ inputLength: Int, _ outputLength: Int, _ factor: Double, _ crop: Crop) -> Bool {
    func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(abs(a), abs(b)) }
    return inputLength == outputLength && isClose(factor, 1)
      && (coordinates != .tfCropAndResize || crop.start == 0 && isClose(crop.end, 1))
  }

  private func line(_ inputLength: Int, _ outputLength: Int, _ factor: Double, _ crop: Crop) -> SampleLine {
    let length = Double(inputLength)
    // The length before it is cut to an integer.
    let width = factor * length
    switch coordinates {
    case .halfPixel: return SampleLine(shift: 0.5, divisor: factor, offset: -0.5)
    case .halfPixelSymmetric:
      let adjustment = Double(outputLength) / width
      return SampleLine(base: length / 2 * (1 - adjustment), shift: 0.5, divisor: factor, offset: -0.5)
    case .pytorchHalfPixel:
      return width == 1 ? SampleLine(stretch: 0, offset: -0.5) : SampleLine(shift: 0.5, divisor: factor, offset: -0.5)
    case .alignCorners:
      return width == 1 ? SampleLine(stretch: 0) : SampleLine(span: length - 1, divisor: width - 1)
    case .asymmetric: return SampleLine(divisor: factor)
    case .tfHalfPixelForNearest: return SampleLine(shift: 0.5, divisor: factor)
    case .tfCropAndResize:
      let (start, part) = (crop.start * (length - 1), crop.end - crop.start)
      return width == 1
        ? SampleLine(base: part * (length - 1) / 2, stretch: 0, offset: start)
        : SampleLine(stretch: part, span: length - 1, divisor: width - 1, offset: start)
    }
  }

  /// The output samples whose source coordinate lies on the axis: together, because coordinates ascend.
  package static func samplesInside(_ axis: Axis) -> Range<Int> {
    guard case .line(let line) = axis.convention.coordinates else { return 0..<axis.outputLength }
    let last = Double(axis.inputLength - 1)
    func isBefore(_ output: Int) -> Bool { (line.position(of: output) as Double) < 0 }
    func isAfter(_ output: Int) -> Bool { (line.position(of: output) as Double) > last }
    let start = partition(axis.outputLength) { !isBefore($0) }
    let end = partition(axis.outputLength, isAfter)
    return start..<max(start, end)
  }

  /// The first of `count` indices that a condition, which those after it meet as well, is true of.
  private static func partition(_ count: Int, _ isTrue: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if isTrue(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
