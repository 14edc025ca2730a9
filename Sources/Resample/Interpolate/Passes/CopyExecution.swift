import CShims

/// One run of a plan that copies samples: nearest and nearest-exact.
struct CopyExecution: ThreadedWork {
  private let source: SourcePlanes
  private let destination: TargetPlanes
  private let depth: UnsafePointer<AxisTaps>
  private let height: UnsafePointer<AxisTaps>
  /// The table of a row of pixels, or of parts of them; their size, and how far apart they are.
  private let rowTaps: UnsafePointer<rsk_taps>
  private let partSize: Int
  private let sourceStride: Int
  private let destinationStride: Int
  private let rowSize: Int
  private let copiesWholeRows: Bool
  private let select: rsk_select
  private let blocks: BlockGrid

  /// The plan has to outlive this.
  init(_ plan: borrowing InterpolatePlan, _ copies: UnsafePointer<CopyPlan>, input: Tensor, output: Tensor) {
    let samplesPerPixel = copies.pointee.samplesPerPixel
    source = SourcePlanes(reading: input, samplesPerPixel: samplesPerPixel)
    destination = TargetPlanes(writing: output, samplesPerPixel: samplesPerPixel)
    depth = plan.axis(ofDimension: 0)
    height = plan.axis(ofDimension: 1)
    rowSize = destination.width * destination.pixelSize
    let isDense = source.hasDenseRows && destination.hasDenseRows
    copiesWholeRows = plan.axis(ofDimension: 2).pointee.isIdentity && isDense
    if isDense, let partTaps = copies.pointee.partTaps {
      rowTaps = partTaps
      partSize = source.pixelSize / copies.pointee.parts
      (sourceStride, destinationStride) = (partSize, partSize)
    } else {
      rowTaps = plan.kernelTaps(ofDimension: 2)
      partSize = source.pixelSize
      (sourceStride, destinationStride) = (source.pixelStride, destination.pixelStride)
    }
    select = plan.kernels.select(pixelSize: partSize)
    blocks = BlockGrid(
      planes: destination.count, height: destination.height, rowCost: 2 * destination.depth * rowSize)
  }

  func run() { ThreadPool.run(self, tasks: blocks.count, threads: blocks.threads) }

  func run(task: Int, thread: Int) {
    let block = blocks[task]
    for plane in block.planes {
      for z in 0..<destination.depth { copyRows(block.rows, of: plane, z) }
    }
  }

  private func copyRows(_ rows: Range<Int>, of plane: Int, _ z: Int) {
    let (source, destination) = (source[plane], self.destination[plane])
    let sourceSlice = Int(depth.pointee.kernelTaps.first[z])
    let sourceRows = height.pointee.kernelTaps.first!
    if copiesWholeRows {
      for y in rows { memcpy(destination.row(z, y), source.row(sourceSlice, Int(sourceRows[y])), rowSize) }
      return
    }
    var selection = rsk_selection(
      source: source.row(sourceSlice, 0), source_row_stride: source.rowStride, source_stride: sourceStride,
      destination: destination.row(z, rows.lowerBound), destination_row_stride: destination.rowStride,
      destination_stride: destinationStride, rows: sourceRows + rows.lowerBound, row_count: rows.count, taps: rowTaps,
      pixel_size: partSize)
    select(&selection)
  }
}

extension rsk_table {
  /// The kernel that copies pixels of that many bytes.
  func select(pixelSize: Int) -> rsk_select {
    switch pixelSize {
    case 1: select.0!
    case 2: select.1!
    case 4: select.2!
    case 8: select.3!
    default: select.4!
    }
  }
}
