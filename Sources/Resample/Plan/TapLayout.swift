import CShims

/// rsk_taps.spans: how much of the source the vectors of a row read.
struct TapSpans {
  let lengths: (Int, Int, Int)
  /// Of a table that no kernel of floats goes along: too long for any window.
  static let none = TapSpans(lengths: (.max, .max, .max))

  private init(lengths: (Int, Int, Int)) { self.lengths = lengths }

  /// `first` ascends, but for the `step` samples of a pixel.
  init(_ first: UnsafePointer<Int32>, length: Int, step: Int) {
    func longest(_ lanes: Int) -> Int {
      var longest: Int32 = 0
      for output in 0..<length { longest = max(longest, first[min(output + lanes, length) - 1] - first[output]) }
      return Int(longest) + 2 * step - 1
    }
    lengths = (longest(4), longest(8), longest(16))
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
    _ interior: Range<Int>, longest: Int = Int(RSK_LANES)
  ) {
    var period = 1
    while period <= longest && period < interior.count {
      let start = interior.lowerBound
      let advance = first[start + period] - first[start]
      func repeats(_ output: Int) -> Bool {
        guard first[output + period] - first[output] == advance else { return false }
        for tap in 0..<taps {
          let entry = tap * tapStride + output
          guard weights[entry + period] == weights[entry] else { return false }
        }
        return true
      }
      if (start..<interior.upperBound - period).allSatisfy(repeats) {
        self.init(period: period, advance: Int(advance))
        return
      }
      period *= 2
    }
    self = .none
  }
}
