import Testing

@testable import ResampleGeometry

private func axis(_ input: Int, to output: Int) -> OpenCVAxis {
  OpenCVAxis(inputLength: input, outputLength: output, factor: Double(output) / Double(input))
}

@Test func tapsOutsideAreThoseOfTheEdge() {
  let rule = AxisRule<Double>(axis(4, to: 8).neighbours(.linear, isDouble: true))
  #expect(taps(rule, 0) == (0, [1]))
  #expect(taps(rule, 1) == (0, [0.75, 0.25]))
  #expect(taps(rule, 7) == (3, [1]))
}

@Test func weightsOfElevenBitsAreWholeNumbers() {
  for filter in [NeighbourFilter.linear, .shares, .cubic, .lanczos4] {
    let rule = AxisRule<Double>(axis(10, to: 23).neighbours(filter, isDouble: false, .fixedPoint(bits: 11)))
    for output in 0..<23 {
      for weight in taps(rule, output).weights { #expect((weight * 2048).rounded() == weight * 2048) }
    }
  }
}

@Test func cellsHaveTheSharesOfTheirSamples() {
  let rule = AxisRule<Double>(axis(5, to: 2).cells)
  #expect(taps(rule, 0) == (0, [Double(Float(0.4)), Double(Float(0.4)), Double(Float(0.2))]))
  #expect(taps(rule, 1) == (2, [Double(Float(0.2)), Double(Float(0.4)), Double(Float(0.4))]))
}

@Test func cellsAreOfWholeSamplesOrNot() {
  #expect(axis(6, to: 2).cellLength == 3)
  #expect(axis(5, to: 2).cellLength == nil)
}

@Test func nearestExactDependsOnTheVersion() {
  func sources(_ version: OpenCVAxis.NearestExact) -> [Int] {
    let rule = AxisRule<Double>(axis(3, to: 2).nearestExact(version))
    return (0..<2).map { rule.window(of: $0).first }
  }
  #expect(sources(.steps) == [0, 2])
  #expect(sources(.fixedPoint) == [0, 2])
  #expect(sources(.fixedPointByParity) == [0, 2])
}

@Test func pairsOfBytesMoveInsideAlongTheWidthAlone() {
  let axis = axis(2, to: 4).neighbours(.linear, isDouble: false, .fixedPoint(bits: 11))
  let (width, height) = (BytePairs(axis, bits: 11, movesInside: true), BytePairs(axis, bits: 11, movesInside: false))
  func isPair(_ pairs: BytePairs, _ index: Int, _ first: Int, _ weights: (Int16, Int16)) -> Bool {
    let pair = pairs.pair(of: index)
    return pair.first == first && pair.weights == weights
  }
  #expect(isPair(width, 0, 0, (2048, 0)))
  #expect(isPair(height, 0, -1, (512, 1536)))
  #expect(isPair(width, 3, 1, (2048, 0)))
  #expect(isPair(height, 3, 1, (1536, 512)))
}
