import CShims

/// The rows of slices that a height pass combines: where they lie, or in a ring with room for more than a window of them.
///
/// Rows are made in groups, as many as the ring has room for, and rows of the output too: a call of a kernel costs more
/// than a short row does.
struct RowRing {
  /// How a row of the input comes into the ring.
  private enum Filling {
    /// There is no ring.
    case none
    case converted
    case resampled
  }

  private let filling: Filling
  private let source: SourceRows
  private let resampler: RowResampler
  private let ring: rsk_source_rows
  private let places: Int
  private let first: UnsafePointer<Int32>
  private let count: UnsafePointer<Int32>
  /// Rows before this one are in the ring, as far as they will be read.
  private var made = 0
  /// The row of the output that continues what was made.
  private var next = -1

  /// `isResampled`: rows pass the width before they are combined.
  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory, isResampled: Bool) {
    let source = SourceRows(execution, memory)
    filling = isResampled ? .resampled : source.isInPlace ? .none : .converted
    self.source = source
    resampler = RowResampler(execution)
    places = execution.pointee.ringPlaces
    ring = memory.sources(execution.pointee.regions.ring, mask: places - 1)
    first = execution.pointee.heightTaps.pointee.first
    count = execution.pointee.heightTaps.pointee.count
  }

  private func window(of output: Int) -> Range<Int> {
    let start = Int(first[output])
    return start..<start + Int(count[output])
  }

  /// Calls `body` with some of the rows `outputs` at a time, and with the rows of slice z that these combine.
  @inline(__always)
  mutating func forEachGroup(
    of outputs: Range<Int>, z: Int, _ plane: SourcePlanes.Plane, _ body: (rsk_source_rows, Range<Int>) -> Void
  ) {
    if filling == .none { return body(plane.rows(ofSlice: z), outputs) }
    // A plane, or a slice, begins with an earlier row than the last one ended with.
    if outputs.lowerBound != next { made = 0 }
    next = outputs.upperBound
    var start = outputs.lowerBound
    while start < outputs.upperBound {
      let group = start..<endOfGroup(from: start, outputs.upperBound)
      fill(group, z: z, plane)
      body(ring, group)
      start = group.upperBound
    }
  }

  /// The windows of a group lie within as many rows as the ring has places.
  private func endOfGroup(from start: Int, _ end: Int) -> Int {
    var firstRow = Int.max
    for output in start..<end {
      let window = window(of: output)
      if window.isEmpty { continue }
      firstRow = min(firstRow, window.lowerBound)
      if window.upperBound - firstRow > places { return output }
    }
    return end
  }

  /// Makes the rows that a group reads and the ring does not have.
  private mutating func fill(_ group: Range<Int>, z: Int, _ plane: SourcePlanes.Plane) {
    var missing = made..<made
    for output in group {
      let window = window(of: output)
      if window.isEmpty { continue }
      if window.lowerBound > missing.upperBound {
        // Nobody reads the rows between.
        make(missing, z: z, plane)
        missing = window.lowerBound..<window.lowerBound
      }
      missing = missing.lowerBound..<max(missing.upperBound, window.upperBound)
    }
    make(missing, z: z, plane)
    made = missing.upperBound
  }

  private func make(_ rows: Range<Int>, z: Int, _ plane: SourcePlanes.Plane) {
    var y = rows.lowerBound
    while y < rows.upperBound {
      // Up to the last place.
      let count = min(rows.upperBound - y, places - y & (places - 1))
      let target = rsk_target_rows(
        start: UnsafeMutableRawPointer(mutating: ring.start + (y & (places - 1)) * ring.stride), stride: ring.stride,
        first: y, count: count, streams: false)
      if filling == .converted {
        source.load(z, plane, into: target)
      } else {
        source.resample(z, plane, by: resampler, into: target)
      }
      y += count
    }
  }
}
