import CShims

/// Width, height and depth passes over some rows of some planes, row by row.
///
/// Each row of the input goes through the width pass once and stays in a ring of as many rows as the height pass reads,
/// or the height pass comes first and each row of the output is resampled once. Volumes keep a ring of slices in the
/// same way. A row of the output is written once, by the last pass.
struct WeightedTask {
  private let execution: UnsafePointer<WeightedExecution>
  private let packedPlanes: UnsafeMutableRawPointer
  private let unpackedRows: UnsafeMutableRawPointer
  private let ring: UnsafeMutableRawPointer
  private let ringTags: UnsafeMutablePointer<Int>
  private let combinedRow: UnsafeMutableRawPointer
  private let slices: UnsafeMutableRawPointer
  private let sliceTags: UnsafeMutablePointer<Int>
  private let rowPointers: UnsafeMutablePointer<UnsafeRawPointer?>
  private let outputRow: UnsafeMutableRawPointer
  /// Rows on their way through the width pass, which takes several at once.
  private let pendingSources: UnsafeMutablePointer<UnsafeRawPointer?>
  private let pendingResults: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var input: Volume.Plane
  private var rows = 0..<0
  /// The rows of the input from the first to the last that they read.
  private var sourceRows = 0..<0

  init(_ execution: UnsafePointer<WeightedExecution>, thread: Int) {
    self.execution = execution
    let memory = execution.pointee.memory(ofThread: thread)
    let workspace = execution.pointee.workspace
    let shift = execution.pointee.rowShift
    packedPlanes = memory + workspace.packedPlanes
    unpackedRows = memory + workspace.unpackedRows
    ring = memory + workspace.ring + shift
    ringTags = (memory + workspace.ringTags).assumingMemoryBound(to: Int.self)
    combinedRow = memory + workspace.combinedRow
    slices = memory + workspace.slices + shift
    sliceTags = (memory + workspace.sliceTags).assumingMemoryBound(to: Int.self)
    rowPointers = (memory + workspace.rowPointers).assumingMemoryBound(to: UnsafeRawPointer?.self)
    outputRow = memory + workspace.outputRow
    pendingSources = (memory + workspace.pendingSources).assumingMemoryBound(to: UnsafeRawPointer?.self)
    pendingResults = (memory + workspace.pendingResults).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    input = execution.pointee.source.plane(0)
  }

  /// What all tasks share; read where it is, because it is large.
  private var shared: WeightedExecution {
    _read { yield execution.pointee }
  }

  mutating func run(_ task: Task) {
    rows = task.rows
    sourceRows = shared.height.rows(readBy: rows)
    var copied = task.planes.lowerBound..<task.planes.lowerBound
    for plane in task.planes {
      if let packing = shared.packedPlanes {
        if plane >= copied.upperBound {
          copied = plane..<packing.end(ofPlanesWith: plane, in: task.planes)
          packing.copy(copied, rows: sourceRows, to: packedPlanes)
        }
        input = packing.plane(plane - copied.lowerBound, rows: sourceRows, in: packedPlanes)
      } else {
        input = shared.source.plane(plane)
      }
      let output = shared.destination.plane(plane)
      if shared.isPlanewise {
        fillPlane(output.row(0, 0))
        continue
      }
      forgetRows()
      for z in 0..<shared.destination.depth {
        if !shared.depth.isIdentity { prepareSlices(for: z) }
        for y in rows {
          let row = output.row(z, y)
          if shared.writesInPlace {
            fillOutputRow(z, y, row, shared.streams)
          } else {
            fillOutputRow(z, y, outputRow, false)
            shared.conversion.store(
              outputRow, shared.destination.width, shared.lanes, shared.low, shared.high, row,
              shared.destination.pixelStride)
          }
        }
      }
    }
    if shared.streams { rsk_finish_streaming() }
  }

  private func forgetRows() {
    if !shared.height.isIdentity {
      for slot in 0..<shared.height.ringLength { ringTags[slot] = -1 }
    }
    if !shared.depth.isIdentity {
      for slot in 0..<shared.depth.ringLength { sliceTags[slot] = -1 }
    }
  }

  /// All rows at once: first behind the width pass, one behind the other, then combined.
  private func fillPlane(_ plane: UnsafeMutableRawPointer) {
    pendingSources[0] = UnsafeRawPointer(input.row(0, 0))
    pendingResults[0] = ring
    resamplePendingRows(1, false)
    withUnsafePointer(to: shared.height.taps) {
      shared.height.kernels.vertical_plane(ring, $0, shared.destination.width, plane)
    }
  }

  // MARK: The last pass

  /// Row y of slice z of the output, in the arithmetic.
  private func fillOutputRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    if shared.depth.isIdentity { return fillSliceRow(z, y, row, streams) }
    let window = shared.depth.window(of: z)
    for slice in window { rowPointers[slice - window.lowerBound] = UnsafeRawPointer(sliceRow(slice, y)) }
    shared.depth.combine(rowPointers, for: z, samples: shared.destination.width * shared.lanes, row, streams)
  }

  // MARK: Slices: rows that have been through width and height

  private func sliceRow(_ slice: Int, _ y: Int) -> UnsafeMutableRawPointer {
    let slot = slice & (shared.depth.ringLength - 1)
    return slices + (slot * shared.grid.rowsPerTask + y - rows.lowerBound) * shared.workspace.sliceStride
  }

  /// Puts the slices that slice z of the output reads into their ring.
  private func prepareSlices(for z: Int) {
    for slice in shared.depth.window(of: z) {
      let slot = slice & (shared.depth.ringLength - 1)
      guard sliceTags[slot] != slice else { continue }
      sliceTags[slot] = slice
      for y in rows { fillSliceRow(slice, y, sliceRow(slice, y), false) }
    }
  }

  /// Row y, an output row, of slice z of the input.
  private func fillSliceRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    if shared.height.isIdentity { return fillWidthRow(z, y, row, streams) }
    let window = shared.height.window(of: y)
    collectRows(z, window)
    if let bilinear = shared.bilinear {
      bilinear(rowPointers, shared.height.weights(of: y), window.count, shared.rowTaps, shared.lanes, row)
    } else if shared.isHeightFirst {
      shared.height.combine(rowPointers, for: y, samples: shared.source.width * shared.lanes, combinedRow, false)
      pendingSources[0] = UnsafeRawPointer(combinedRow)
      pendingResults[0] = row
      resamplePendingRows(1, streams)
    } else {
      shared.height.combine(rowPointers, for: y, samples: shared.destination.width * shared.lanes, row, streams)
    }
  }

  // MARK: Rows on their way to the height pass

  /// Puts the rows `window` of slice z of the input, behind the width pass if that comes first, into `rowPointers`: from
  /// the ring, or from where they lie.
  private func collectRows(_ z: Int, _ window: Range<Int>) {
    let isResampled = !shared.isHeightFirst && !shared.width.isIdentity && shared.bilinear == nil
    if !isResampled && shared.readsInPlace {
      for y in window { rowPointers[y - window.lowerBound] = UnsafeRawPointer(input.row(z, y)) }
      return
    }
    let firstTag = z * shared.source.height
    let (slots, stride) = (shared.height.ringLength - 1, shared.workspace.ringStride)
    var missing = window.upperBound
    for y in window {
      let slot = y & slots
      rowPointers[y - window.lowerBound] = UnsafeRawPointer(ring + slot * stride)
      if ringTags[slot] != firstTag + y { missing = min(missing, y) }
    }
    if missing == window.upperBound { return }
    // With what is missing go rows of the windows to come, because the width pass takes several at once.
    var pending = 0
    let end = min(max(window.upperBound, window.lowerBound + shared.rowsAhead), sourceRows.upperBound)
    while missing < window.upperBound || (pending > 0 && missing < end) {
      let (y, slot) = (missing, missing & slots)
      let row = ring + slot * stride
      missing += 1
      if ringTags[slot] == firstTag + y { continue }
      ringTags[slot] = firstTag + y
      if !isResampled {
        loadRow(z, y, row)
        continue
      }
      pendingSources[pending] = unresampledRow(z, y, pending)
      pendingResults[pending] = row
      pending += 1
      if pending == RSK_ROWS_AT_ONCE {
        resamplePendingRows(pending, false)
        pending = 0
      }
    }
    if pending > 0 { resamplePendingRows(pending, false) }
  }

  /// Row y of slice z of the input behind the width pass.
  private func fillWidthRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    if shared.width.isIdentity { return loadRow(z, y, row) }
    pendingSources[0] = unresampledRow(z, y, 0)
    pendingResults[0] = row
    resamplePendingRows(1, streams)
  }

  /// Row y of slice z of the input in the arithmetic, where it lies or in unpacked row `slot`.
  private func unresampledRow(_ z: Int, _ y: Int, _ slot: Int) -> UnsafeRawPointer {
    if shared.readsInPlace { return UnsafeRawPointer(input.row(z, y)) }
    let row = unpackedRows + slot * shared.sourceRowSize
    loadRow(z, y, row)
    return UnsafeRawPointer(row)
  }

  private func loadRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    shared.conversion.load(input.row(z, y), shared.source.pixelStride, shared.source.width, shared.lanes, row)
  }

  private func resamplePendingRows(_ count: Int, _ streams: Bool) {
    shared.width.kernels.horizontal(pendingSources, shared.rowTaps, shared.rowLanes, pendingResults, count, streams)
  }
}
