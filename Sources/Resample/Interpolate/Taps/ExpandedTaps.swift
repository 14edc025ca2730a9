import CShims

/// The table of an axis with an entry for each sample of a pixel, so that kernels take the row as one of single samples, or
/// for each of several contiguous rows, so that kernels take them as one.
struct ExpandedTaps: ~Copyable {
  /// In the memory below.
  let taps: UnsafePointer<rsk_taps>
  private let memory: Buffer<UInt8>
  private let byteWindows: Buffer<rsk_byte_window>
  /// Empty where samples are weighted.
  private let firstBytes: Buffer<UInt8>

  /// Whether the indices of that many samples a pixel, and rows, fit into the table.
  static func fits(_ table: rsk_taps, samplesPerPixel: Int, rows: Int = 1) -> Bool {
    table.source_length <= Int(Int32.max) / samplesPerPixel / rows
  }

  /// Whether kernels, which take up to `most` samples a pixel, can have them.
  static func canExpand(
    _ table: rsk_taps, samplesPerPixel: Int, _ workingType: WorkingType?, most: Int
  ) -> Bool {
    samplesPerPixel > 1 && samplesPerPixel <= most && fits(table, samplesPerPixel: samplesPerPixel)
      && (workingType != .fixedPoint || table.byte_weights != nil)
  }

  /// Without a working type samples are copied: the table has indices alone.
  init(
    _ table: rsk_taps, samplesPerPixel: Int, rows: Int = 1, _ workingType: WorkingType?
  ) throws(ResampleError) {
    let isFixedPoint = workingType == .fixedPoint
    let length = try checkedProduct(table.length, try checkedProduct(samplesPerPixel, rows))
    let groups = (table.most_taps + 3) / 4
    let remainderRows = table.byte_remainders == nil ? 0 : groups
    let weightRows = workingType == nil ? 0 : isFixedPoint ? groups * 2 : table.most_taps
    let weightSize = isFixedPoint ? MemoryLayout<Int32>.size : workingType?.weightSize ?? 0
    // Each row has room for what is read after it.
    let stride = length + AxisTaps.indicesAfter
    let integers = try checkedProduct(stride, 2 * MemoryLayout<Int32>.size)
    let weightBytes = try checkedProduct(try checkedProduct(stride, weightRows + remainderRows), weightSize)
    let head = (MemoryLayout<rsk_taps>.stride + ScratchLayout.cacheLine - 1) & -ScratchLayout.cacheLine
    let memory = try Buffer<UInt8>(count: try checkedSum(head, try checkedSum(integers, weightBytes)))

    // The head and the doubles come first, because they are aligned that way.
    let header = UnsafeMutableRawPointer(memory.start).bindMemory(to: rsk_taps.self, capacity: 1)
    let weights = UnsafeMutableRawPointer(memory.start) + head
    let first = (weights + weightBytes).assumingMemoryBound(to: Int32.self)
    let count = first + stride
    func expand<T: BitwiseCopyable & ExpressibleByIntegerLiteral>(
      _ source: UnsafePointer<T>, to entries: UnsafeMutablePointer<T>, _ entry: (T, _ row: Int, _ sample: Int) -> T
    ) {
      var output = 0
      for row in 0..<rows {
        for x in 0..<table.length {
          let value = source[x]
          for sample in 0..<samplesPerPixel {
            entries[output] = entry(value, row, sample)
            output += 1
          }
        }
      }
      while output < stride {
        entries[output] = 0
        output += 1
      }
    }
    expand(table.first, to: first) { value, row, sample in
      Int32(truncatingIfNeeded: (row * table.source_length + Int(value)) * samplesPerPixel + sample)
    }
    if workingType != nil { expand(table.count, to: count) { value, _, _ in value } }
    func expandWeights<T: BitwiseCopyable & ExpressibleByIntegerLiteral>(
      _ type: T.Type, _ source: UnsafeRawPointer, _ sourceStride: Int, rows: Int, to start: Int = 0
    ) {
      let source = source.assumingMemoryBound(to: T.self)
      let weights = weights.assumingMemoryBound(to: T.self) + start * stride
      for row in 0..<rows {
        expand(source + row * sourceStride, to: weights + row * stride) { value, _, _ in value }
      }
    }
    switch workingType {
    case .float32: expandWeights(Float.self, table.weights, table.tap_stride, rows: weightRows)
    case .float64: expandWeights(Double.self, table.weights, table.tap_stride, rows: weightRows)
    case .fixedPoint:
      expandWeights(Int32.self, table.byte_weights, table.byte_stride, rows: weightRows)
      if let remainders = table.byte_remainders {
        expandWeights(Int32.self, remainders, table.byte_stride, rows: remainderRows, to: weightRows)
      }
    case nil: break
    }

    let byteWindows = try ByteTaps.windows(first, length: isFixedPoint ? length : 0, step: samplesPerPixel)
    let firstBytes = try AxisTaps.lowBytes(first, length: workingType == nil ? length : 0)
    var taps = table
    taps.first = UnsafePointer(first)
    taps.first_bytes = workingType == nil ? UnsafePointer(firstBytes.start) : nil
    taps.count = UnsafePointer(count)
    taps.source_length = table.source_length * samplesPerPixel * rows
    taps.length = length
    var interiorStart = table.interior_start
    // The windows of vectors begin with the first sample of a pixel or up to step - 1 samples before.
    while samplesPerPixel > 1 && interiorStart < table.interior_end && table.first[interiorStart] == 0 {
      interiorStart += 1
    }
    let hasInterior = interiorStart < table.interior_end
    taps.interior_start = hasInterior ? interiorStart * samplesPerPixel : length
    taps.interior_end = hasInterior ? (table.interior_end + (rows - 1) * table.length) * samplesPerPixel : length
    if rows > 1 {
      // The ends of rows are in the middle.
      for x in 0..<table.length { taps.fewest_taps = min(taps.fewest_taps, Int(table.count[x])) }
    }
    taps.step = samplesPerPixel
    if workingType != nil && !isFixedPoint {
      taps.spans = TapSpans(first, length: length, step: samplesPerPixel).lengths
    }
    let longest = workingType == nil ? Int(RSK_BYTES) : Int(RSK_WIDEST_VECTOR)
    // The weights of one row go on to repeat in the next where it is interior from end to end.
    let isWhole =
      table.interior_start == 0 && table.interior_end == table.length
      && table.source_length * table.period == table.length * table.advance
    let repeats =
      (rows == 1 || isWhole) && samplesPerPixel & (samplesPerPixel - 1) == 0
      && table.period <= longest / samplesPerPixel
    taps.period = repeats ? table.period * samplesPerPixel : 0
    taps.advance = repeats ? table.advance * samplesPerPixel : 0
    if isFixedPoint {
      taps.weights = nil
      let byteWeights = UnsafePointer(weights.assumingMemoryBound(to: Int32.self))
      taps.byte_weights = byteWeights
      taps.byte_remainders = remainderRows > 0 ? byteWeights + weightRows * stride : nil
      taps.byte_stride = stride
      taps.byte_windows = UnsafePointer(byteWindows.start)
      taps.byte_window_count = byteWindows.count
    } else {
      taps.weights = UnsafeRawPointer(weights)
      taps.sample_stride = 1
      taps.tap_stride = stride
    }
    header.initialize(to: taps)
    self.taps = UnsafePointer(header)
    self.memory = memory
    self.byteWindows = byteWindows
    self.firstBytes = firstBytes
  }
}
