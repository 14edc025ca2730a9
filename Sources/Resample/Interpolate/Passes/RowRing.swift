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
      let end = fillGroup(from: start, outputs.upperBound, z: z, plane)
      body(ring, start..<end)
      start = end
    }
  }

  /// Makes the rows that rows of the output from `start` on read and the ring does not have. Returns the end of those
  /// whose windows fit in.
  @_optimize(speed)
  private mutating func fillGroup(from start: Int, _ end: Int, z: Int, _ plane: SourcePlanes.Plane) -> Int {
    var (output, limit) = (start, Int.max)
    var (missing, endOfRows) = (made, made)
    while output < end {
      let (firstRow, rows) = (Int(first[output]), Int(count[output]))
      if rows > 0 {
        // Rows are made by fours where the ring has room for it: kernels take so many at a time.
        if limit == .max { limit = max(firstRow &+ rows, (firstRow &+ places) & -4) }
        if firstRow &+ rows > limit { break }
        if firstRow > endOfRows {
          // Nobody reads the rows between.
          make(missing..<endOfRows, z: z, plane)
          (missing, endOfRows) = (firstRow, firstRow)
        }
        endOfRows = max(endOfRows, firstRow &+ rows)
      }
      output &+= 1
    }
    make(missing..<endOfRows, z: z, plane)
    made = endOfRows
    return output
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
