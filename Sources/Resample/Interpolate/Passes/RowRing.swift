import CShims

/// The rows of a slice that a height pass reads: where they lie, or in a ring with room for a window of them, so that each
/// row is made once.
struct RowRing {
  /// How a row of the input comes into the ring.
  private enum Filling {
    /// There is no ring.
    case none
    case converted
    case resampled
  }

  let pointers: UnsafeMutablePointer<UnsafeRawPointer?>
  private let filling: Filling
  private let resampler: RowResampler
  private let memory: ScratchMemory
  private let ring: RowRegion
  /// Which row of the input each place of the ring has.
  private let tags: UnsafeMutablePointer<Int>
  private let places: Int
  private let rowsAhead: Int
  private let sourceHeight: Int
  private var source: SourceRows
  private var lastRow = 0

  /// `isResampled`: rows pass the width before they are combined.
  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory, isResampled: Bool) {
    let source = SourceRows(execution, memory)
    filling = isResampled ? .resampled : source.isInPlace ? .none : .converted
    self.source = source
    resampler = RowResampler(execution, memory)
    pointers = memory[execution.pointee.regions.rowPointers]
    self.memory = memory
    ring = execution.pointee.regions.ring
    tags = memory[execution.pointee.regions.ringTags]
    places = execution.pointee.height.pointee.ringLength
    rowsAhead = execution.pointee.rowsAhead
    sourceHeight = execution.pointee.source.height
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) {
    source.start(plane)
    lastRow = block.sourceRows.upperBound
    if filling != .none { for place in 0..<places { tags[place] = -1 } }
  }

  /// Puts the rows `window` of slice z into `pointers`.
  func collect(_ window: Range<Int>, z: Int) {
    if filling == .none {
      return source.addresses(of: window, z: z, into: pointers)
    }
    let firstTag = z * sourceHeight
    var missing = window.upperBound
    for y in window {
      let place = y & (places - 1)
      pointers[y - window.lowerBound] = UnsafeRawPointer(memory[ring, place])
      if tags[place] != firstTag + y { missing = min(missing, y) }
    }
    if missing < window.upperBound { fill(missing..<window.upperBound, z: z, ahead: window.lowerBound + rowsAhead) }
  }

  /// Makes those rows of slice z that the ring does not have. Rows of the windows to come, up to row `ahead`, go with them,
  /// because the width pass takes several at once.
  private func fill(_ rows: Range<Int>, z: Int, ahead: Int) {
    let end = min(max(rows.upperBound, ahead), lastRow)
    var (y, added) = (rows.lowerBound, 0)
    while y < rows.upperBound || (added > 0 && y < end) {
      let place = y & (places - 1)
      if tags[place] != z * sourceHeight + y {
        tags[place] = z * sourceHeight + y
        if filling == .converted {
          source.load(z, y, into: memory[ring, place])
        } else {
          resampler.add(source.row(z, y, place: added), into: memory[ring, place], at: added)
          added += 1
          if added == RowResampler.rowsAtOnce {
            resampler.resampleAdded(added)
            added = 0
          }
        }
      }
      y += 1
    }
    if added > 0 { resampler.resampleAdded(added) }
  }
}
