import CShims

/// rsk_taps.spans: how much of the source the vectors of a row read.
struct TapSpans {
  let lengths: (Int, Int, Int)
  /// Of a table that no kernel of floats goes along: too long for any window.
  static let none = TapSpans(lengths: (.max, .max, .max))

  private init(lengths: (Int, Int, Int)) { self.lengths = lengths }

  /// `first` ascends, but for the `step` samples of a pixel.
  init(_ first: UnsafePointer<Int32>, length: Int, step: Int) {
    let (of4, of8, of16) = TapSpans.longest(first, length)
    lengths = (of4 + 2 * step - 1, of8 + 2 * step - 1, of16 + 2 * step - 1)
  }

  /// From the first source sample of an output sample to that of the last of 4, 8 and 16 which begin with it.
  @_optimize(speed)
  private static func longest(_ first: UnsafePointer<Int32>, _ length: Int) -> (Int, Int, Int) {
    var (of4, of8, of16) = (Int32(0), Int32(0), Int32(0))
    let whole = max(length - 15, 0)
    for output in 0..<whole {
      let start = first[output]
      let spans = (first[output &+ 3] &- start, first[output &+ 7] &- start, first[output &+ 15] &- start)
      of4 = spans.0 > of4 ? spans.0 : of4
      of8 = spans.1 > of8 ? spans.1 : of8
      of16 = spans.2 > of16 ? spans.2 : of16
    }
    for output in whole..<length {
      func span(_ samples: Int) -> Int32 { first[min(output + samples, length) - 1] - first[output] }
      of4 = max(of4, span(4))
      of8 = max(of8, span(8))
      of16 = max(of16, span(16))
    }
    return (Int(of4), Int(of8), Int(of16))
  }

  /// Whether every output sample begins with the source sample of its own index.
  @_optimize(speed)
  static func ascendsByOne(_ first: UnsafePointer<Int32>, _ length: Int) -> Bool {
    for output in 0..<length where Int(first[output]) != output { return false }
    return true
  }
}

/// rsk_taps.period and advance: x2 has two sets of weights in turn, whatever the length.
struct TapRepetition {
  let period: Int
  let advance: Int
  static let none = TapRepetition(period: 0, advance: 0)

  private init(period: Int, advance: Int) {
    self.period = period
    self.advance = advance
  }

  /// Of samples that are copied.
  init(_ first: UnsafePointer<Int32>, length: Int) {
    self.init(first, UnsafePointer<Int32>(first), taps: 0, 0, 0..<length, longest: Int(RSK_BYTES))
  }

  /// Looks for the repetition among the `interior` samples.
  init<Weight: Equatable>(
    _ first: UnsafePointer<Int32>, _ weights: UnsafePointer<Weight>, taps: Int, _ tapStride: Int,
    _ interior: Range<Int>, longest: Int = Int(RSK_WIDEST_VECTOR)
  ) {
    var period = 1
    while period <= longest && period < interior.count {
      let start = interior.lowerBound
      let advance = first[start + period] - first[start]
      let repeated = start..<interior.upperBound - period
      if TapRepetition.ascends(first, repeated, by: advance, period)
        && (0..<taps).allSatisfy({ TapRepetition.repeats(weights + $0 * tapStride, repeated, period) })
      {
        self.init(period: period, advance: Int(advance))
        return
      }
      period *= 2
    }
    self = .none
  }

  @_optimize(speed)
  private static func ascends(
    _ first: UnsafePointer<Int32>, _ outputs: Range<Int>, by advance: Int32, _ period: Int
  ) -> Bool {
    for output in outputs where first[output &+ period] &- first[output] != advance { return false }
    return true
  }

  @_optimize(speed)
  private static func repeats<Weight: Equatable>(
    _ weights: UnsafePointer<Weight>, _ outputs: Range<Int>, _ period: Int
  ) -> Bool {
    for output in outputs where weights[output &+ period] != weights[output] { return false }
    return true
  }
}
