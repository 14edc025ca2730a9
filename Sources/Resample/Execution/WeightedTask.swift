import CShims

/// Width, height and depth passes over some rows of some planes, row by row.
///
/// Each row of the input goes through the width pass once and stays in a ring of as many rows as the height pass reads,
/// or the height pass comes first and each row of the output is resampled once. Volumes keep a ring of slices in the
/// same way. A row of the output is written once, by the last pass.
struct WeightedTask {
  private let execution: UnsafePointer<WeightedExecution>
  private let unpackedRow: UnsafeMutableRawPointer
  private let ring: UnsafeMutableRawPointer
  private let ringTags: UnsafeMutablePointer<Int>
  private let combinedRow: UnsafeMutableRawPointer
  private let slices: UnsafeMutableRawPointer
  private let sliceTags: UnsafeMutablePointer<Int>
  private let rowPointers: UnsafeMutablePointer<UnsafeRawPointer?>
  private let outputRow: UnsafeMutableRawPointer
  private var plane = 0
  private var rows = 0..<0

  init(_ execution: UnsafePointer<WeightedExecution>, thread: Int) {
    self.execution = execution
    let memory = execution.pointee.memory(ofThread: thread)
    let workspace = execution.pointee.workspace
    unpackedRow = memory + workspace.unpackedRow
    ring = memory + workspace.ring
    ringTags = (memory + workspace.ringTags).assumingMemoryBound(to: Int.self)
    combinedRow = memory + workspace.combinedRow
    slices = memory + workspace.slices
    sliceTags = (memory + workspace.sliceTags).assumingMemoryBound(to: Int.self)
    rowPointers = (memory + workspace.rowPointers).assumingMemoryBound(to: UnsafeRawPointer?.self)
    outputRow = memory + workspace.outputRow
  }

  mutating func run(_ task: Task) {
    let destination = execution.pointee.destination
    rows = task.rows
    for plane in task.planes {
      self.plane = plane
      forgetRows()
      for z in 0..<destination.depth {
        if !execution.pointee.depth.isIdentity { prepareSlices(for: z) }
        for y in rows {
          let output = destination.row(plane: plane, z, y)
          if execution.pointee.writesInPlace {
            fillOutputRow(z, y, output, execution.pointee.streams)
          } else {
            fillOutputRow(z, y, outputRow, false)
            execution.pointee.conversion.store(
              outputRow, destination.width, execution.pointee.lanes, execution.pointee.low, execution.pointee.high,
              output, destination.pixelStride)
          }
        }
      }
    }
    if execution.pointee.streams { rsk_finish_streaming() }
  }

  private func forgetRows() {
    if !execution.pointee.height.isIdentity {
      for slot in 0..<execution.pointee.height.taps.most_taps { ringTags[slot] = -1 }
    }
    if !execution.pointee.depth.isIdentity {
      for slot in 0..<execution.pointee.depth.taps.most_taps { sliceTags[slot] = -1 }
    }
  }

  // MARK: The last pass

  /// Row y of slice z of the output, in the arithmetic.
  private func fillOutputRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    let pass = execution.pointee.depth
    if pass.isIdentity { return fillSliceRow(z, y, row, streams) }
    for (tap, slice) in pass.window(of: z).enumerated() { rowPointers[tap] = UnsafeRawPointer(sliceRow(slice, y)) }
    combineRows(pass, z, execution.pointee.destination.width, row, streams)
  }

  /// The rows that output sample `output` of a height or depth pass reads are in `rowPointers`.
  private func combineRows(
    _ pass: WeightedExecution.Pass, _ output: Int, _ width: Int, _ row: UnsafeMutableRawPointer,
    _ streams: Bool
  ) {
    execution.pointee.passes.vertical(
      rowPointers, pass.weights(of: output), pass.window(of: output).count, pass.taps.precision,
      width * execution.pointee.lanes, row, streams)
  }

  // MARK: Slices: rows that have been through width and height

  private func sliceRow(_ slice: Int, _ y: Int) -> UnsafeMutableRawPointer {
    let slot = slice % execution.pointee.depth.taps.most_taps
    return slices + (slot * execution.pointee.grid.rowsPerTask + y - rows.lowerBound) * execution.pointee.rowSize
  }

  /// Puts the slices that slice z of the output reads into their ring.
  private func prepareSlices(for z: Int) {
    for slice in execution.pointee.depth.window(of: z) {
      let slot = slice % execution.pointee.depth.taps.most_taps
      guard sliceTags[slot] != slice else { continue }
      sliceTags[slot] = slice
      for y in rows { fillSliceRow(slice, y, sliceRow(slice, y), false) }
    }
  }

  /// Row y, an output row, of slice z of the input.
  private func fillSliceRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    let pass = execution.pointee.height
    if pass.isIdentity { return fillWidthRow(z, y, row, streams) }
    for (tap, sourceRow) in pass.window(of: y).enumerated() { rowPointers[tap] = ringRow(z, sourceRow) }
    if execution.pointee.isHeightFirst {
      combineRows(pass, y, execution.pointee.source.width, combinedRow, false)
      resampleRow(combinedRow, row, streams)
    } else {
      combineRows(pass, y, execution.pointee.destination.width, row, streams)
    }
  }

  // MARK: Rows on their way to the height pass

  /// Row y of slice z of the input, behind the width pass if that comes first: from the ring, or where it lies.
  private func ringRow(_ z: Int, _ y: Int) -> UnsafeRawPointer {
    let isResampled = !execution.pointee.isHeightFirst && !execution.pointee.width.isIdentity
    if !isResampled && execution.pointee.readsInPlace {
      return UnsafeRawPointer(execution.pointee.source.row(plane: plane, z, y))
    }
    let slot = y % execution.pointee.height.taps.most_taps
    let row = ring + slot * (isResampled ? execution.pointee.rowSize : execution.pointee.sourceRowSize)
    let tag = z * execution.pointee.source.height + y
    if ringTags[slot] != tag {
      ringTags[slot] = tag
      if isResampled { fillWidthRow(z, y, row, false) } else { loadRow(z, y, row) }
    }
    return UnsafeRawPointer(row)
  }

  /// Row y of slice z of the input behind the width pass.
  private func fillWidthRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer, _ streams: Bool) {
    if execution.pointee.width.isIdentity { return loadRow(z, y, row) }
    if execution.pointee.readsInPlace {
      resampleRow(execution.pointee.source.row(plane: plane, z, y), row, streams)
    } else {
      loadRow(z, y, unpackedRow)
      resampleRow(unpackedRow, row, streams)
    }
  }

  private func loadRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    let source = execution.pointee.source
    execution.pointee.conversion.load(
      source.row(plane: plane, z, y), source.pixelStride, source.width, execution.pointee.lanes, row)
  }

  private func resampleRow(
    _ samples: UnsafeMutableRawPointer, _ row: UnsafeMutableRawPointer, _ streams: Bool
  ) {
    withUnsafePointer(to: execution.pointee.width.taps) {
      execution.pointee.passes.horizontal(samples, $0, execution.pointee.lanes, row, streams)
    }
  }
}
