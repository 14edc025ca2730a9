import CShims
import ResampleGeometry

/// The table of one axis: for each output sample its first source sample, how many it reads, and their weights.
package struct AxisTaps: ~Copyable {
  let axis: Axis
  /// The most taps of an output sample, and the distance between the weights of two.
  package let tapCount: Int
  /// Every output sample is the source sample of its own index: there is nothing to do.
  package let isIdentity: Bool
  private let first: Buffer<Int32>
  private let counts: Buffer<Int32>
  /// Float, Double or Int16, by the arithmetic; empty where samples are only copied.
  private let weights: Buffer<UInt8>
  private let arithmetic: Arithmetic?
  /// Fixed point: a weight of 1 is 1 << precision.
  private let precision: Int32

  /// Without an arithmetic the table has indices alone.
  init(_ axis: Axis, _ arithmetic: Arithmetic?) throws(ResampleError) {
    // Long axes are computed in float64, whatever their weights are stored in.
    if axis.isDouble || axis.isLong {
      try self.init(axis, arithmetic, AxisRule<Double>(axis))
    } else {
      try self.init(axis, arithmetic, AxisRule<Float>(axis))
    }
  }

  private init<R: Real>(_ axis: Axis, _ arithmetic: Arithmetic?, _ rule: AxisRule<R>) throws(ResampleError) {
    let length = axis.outputLength
    let first = try Buffer<Int32>(count: length)
    let counts = try Buffer<Int32>(count: length)
    var tapCount = 1
    var isIdentity = axis.inputLength == length
    for output in 0..<length {
      let window = rule.window(of: output)
      first[output] = Int32(window.first)
      counts[output] = Int32(window.count)
      tapCount = max(tapCount, window.count)
      if window != Window(first: output, count: 1) { isIdentity = false }
    }

    let (entries, overflow) = length.multipliedReportingOverflow(by: tapCount)
    guard !overflow, entries <= .max / 8 else { throw .outOfMemory(bytes: .max) }
    let weights = try Buffer<UInt8>(count: entries * (arithmetic?.weightSize ?? 0))
    var precision: Int32 = 0
    switch arithmetic {
    case nil: break
    case .float32: try AxisTaps.fill(weights, as: Float.self, tapCount, first, counts, rule)
    case .float64: try AxisTaps.fill(weights, as: Double.self, tapCount, first, counts, rule)
    case .fixedPoint:
      let exact = try Buffer<UInt8>(count: entries * 8)
      try AxisTaps.fill(exact, as: Double.self, tapCount, first, counts, rule)
      precision = AxisTaps.quantize(exact, to: weights, entries)
    }

    self.axis = axis
    self.tapCount = tapCount
    self.isIdentity = isIdentity
    self.first = first
    self.counts = counts
    self.weights = weights
    self.arithmetic = arithmetic
    self.precision = precision
  }

  /// Writes the weights of every output sample, zeros behind the last.
  private static func fill<R: Real, Weight: Real>(
    _ weights: borrowing Buffer<UInt8>, as type: Weight.Type, _ tapCount: Int, _ first: borrowing Buffer<Int32>,
    _ counts: borrowing Buffer<Int32>, _ rule: AxisRule<R>
  ) throws(ResampleError) {
    let scratch = try Buffer<R>(count: tapCount)
    var ofOneSample = scratch.elements.mutableSpan
    let table = UnsafeMutableRawPointer(weights.start).assumingMemoryBound(to: Weight.self)
    for output in 0..<first.count {
      let window = Window(first: Int(first[output]), count: Int(counts[output]))
      rule.fillWeights(of: output, in: window, &ofOneSample)
      let row = table + output * tapCount
      for tap in 0..<window.count { row[tap] = Weight(ofOneSample[tap]) }
      for tap in window.count..<tapCount { row[tap] = 0 }
    }
  }

  /// Rounds float64 weights to int16, halves away from zero, with as many fractional bits as the largest weight of the
  /// axis leaves room for, at most 22; returns that number. docs/exactness.md#uint8
  private static func quantize(
    _ exact: borrowing Buffer<UInt8>, to weights: borrowing Buffer<UInt8>, _ entries: Int
  ) -> Int32 {
    let exact = UnsafeMutableRawPointer(exact.start).assumingMemoryBound(to: Double.self)
    let rounded = UnsafeMutableRawPointer(weights.start).assumingMemoryBound(to: Int16.self)
    var largest = 0.0
    for entry in 0..<entries { largest = max(largest, exact[entry]) }
    var precision: Int32 = 0
    while precision < 22 && Int(0.5 + largest * Double(1 << (precision + 1))) < 1 << 15 { precision += 1 }
    for entry in 0..<entries {
      let scaled = exact[entry] * Double(1 << precision)
      rounded[entry] = Int16(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    }
    return precision
  }

  /// The table as kernels read it; valid as long as this is.
  var kernelTaps: rsk_taps {
    rsk_taps(
      first: first.start, count: counts.start, weights: weights.start, stride: tapCount, length: axis.outputLength,
      precision: precision)
  }

  package var inputLength: Int { axis.inputLength }
  package var outputLength: Int { axis.outputLength }

  /// The position in the source axis that output sample `output` reads, before the border rule.
  package func coordinate(of output: Int) -> Double {
    axis.isDouble || axis.isLong
      ? AxisRule<Double>(axis).position(of: output) : Double(AxisRule<Float>(axis).position(of: output))
  }

  /// The `tap`-th source sample that output sample `output` reads; behind the last, the last.
  package func index(of output: Int, tap: Int) -> Int { Int(first[output]) + min(tap, Int(counts[output]) - 1) }

  /// The weight of that sample; behind the last, 0.
  package func weight(of output: Int, tap: Int) -> Double {
    precondition(tap >= 0 && tap < tapCount && output >= 0 && output < axis.outputLength)
    let entry = output * tapCount + tap
    let start = UnsafeRawPointer(weights.start)
    return switch arithmetic {
    case nil: tap == 0 ? 1 : 0
    case .float32: Double(start.assumingMemoryBound(to: Float.self)[entry])
    case .float64: start.assumingMemoryBound(to: Double.self)[entry]
    case .fixedPoint: Double(start.assumingMemoryBound(to: Int16.self)[entry]) / Double(1 << precision)
    }
  }
}
