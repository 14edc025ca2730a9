import Testing

@testable import ResampleGeometry

private let everyFilter: [Filter] = [
  .triangle, .cubic, .lanczos, .mitchell, .hamming, .box, .magicSharp2013, .magicSharp2021, .lanczos5, .gaussian,
]

extension Filter {
  fileprivate func weight(_ x: Double) -> Double { weight(atDistance: x, cubicSharpness: -0.5, isFused: true) }
}

/// A filter that is added belongs here as well.
@Test func noFilterIsLeftOut() {
  #expect((-100..<100).compactMap { Filter(rawValue: $0) }.count == everyFilter.count)
}

@Test(arguments: everyFilter)
func filtersEndAtTheirSupport(_ filter: Filter) {
  #expect(filter.weight(filter.support.nextUp) == 0)
  #expect(filter.weight(filter.support + 0.5) == 0)
  #expect(filter.weight(-filter.support - 0.5) == 0)
  #expect(filter.weight(filter.support - 0.01) != 0)
}

@Test(arguments: everyFilter)
func filtersAreEven(_ filter: Filter) {
  for x in stride(from: 0.05, to: 3.5, by: 0.1) { #expect(filter.weight(x) == filter.weight(-x)) }
}

/// At whole distances those that interpolate are 1 and 0, but for roundings of sinc.
@Test(arguments: everyFilter)
func filtersThatInterpolateKeepSamples(_ filter: Filter) {
  let isKept = (0...3).allSatisfy { abs(filter.weight(Double($0)) - ($0 == 0 ? 1 : 0)) < 1e-15 }
  #expect(isKept == filter.interpolates)
}

@Test(arguments: [Filter.triangle, .cubic, .mitchell, .box])
func filtersSumToOneAtEveryPhase(_ filter: Filter) {
  for phase in stride(from: 0.0, to: 1, by: 0.05) {
    let sum = (-3...3).reduce(0.0) { $0 + filter.weight(phase + Double($1)) }
    #expect(abs(sum - 1) < 1e-12)
  }
}

/// Values of the definitions, worked out by hand.
@Test func filtersAtHalf() {
  #expect(Filter.triangle.weight(0.5) == 0.5)
  #expect(Filter.cubic.weight(0.5) == 0.5625)
  #expect(cubicWeight(atDistance: 0.5, sharpness: -0.75) == 0.59375)
  // sin(pi/2)/(pi/2) * sin(pi/6)/(pi/6) = 6 / pi^2
  #expect(abs(Filter.lanczos.weight(0.5) - 6 / (Double.pi * Double.pi)) < 1e-15)
  // (7/8 - 12/4 + 16/3) / 6 = 77/144, and at 3/2 (-7/3 * 27/8 + 12 * 9/4 - 20 * 3/2 + 32/3) / 6 = -5/144
  #expect(abs(Filter.mitchell.weight(0.5) - 77.0 / 144) < 1e-15)
  #expect(abs(Filter.mitchell.weight(1.5) - -5.0 / 144) < 1e-15)
  #expect(abs(Filter.mitchell.weight(0) - 8.0 / 9) < 1e-15)
  // 2 / pi * 0.54, which is a float32
  #expect(abs(Filter.hamming.weight(0.5) - 2 * Double(Float(0.54)) / Double.pi) < 1e-15)
  // sin(pi/2)/(pi/2) * sin(pi/10)/(pi/10)
  #expect(abs(Filter.lanczos5.weight(0.5) - 5 * (5.0.squareRoot() - 1) / (Double.pi * Double.pi)) < 1e-15)
  #expect(abs(Filter.gaussian.weight(0.5) - 0.6065306597126334) < 1e-15)
  // Half-way between two samples the one before counts.
  #expect(Filter.box.weight(0.5) == 1 && Filter.box.weight(-0.5) == 0)
}
