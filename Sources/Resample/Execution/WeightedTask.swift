import CShims

/// Width, height and depth passes over some rows of some planes, row by row.
///
/// Each row of the input goes through the width pass once and stays in a ring of as many rows as the height pass reads;
/// volumes keep a ring of slices in the same way. A row of the output is written once, by the last pass.
struct WeightedTask {
  private let execution: UnsafePointer<WeightedExecution>
  private let unpackedRow: UnsafeMutableRawPointer
  private let ring: UnsafeMutableRawPointer
  private let ringTags: UnsafeMutablePointer<Int>
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
            fillOutputRow(z, y, output)
          } else {
            fillOutputRow(z, y, outputRow)
            execution.pointee.conversion.store(
              outputRow, destination.width, execution.pointee.lanes, execution.pointee.low, execution.pointee.high,
              output, destination.pixelStride)
          }
        }
      }
    }
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
  private func fillOutputRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    let pass = execution.pointee.depth
    if pass.isIdentity { return fillSliceRow(z, y, row) }
    for (tap, slice) in pass.window(of: z).enumerated() { rowPointers[tap] = UnsafeRawPointer(sliceRow(slice, y)) }
    combineRows(pass, z, row)
  }

  /// The rows that output sample `output` of a height or depth pass reads are in `rowPointers`.
  private func combineRows(_ pass: WeightedExecution.Pass, _ output: Int, _ row: UnsafeMutableRawPointer) {
    execution.pointee.passes.vertical(
      rowPointers, pass.weights(of: output), pass.window(of: output).count, pass.taps.precision,
      execution.pointee.destination.width * execution.pointee.lanes, row)
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
      for y in rows { fillSliceRow(slice, y, sliceRow(slice, y)) }
    }
  }

  /// Row y, an output row, of slice z of the input.
  private func fillSliceRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    let pass = execution.pointee.height
    if pass.isIdentity { return fillWidthRow(z, y, row) }
    for (tap, sourceRow) in pass.window(of: y).enumerated() { rowPointers[tap] = widthRow(z, sourceRow) }
    combineRows(pass, y, row)
  }

  // MARK: Rows that have been through the width pass

  /// Row y of slice z of the input behind the width pass: from the ring, or where it lies.
  private func widthRow(_ z: Int, _ y: Int) -> UnsafeRawPointer {
    if execution.pointee.width.isIdentity && execution.pointee.readsInPlace {
      return UnsafeRawPointer(execution.pointee.source.row(plane: plane, z, y))
    }
    let slot = y % execution.pointee.height.taps.most_taps
    let row = ring + slot * execution.pointee.rowSize
    let tag = z * execution.pointee.source.height + y
    if ringTags[slot] != tag {
      ringTags[slot] = tag
      fillWidthRow(z, y, row)
    }
    return UnsafeRawPointer(row)
  }

  private func fillWidthRow(_ z: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    let source = execution.pointee.source
    let lanes = execution.pointee.lanes
    let input = source.row(plane: plane, z, y)
    if execution.pointee.width.isIdentity {
      execution.pointee.conversion.load(input, source.pixelStride, source.width, lanes, row)
      return
    }
    var samples = UnsafeRawPointer(input)
    if !execution.pointee.readsInPlace {
      execution.pointee.conversion.load(input, source.pixelStride, source.width, lanes, unpackedRow)
      samples = UnsafeRawPointer(unpackedRow)
    }
    withUnsafePointer(to: execution.pointee.width.taps) { execution.pointee.passes.horizontal(samples, $0, lanes, row) }
  }
}
