import CShims

#if RESAMPLE_AVX512

  // Fixed-point arithmetic along a row with weights of two bytes, 256 * high + low: the processor multiplies four bytes
  // by four and adds them up in one step. The sums of both parts are exact, and so is the whole.

  /// The samples of up to four rows, sixteen at a time, from windows of 64 bytes of the source.
  @inline(__always) func horizontalBytePass(
    _ sources: UnsafePointer<UnsafeRawPointer?>, _ table: rsk_taps,
    _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int
  ) {
    var vector = ByteVector(table)
    while vector.start < table.length {
      vector.findWindows()
      var row = 0
      while row &+ 4 <= rows {
        vector.store(rows: 4, sources + row, destinations + row)
        row &+= 4
      }
      if row &+ 2 <= rows {
        vector.store(rows: 2, sources + row, destinations + row)
        row &+= 2
      }
      if row < rows { vector.store(rows: 1, sources + row, destinations + row) }
      vector.advance()
    }
  }

  /// Up to sixteen samples of the output, those that two windows of the source are enough for.
  private struct ByteVector {
    let table: rsk_taps
    /// Groups of four taps.
    let groups: Int
    /// The first sample, which sample of its pixel that is, and how many there are.
    var start = 0
    var startInPixel = 0
    var count = 0
    /// Where the windows of the first group begin, and where the bytes of each sample are in its window.
    var firstWindow = 0
    var secondWindow = 0
    var places = SIMD8<Int64>(repeating: 0)
    var bytesOfSecond: UInt64 = 0
    /// All windows of all groups lie within the source.
    var isWhole = false

    @inline(__always) init(_ table: rsk_taps) {
      self.table = table
      groups = (table.most_taps &+ 3) / 4
    }

    @inline(__always) mutating func findWindows() {
      let first = table.first! + start
      firstWindow = Int(first[0]) &- startInPixel
      let left = min(Int(RSK_LANES), table.length &- start)
      let step = Int32(truncatingIfNeeded: table.step)
      let window = Int32(truncatingIfNeeded: firstWindow)
      let fitting = rsi_fitting_samples(first, window, step, 0, left)
      places = rsi_byte_places(first, window, step)
      secondWindow = firstWindow
      bytesOfSecond = 0
      count = Int(fitting)
      if count < left {
        var inPixel = startInPixel &+ count
        while inPixel >= table.step { inPixel &-= table.step }
        secondWindow = Int(first[count]) &- inPixel
        let window = Int32(truncatingIfNeeded: secondWindow)
        places = rsi_joined_places(places, fitting, rsi_byte_places(first, window, step))
        bytesOfSecond = rsi_bytes_behind(fitting)
        count = Int(rsi_fitting_samples(first, window, step, fitting, left))
      }
      let reach = (groups &- 1) &* 4 &* table.step &+ 64
      isWhole = secondWindow &+ reach <= table.source_length
    }

    @inline(__always) mutating func advance() {
      start &+= count
      startInPixel = (startInPixel &+ count) % table.step
    }

    @inline(__always) func store(
      rows: Int, _ sources: UnsafePointer<UnsafeRawPointer?>, _ destinations: UnsafePointer<UnsafeMutableRawPointer?>
    ) {
      if !isWhole {
        store(rows: rows, hasSecond: true, isWhole: false, sources, destinations)
      } else if secondWindow != firstWindow {
        store(rows: rows, hasSecond: true, isWhole: true, sources, destinations)
      } else {
        store(rows: rows, hasSecond: false, isWhole: true, sources, destinations)
      }
    }

    @inline(__always) private func store(
      rows: Int, hasSecond: Bool, isWhole: Bool, _ sources: UnsafePointer<UnsafeRawPointer?>,
      _ destinations: UnsafePointer<UnsafeMutableRawPointer?>
    ) {
      let zero = SIMD8<Int64>(repeating: 0)
      var (highA, highB, highC, highD) = (zero, zero, zero, zero)
      var (lowA, lowB, lowC, lowD) = (zero, zero, zero, zero)
      var weights = table.byte_weights! + start
      var offset = 0
      var group = 0
      while group < groups {
        let high = load(weights, as: SIMD8<Int64>.self)
        let low = load(weights + table.byte_stride, as: SIMD8<Int64>.self)
        @inline(__always) func add(_ row: Int, _ highSum: inout SIMD8<Int64>, _ lowSum: inout SIMD8<Int64>) {
          let source = sources[row]!
          let (first, second) = (firstWindow &+ offset, secondWindow &+ offset)
          @inline(__always) func window(_ start: Int) -> SIMD8<Int64> {
            isWhole
              ? load(source + start, as: SIMD8<Int64>.self)
              : rsi_load_bytes(source + start, table.source_length &- start)
          }
          let bytes =
            hasSecond
            ? rsi_take_bytes_of_two(places, window(first), window(second), bytesOfSecond)
            : rsi_take_bytes(places, window(first))
          highSum = _mm512_dpbusd_epi32(highSum, bytes, high)
          lowSum = _mm512_dpbusd_epi32(lowSum, bytes, low)
        }
        add(0, &highA, &lowA)
        if rows > 1 { add(1, &highB, &lowB) }
        if rows > 2 {
          add(2, &highC, &lowC)
          add(3, &highD, &lowD)
        }
        weights += 2 &* table.byte_stride
        offset &+= 4 &* table.step
        group &+= 1
      }
      @inline(__always) func finish(_ row: Int, _ high: SIMD8<Int64>, _ low: SIMD8<Int64>) {
        rsi_store_rounded(destinations[row]! + start, count, high, low, table.precision)
      }
      finish(0, highA, lowA)
      if rows > 1 { finish(1, highB, lowB) }
      if rows > 2 {
        finish(2, highC, lowC)
        finish(3, highD, lowD)
      }
    }
  }

#endif
