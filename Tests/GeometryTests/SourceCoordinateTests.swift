import Testing

@testable import ResampleGeometry

/// The positions that the documentation of torch.nn.Upsample draws: 4 -> 8 samples.
@Test func halfPixelCentres() {
  let rule = AxisRule<Float>(Axis(4, to: 8, .linear))
  #expect((0..<8).map { rule.position(of: $0) } == [-0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25])
}

@Test func alignedCornersMapEndsToEnds() {
  for (input, output) in [(4, 8), (2, 5), (7, 3), (100, 33)] {
    let rule = AxisRule<Double>(
      Axis(input, to: output, .linear, alignCorners: true, .float64))
    #expect(rule.position(of: 0) == 0)
    #expect(abs(rule.position(of: output - 1) - Double(input - 1)) < 1e-12)
  }
}

@Test func alignedCornersOfOneSampleReadTheFirst() {
  let rule = AxisRule<Float>(Axis(9, to: 1, .linear, alignCorners: true))
  #expect(rule.position(of: 0) == 0)
  #expect(rule.window(of: 0) == Window(first: 0, count: 2))
}

@Test func factorIsInvertedInDoubleAndThenRounded() {
  let axis = Axis(10, to: 17, .linear, factor: 1.75)
  #expect(SourceCoordinate<Float>(axis).scale == Float(1 / 1.75))
  #expect(SourceCoordinate<Float>(axis).scale != Float(10) / Float(17))
}

@Test func alignCornersIgnoresTheFactor() {
  let axis = Axis(10, to: 19, .linear, alignCorners: true, factor: 1.95)
  #expect(SourceCoordinate<Float>(axis).scale == 0.5)
}

/// The plain position rounds twice, the fused one once. They differ just above powers of two, where the half that is
/// subtracted brings the result a finer spacing.
@Test func fusedAndPlainPositionsDiffer() {
  let twice = SourceCoordinate<Float>(Axis(4000, to: 6801, .linear))
  let once = SourceCoordinate<Float>(Axis(4000, to: 6801, .bicubic))
  let differing = (0..<6801).filter { once.position(of: $0) != twice.position(of: $0) }
  #expect(!differing.isEmpty)
}

@Test func outputLengthTruncates() {
  #expect(outputLength(of: 88, factor: 120.0 / 88, longest: 1000) == 119)
  #expect(outputLength(of: 3, factor: 2, longest: 1000) == 6)
  #expect(outputLength(of: 3, factor: 0.3, longest: 1000) == nil)
  #expect(outputLength(of: 3, factor: .nan, longest: 1000) == nil)
  #expect(outputLength(of: 3, factor: 1e300, longest: 1000) == nil)
  #expect(outputLength(of: 1000, factor: 1.0009, longest: 1000) == 1000)
}
