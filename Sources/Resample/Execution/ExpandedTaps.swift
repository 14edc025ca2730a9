import CShims

/// The table of an axis with an entry for each sample of a pixel, so that kernels take the row as one of single samples;
/// and for each of several rows that lie one behind the other, so that kernels take them as one.
struct ExpandedTaps: ~Copyable {
  let taps: rsk_taps
  private let memory: Buffer<UInt8>
  private let byteWindows: Buffer<rsk_byte_window>

  /// Whether the indices of so many samples a pixel, and rows, fit into the table.
  static func fits(_ table: rsk_taps, samplesOfPixel lanes: Int, rows: Int = 1) -> Bool {
    table.source_length <= Int(Int32.max) / lanes / rows
  }

  /// Whether kernels can have pixels of so many samples so; they take `most`.
  static func canExpand(
    _ table: rsk_taps, samplesOfPixel lanes: Int, _ arithmetic: Arithmetic?, most: Int
  ) -> Bool {
    lanes > 1 && lanes <= most && fits(table, samplesOfPixel: lanes)
      && (arithmetic != .fixedPoint || table.byte_weights != nil)
  }

  /// Without an arithmetic samples are copied: the table has indices alone.
  init(
    _ table: rsk_taps, samplesOfPixel lanes: Int, rows: Int = 1, _ arithmetic: Arithmetic?
  ) throws(ResampleError) {
    let isFixedPoint = arithmetic == .fixedPoint
    let length = try checkedProduct(table.length, try checkedProduct(lanes, rows))
    let weightRows = arithmetic == nil ? 0 : isFixedPoint ? (table.most_taps + 3) / 4 * 2 : table.most_taps
    let weightSize = isFixedPoint ? MemoryLayout<Int32>.size : arithmetic?.weightSize ?? 0
    // Each row has room for what is read behind it.
    let stride = length + AxisTaps.indicesReadBehind
    let integers = try checkedProduct(stride, 2 * MemoryLayout<Int32>.size)
    let weightBytes = try checkedProduct(try checkedProduct(stride, weightRows), weightSize)
    let (bytes, overflow) = integers.addingReportingOverflow(weightBytes)
    guard !overflow else { throw .outOfMemory(bytes: .max) }
    let memory = try Buffer<UInt8>(count: bytes)

    // The doubles come first, because they are aligned so.
    let weights = UnsafeMutableRawPointer(memory.start)
    let first = (weights + weightBytes).assumingMemoryBound(to: Int32.self)
    let count = first + stride
    func expand<T: BitwiseCopyable & ExpressibleByIntegerLiteral>(
      _ source: UnsafePointer<T>, to entries: UnsafeMutablePointer<T>, _ entry: (T, _ row: Int, _ lane: Int) -> T
    ) {
      var output = 0
      for row in 0..<rows {
        for x in 0..<table.length {
          let value = source[x]
          for lane in 0..<lanes {
            entries[output] = entry(value, row, lane)
            output += 1
          }
        }
      }
      while output < stride {
        entries[output] = 0
        output += 1
      }
    }
    expand(table.first, to: first) { value, row, lane in
      Int32(truncatingIfNeeded: (row * table.source_length + Int(value)) * lanes + lane)
    }
    if arithmetic != nil { expand(table.count, to: count) { value, _, _ in value } }
    func expandWeights<T: BitwiseCopyable & ExpressibleByIntegerLiteral>(
      _ type: T.Type, _ source: UnsafeRawPointer, _ sourceStride: Int
    ) {
      let source = source.assumingMemoryBound(to: T.self)
      let weights = weights.assumingMemoryBound(to: T.self)
      for row in 0..<weightRows {
        expand(source + row * sourceStride, to: weights + row * stride) { value, _, _ in value }
      }
    }
    switch arithmetic {
    case .float32: expandWeights(Float.self, table.weights, table.tap_stride)
    case .float64: expandWeights(Double.self, table.weights, table.tap_stride)
    case .fixedPoint: expandWeights(Int32.self, table.byte_weights, table.byte_stride)
    case nil: break
    }

    let byteWindows = try ByteTaps.windows(first, length: isFixedPoint ? length : 0, step: lanes)
    var taps = table
    taps.first = UnsafePointer(first)
    taps.count = UnsafePointer(count)
    taps.source_length = table.source_length * lanes * rows
    taps.length = length
    let hasInterior = table.interior_start < table.interior_end
    taps.interior_start = hasInterior ? table.interior_start * lanes : length
    taps.interior_end = hasInterior ? (table.interior_end + (rows - 1) * table.length) * lanes : length
    if rows > 1 {
      // The ends of rows are in the middle.
      for x in 0..<table.length { taps.fewest_taps = min(taps.fewest_taps, Int(table.count[x])) }
    }
    taps.step = lanes
    if arithmetic != nil && !isFixedPoint { taps.spans = TapSpans(first, length: length, step: lanes).lengths }
    let longest = arithmetic == nil ? Int(RSK_BYTES) : Int(RSK_LANES)
    let repeats = rows == 1 && lanes & (lanes - 1) == 0 && table.period <= longest / lanes
    taps.period = repeats ? table.period * lanes : 0
    taps.advance = repeats ? table.advance * lanes : 0
    if isFixedPoint {
      taps.weights = nil
      taps.byte_weights = UnsafePointer(weights.assumingMemoryBound(to: Int32.self))
      taps.byte_stride = stride
      taps.byte_windows = UnsafePointer(byteWindows.start)
      taps.byte_window_count = byteWindows.count
    } else {
      taps.weights = UnsafeRawPointer(weights)
      taps.sample_stride = 1
      taps.tap_stride = stride
    }
    self.taps = taps
    self.memory = memory
    self.byteWindows = byteWindows
  }
}
