import CShims

/// What rsk_taps has for kernels that multiply bytes.
enum ByteTaps {
  /// 256 * high + low, both from -128 to 127
  static let largestWeight = 127 * 256 + 127

  /// rsk_taps.byte_weights of a table of int16 weights; empty where one of them does not fit.
  static func weights(
    _ weights: UnsafePointer<Int16>, length: Int, taps: Int
  ) throws(ResampleError) -> Buffer<Int32> {
    var fits = length > 0
    for entry in 0..<length * taps where weights[entry] > largestWeight { fits = false }
    let stride = fits ? length + AxisTaps.entriesAfter : 0
    let bytes = try Buffer<Int32>(count: try checkedProduct(stride, taps / 4 * 2))
    for group in 0..<taps / 4 {
      let (high, low) = (bytes.start + 2 * group * stride, bytes.start + (2 * group + 1) * stride)
      for output in 0..<stride {
        var (highBytes, lowBytes): (UInt32, UInt32) = (0, 0)
        if output < length {
          for tap in 0..<4 {
            let weight = Int32(weights[output * taps + group * 4 + tap])
            let high = (weight + 128) >> 8
            highBytes |= UInt32(UInt8(truncatingIfNeeded: high)) << UInt32(8 * tap)
            lowBytes |= UInt32(UInt8(truncatingIfNeeded: weight - 256 * high)) << UInt32(8 * tap)
          }
        }
        high[output] = Int32(bitPattern: highBytes)
        low[output] = Int32(bitPattern: lowBytes)
      }
    }
    return bytes
  }

  /// rsk_taps.byte_remainders: they are bytes.
  static func remainders(
    _ remainders: UnsafePointer<Int16>, length: Int, taps: Int
  ) throws(ResampleError) -> Buffer<Int32> {
    let stride = length > 0 ? length + AxisTaps.entriesAfter : 0
    let bytes = try Buffer<Int32>(count: try checkedProduct(stride, taps / 4))
    for group in 0..<taps / 4 {
      for output in 0..<stride {
        var four: UInt32 = 0
        for tap in 0..<4 where output < length {
          four |= UInt32(UInt8(truncatingIfNeeded: remainders[output * taps + group * 4 + tap])) << UInt32(8 * tap)
        }
        bytes.start[group * stride + output] = Int32(bitPattern: four)
      }
    }
    return bytes
  }

  /// rsk_taps.byte_windows of samples whose bytes begin at `first`, `step` apart.
  static func windows(
    _ first: UnsafePointer<Int32>, length: Int, step: Int
  ) throws(ResampleError) -> Buffer<rsk_byte_window> {
    var count = 0
    forEachWindow(first, length: length, step: step) { _ in count += 1 }
    let windows = try Buffer<rsk_byte_window>(count: count)
    count = 0
    forEachWindow(first, length: length, step: step) {
      windows[count] = $0
      count += 1
    }
    return windows
  }

  private static func forEachWindow(
    _ first: UnsafePointer<Int32>, length: Int, step: Int, _ body: (rsk_byte_window) -> Void
  ) {
    var start = 0
    while start < length {
      // A window begins with the first sample of a pixel: the first byte of another may lie before that of `start`.
      func base(_ output: Int) -> Int32 { first[output] - Int32(output % step) }
      var window = rsk_byte_window()
      window.start = Int32(start)
      window.first = base(start)
      window.second = window.first
      var isSecond = false
      var count = 0
      withUnsafeMutableBytes(of: &window.places) { places in
        while count < RSK_WIDEST_VECTOR && start + count < length {
          let output = start + count
          var place = Int(first[output] - window.second)
          if place + 3 * step >= RSK_BYTES {
            if isSecond { break }
            isSecond = true
            window.second = base(output)
            place = Int(first[output] - window.second)
          }
          for tap in 0..<4 { places[4 * count + tap] = UInt8(place + tap * step) }
          if isSecond { window.in_second |= 0xf << UInt64(4 * count) }
          count += 1
        }
      }
      window.count = Int32(count)
      body(window)
      start += count
    }
  }
}
