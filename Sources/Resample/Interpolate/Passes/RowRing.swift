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
  private let memory: ScratchMemory
  private let region: RowRegion
  private let places: Int
  private let rowsTogether: Int
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
    rowsTogether = execution.pointee.rowsTogether
    self.memory = memory
    region = execution.pointee.regions.ring
    first = execution.pointee.heightTaps.pointee.first
    count = execution.pointee.heightTaps.pointee.count
  }

  /// Some rows of the output, and those of the input that they read and the ring does not have.
  struct Group {
    let outputs: Range<Int>
    fileprivate let missing: Range<Int>
  }

  /// The rows of the output from the first of `outputs` on whose windows the ring has room for. All of them are made before
  /// the next group is asked for.
  @_optimize(speed)
  mutating func nextGroup(of outputs: Range<Int>) -> Group {
    if filling == .none { return Group(outputs: outputs, missing: 0..<0) }
    // A plane, or a slice, begins with an earlier row than the last one ended with.
    if outputs.lowerBound != next { made = 0 }
    var (output, limit) = (outputs.lowerBound, Int.max)
    var missing = made..<made
    while output < outputs.upperBound {
      let (firstRow, rows) = (Int(first[output]), Int(count[output]))
      if rows > 0 {
        if limit == .max {
          // A kernel takes some rows at a time: groups end with a multiple of them where the ring has room for it.
          limit = max(firstRow &+ rows, (firstRow &+ places) & -rowsTogether)
          // Nobody reads the rows before.
          if firstRow > missing.upperBound { missing = firstRow..<firstRow }
        }
        if firstRow &+ rows > limit || firstRow > missing.upperBound { break }
        missing = missing.lowerBound..<max(missing.upperBound, firstRow &+ rows)
      }
      output &+= 1
    }
    missing = completed(missing, outputs, rest: output)
    (made, next) = (missing.upperBound, output)
    return Group(outputs: outputs.lowerBound..<output, missing: missing)
  }

  /// The rows that a group combines, those of slice z: where they lie, or made. (Mutating, so that a call does not copy all of
  /// this.)
  mutating func rows(_ group: Group, z: Int, of plane: SourcePlanes.Plane) -> rsk_source_rows {
    if filling == .none { return plane.rows(ofSlice: z) }
    var y = group.missing.lowerBound
    while y < group.missing.upperBound {
      // Up to the last place.
      let place = y & (places - 1)
      let target = memory.targets(
        region, from: place, rows: y..<min(group.missing.upperBound, y + places - place))
      if filling == .converted {
        source.load(z, plane, into: target)
      } else {
        source.resample(z, plane, by: resampler, into: target)
      }
      y += target.count
    }
    return memory.sources(region, mask: places - 1)
  }

  /// The missing rows and some of those that the next rows of the output, from `rest` on, read, which will be missing anyway: as
  /// many as a kernel takes at a time. uint8 alone has kernels of more than four.
  @inline(never)
  private mutating func completed(_ missing: Range<Int>, _ outputs: Range<Int>, rest: Int) -> Range<Int> {
    if rowsTogether == 4 || missing.isEmpty { return missing }
    var (end, output) = (missing.upperBound, rest)
    let wanted = min(Int(first[outputs.lowerBound]) + places, (end + rowsTogether - 1) & -rowsTogether)
    while output < outputs.upperBound && end < wanted && Int(first[output]) <= end {
      end = max(end, min(wanted, Int(first[output] + count[output])))
      output += 1
    }
    return missing.lowerBound..<end
  }
}
