import Testing

@testable import ResampleGeometry

@Test(arguments: [Filter.triangle, .cubic, .lanczos])
func filtersAreOneAtZeroAndEvenAndEndAtTheirSupport(_ filter: Filter) {
  #expect(filter.weight(atDistance: 0.0) == 1)
  #expect(filter.weight(atDistance: Double(filter.support)) == 0)
  #expect(filter.weight(atDistance: Double(filter.support) + 0.5) == 0)
  for x in stride(from: 0.0, to: 3.5, by: 0.1) {
    #expect(filter.weight(atDistance: x) == filter.weight(atDistance: -x))
  }
}

@Test(arguments: [Filter.triangle, .cubic])
func filtersSumToOneAtEveryPhase(_ filter: Filter) {
  for phase in stride(from: 0.0, to: 1, by: 0.05) {
    let sum = (-3...3).reduce(0.0) { $0 + filter.weight(atDistance: phase + Double($1)) }
    #expect(abs(sum - 1) < 1e-12)
  }
}

/// Values of the definitions, worked out by hand.
@Test func filtersAtHalf() {
  #expect(Filter.triangle.weight(atDistance: 0.5) == 0.5)
  #expect(Filter.cubic.weight(atDistance: 0.5) == 0.5625)
  #expect(cubicWeight(atDistance: 0.5, sharpness: -0.75) == 0.59375)
  // sin(pi/2)/(pi/2) * sin(pi/6)/(pi/6) = 6 / pi^2
  #expect(abs(Filter.lanczos.weight(atDistance: 0.5) - 6 / (Double.pi * Double.pi)) < 1e-15)
}
