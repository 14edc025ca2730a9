import Testing

@testable import ResampleGeometry

/// The window and the weights of one output sample.
func taps<R: Real>(_ rule: AxisRule<R>, _ output: Int) -> (first: Int, weights: [R]) {
  var (first, counts) = ([Int32(-1)], [Int32(-1)])
  var weights = [R](repeating: .nan, count: rule.mostTaps)
  var firstSpan = first.mutableSpan
  var countSpan = counts.mutableSpan
  var weightSpan = weights.mutableSpan
  let layout = WeightLayout(sampleStride: rule.mostTaps, tapStride: 1)
  rule.fill(output..<output + 1, first: &firstSpan, counts: &countSpan, weights: &weightSpan, in: layout)
  #expect(weights[Int(counts[0])...].allSatisfy { $0 == 0 })
  return (Int(first[0]), Array(weights[..<Int(counts[0])]))
}

extension AxisRule {
  func window(of output: Int) -> Window {
    let (first, weights) = taps(self, output)
    return Window(first: first, count: weights.count)
  }
}

/// Blocks, and either order in memory, make no difference.
@Test(arguments: everyMode)
func allSamplesAtOnceAreThoseOfEachAlone(_ mode: ModeCase) {
  for (input, output) in [(1, 3), (2, 5), (7, 3), (9, 20), (100, 33)] {
    let rule = AxisRule<Float>(Axis(input, to: output, mode.mode, antialias: mode.antialias))
    for layout in [
      WeightLayout(sampleStride: rule.mostTaps + 2, tapStride: 1), WeightLayout(sampleStride: 1, tapStride: output),
    ] {
      var (first, counts) = ([Int32](repeating: -1, count: output), [Int32](repeating: -1, count: output))
      var weights = [Float](repeating: .nan, count: output * (rule.mostTaps + 2))
      var firstSpan = first.mutableSpan
      var countSpan = counts.mutableSpan
      var weightSpan = weights.mutableSpan
      rule.fill(0..<output, first: &firstSpan, counts: &countSpan, weights: &weightSpan, in: layout)
      if mode.mode.isNearest {
        var sources = [Int32](repeating: -1, count: output)
        var sourceSpan = sources.mutableSpan
        rule.fillSources(of: 0..<output, &sourceSpan)
        #expect(sources == first)
      }
      for index in 0..<output {
        let alone = taps(rule, index)
        let row = (0..<rule.mostTaps).map { weights[index * layout.sampleStride + $0 * layout.tapStride] }
        #expect(alone.first == Int(first[index]) && alone.weights == Array(row[..<Int(counts[index])]))
        #expect(row[Int(counts[index])...].allSatisfy { $0 == 0 })
      }
    }
  }
}

/// A mode, and whether it is antialiased.
struct ModeCase {
  let mode: Mode
  let antialias: Bool
}

private let everyMode =
  [Mode.nearest, .nearestExact, .linear, .bicubic, .area].map { ModeCase(mode: $0, antialias: false) }
  + [.bilinear, .bicubic, .filter(.lanczos), .filter(.mitchell), .filter(.hamming), .filter(.box)].map {
    ModeCase(mode: $0, antialias: true)
  }

@Test(arguments: everyMode)
func windowsStayInsideAndWeightsSumToOne(_ mode: ModeCase) {
  for input in [1, 2, 3, 5, 8, 31, 100] {
    for output in [1, 2, 3, 4, 9, 16, 33, 250] {
      for alignCorners in [false, true] {
        let axis = Axis(input, to: output, mode.mode, antialias: mode.antialias, alignCorners: alignCorners, .float64)
        let rule = AxisRule<Double>(axis)
        var before = 0
        for index in 0..<output {
          let (first, weights) = taps(rule, index)
          #expect(first >= before, "windows only move forward")
          #expect(!weights.isEmpty && first + weights.count <= input)
          #expect(abs(weights.reduce(0, +) - 1) < 1e-12, "\(axis) \(index)")
          before = first
        }
      }
    }
  }
}

@Test func linearFoldsTheBorders() {
  let rule = AxisRule<Float>(Axis(2, to: 4, .linear))
  #expect(taps(rule, 0) == (0, [1, 0]))
  #expect(taps(rule, 1) == (0, [0.75, 0.25]))
  #expect(taps(rule, 2) == (0, [0.25, 0.75]))
  #expect(taps(rule, 3) == (1, [1]))
}

/// Keys' filter with A = -0.75, at a quarter: the published values.
@Test func cubicWeightsAtAQuarter() {
  let rule = AxisRule<Double>(Axis(10, to: 20, .bicubic, .float64))
  let (first, weights) = taps(rule, 9)  // position 4.25
  #expect(first == 3)
  #expect(weights == [-0.10546875, 0.87890625, 0.26171875, -0.03515625])
}

@Test func cubicFoldsTheBorders() {
  let rule = AxisRule<Double>(Axis(10, to: 20, .bicubic, .float64))
  let (first, weights) = taps(rule, 0)  // position -0.25: taps -2, -1, 0, 1
  #expect(first == 0)
  #expect(weights == [1 - -0.10546875, -0.10546875])
}

@Test func areaCoversEveryWindow() {
  let rule = AxisRule<Float>(Axis(7, to: 3, .area))
  #expect(
    (0..<3).map { rule.window(of: $0) } == [
      .init(first: 0, count: 3), .init(first: 2, count: 3), .init(first: 4, count: 3),
    ])
  #expect(taps(rule, 1).weights == [Float](repeating: 1 / 3, count: 3))
}

@Test func antialiasStretchesTheFilter() {
  // 4 -> 2: scale 2, support 2, centre 1: samples at distances -0.25, 0.25, 0.75 (and -0.75 outside)
  let rule = AxisRule<Double>(Axis(4, to: 2, .bilinear, antialias: true, .float64))
  let (first, weights) = taps(rule, 0)
  #expect(first == 0)
  #expect(weights == [0.75 / 1.75, 0.75 / 1.75, 0.25 / 1.75])
}

@Test func equalLengthsAreCopiedWhereThatChangesNothing() {
  func isCopy(_ mode: Mode, antialias: Bool = false, _ samples: SampleKind = .float32) -> Bool {
    let rule = AxisRule<Double>(Axis(10, to: 10, mode, antialias: antialias, factor: 1.05, samples))
    return (0..<10).allSatisfy { rule.window(of: $0) == Window(first: $0, count: 1) }
  }
  #expect(isCopy(.linear))
  #expect(isCopy(.bicubic, antialias: true))
  #expect(isCopy(.filter(.box), antialias: true))
  // A factor moves the samples: PyTorch's float kernel for bicubic follows it.
  #expect(!isCopy(.bicubic))
  #expect(isCopy(.bicubic, .fixedPoint))
  // A filter that does not interpolate changes samples wherever they are.
  #expect(!isCopy(.filter(.mitchell), antialias: true))
  let (first, weights) = taps(AxisRule<Double>(Axis(10, to: 10, .filter(.mitchell), antialias: true, .float64)), 5)
  #expect(first == 3 || first == 4)
  #expect(abs(weights[5 - first] - 8.0 / 9) < 1e-15)
}

@Test func halfPrecisionWeightsAreRounded() {
  let axis = Axis(3, to: 7, .linear, .float16)
  let rule = AxisRule<Float>(axis)
  for output in 0..<7 {
    for weight in taps(rule, output).weights where weight > 0x1p-14 {
      #expect(weight == Float(Float16(weight)))
    }
  }
}

// MARK: Nearest

@Test func nearestOfSmallImagesHalvesExactDoubles() {
  // 100 -> 200 with factor 2.005: the sizes say 2, the factor says less.
  func sources(isSmallImage: Bool) -> [Int] {
    let rule = AxisRule<Float>(
      Axis(100, to: 200, .nearest, factor: 2.005, isSmallImage: isSmallImage))
    return (0..<200).map { rule.window(of: $0).first }
  }
  #expect(sources(isSmallImage: true) == (0..<200).map { $0 / 2 })
  #expect(sources(isSmallImage: false) != (0..<200).map { $0 / 2 })
}

/// 2 -> 82 samples: s = 2/82 rounds differently in float32 and float64, and one sample with it.
@Test func nearestDependsOnTheCoordinateType() {
  let axis = Axis(2, to: 82, .nearest)
  let single = (0..<82).map { AxisRule<Float>(axis).window(of: $0).first }
  let double = (0..<82).map { AxisRule<Double>(axis).window(of: $0).first }
  #expect(single != double)
}

@Test func longAxesAreExact() {
  let length = 1 << 24
  let axis = Axis(length, to: length - 1, .nearest)
  #expect(axis.isLong)
  let rule = AxisRule<Double>(axis)
  for output in stride(from: 0, to: length - 1, by: 99_991) {
    #expect(rule.window(of: output).first == output * length / (length - 1))
  }
}
