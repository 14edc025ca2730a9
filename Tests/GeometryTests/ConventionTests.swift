import Testing

@testable import ResampleGeometry

/// What an axis reads: for each output sample its window, and its weights.
private func taps(_ axis: Axis) -> [(first: Int, weights: [Double])] {
  let rule = AxisRule<Float>(axis)
  var first = [Int32](repeating: 0, count: axis.outputLength)
  var counts = first
  var weights = [Float](repeating: .nan, count: axis.outputLength * rule.mostTaps)
  var firstSpan = first.mutableSpan
  var countSpan = counts.mutableSpan
  var weightSpan = weights.mutableSpan
  rule.fill(
    0..<axis.outputLength, first: &firstSpan, counts: &countSpan, weights: &weightSpan,
    in: WeightLayout(sampleStride: rule.mostTaps, tapStride: 1))
  return (0..<axis.outputLength).map { output in
    let start = output * rule.mostTaps
    return (Int(first[output]), weights[start..<start + Int(counts[output])].map { Double($0) })
  }
}

/// Cells of 5 / 2 samples: 1, 1, 1/2 and 1/2, 1, 1 of them.
@Test func sharesOfTensorFlowsArea() {
  var rules = TensorFlowResize()
  rules.method = .area
  let cells = taps(rules.axis(from: 5, to: 2))
  #expect(cells[0].first == 0 && cells[0].weights.elementsEqual([0.4, 0.4, 0.2]) { abs($0 - $1) < 1e-7 })
  #expect(cells[1].first == 2 && cells[1].weights.elementsEqual([0.2, 0.4, 0.4]) { abs($0 - $1) < 1e-7 })
}

/// Beyond the last sample the axis goes on with it: cells of 4 / 3 samples, the last from 4 to 16 / 3.
@Test func sharesOfAlignedCorners() {
  var rules = TensorFlowResize()
  (rules.method, rules.coordinates) = (.area, .alignCorners)
  let cells = taps(rules.axis(from: 5, to: 4))
  #expect(cells[3].first == 4 && cells[3].weights.count == 1 && abs(cells[3].weights[0] - 1) < 1e-6)
}

/// 0.3 of a sample is 307.2 steps of 1024.
@Test func bicubicOfTensorFlowHasSteps() {
  var rules = TensorFlowResize()
  (rules.method, rules.coordinates) = (.bicubic, .legacy)
  let third = taps(rules.axis(from: 30, to: 100))[11]
  #expect(third.first == 2)
  let distance = 307.0 / 1024
  for (tap, weight) in third.weights.enumerated() {
    let expected = cubicWeight(atDistance: Double(tap - 1) - distance, sharpness: -0.75)
    #expect(abs(weight - expected) < 3e-7)
  }
}

@Test func outsideOfJaxNothingIsRead() {
  var rules = JaxResize()
  for method in [JaxMethod.linear, .cubic, .lanczos3, .lanczos5, .area] {
    rules.method = method
    let moved = taps(rules.axis(from: 4, to: 8, scale: 1, translation: 2))
    #expect(moved.map { !$0.weights.isEmpty } == [false, false, true, true, true, true, false, false])
  }
}

/// Two samples of the edge: what lies farther away is 0.
@Test func cubicPyTorchPadsTheEdge() {
  var rules = JaxResize()
  (rules.method, rules.antialias) = (.cubicPyTorch, false)
  let moved = taps(rules.axis(from: 4, to: 12, scale: 1, translation: 4))
  #expect(moved.map { $0.weights.reduce(0, +).rounded() } == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
}

@Test func jaxTakesEveryAxisLengthThatStaysAsItIs() {
  var rules = JaxResize()
  for method in [JaxMethod.nearest, .linear, .cubic, .lanczos3, .lanczos5, .cubicPyTorch, .area] {
    rules.method = method
    #expect(taps(rules.axis(from: 7, to: 7)).enumerated().allSatisfy { $1.first == $0 && $1.weights == [1] })
  }
}
