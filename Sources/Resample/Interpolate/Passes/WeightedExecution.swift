import CShims

/// One run of a plan that weights samples: what its tasks share.
struct WeightedExecution: ~Copyable {
  /// The planes that the passes read: those of the input, or copies of them.
  let source: SourcePlanes
  let packedPlanes: PackedPlanes?
  let destination: TargetPlanes
  let depth: UnsafePointer<AxisTaps>
  let height: UnsafePointer<AxisTaps>
  let heightTaps: UnsafePointer<rsk_taps>
  let order: PassOrder
  let kernels: Kernels
  let conversion: rsk_conversion
  /// The bounds of the result.
  let low: Double
  let high: Double
  let samplesPerPixel: Int
  /// The table of the width pass, and the samples that it takes for a pixel.
  let rowTaps: UnsafePointer<rsk_taps>
  let rowSamplesPerPixel: Int
  /// Rows of the input can be read, and rows of the output written, by the passes themselves.
  let readsInPlace: Bool
  let writesInPlace: Bool
  /// Rows of the output go past the caches.
  let streams: Bool
  /// Rows from the start of a window on may be resampled with those that it reads, because kernels take several at once.
  let rowsAhead: Int
  let blocks: BlockGrid
  let regions: Regions
  private let scratch: Scratch

  /// Those of each axis: passes may convert the rows that they read, or write.
  struct Kernels {
    var depth: rsk_passes
    var height: rsk_passes
    var width: rsk_passes
  }

  /// A thread needs ring rows * row + slices * rows of a block * row + nine rows of the input and one of the output, each
  /// only where it is needed: never a whole image. Packed planes are a band of rows of the input.
  struct Regions {
    var packedPlanes: RowRegion
    /// Rows of the input in the working type.
    var converted: RowRegion
    /// Rows of the input, resampled or converted, on their way to the height pass, and which of them each place has.
    var ring: RowRegion
    var ringTags: Region<Int>
    /// The rows that a height pass reads.
    var rowPointers: Region<UnsafeRawPointer?>
    /// A row that a height pass has made before the width pass.
    var combined: RowRegion
    /// Blocks of rows on their way to the depth pass, and which slice of the input each place has.
    var slices: RowRegion
    var sliceTags: Region<Int>
    var slicePointers: Region<UnsafeRawPointer?>
    /// A row of the output in the working type.
    var output: RowRegion
    /// Where the rows that the width pass takes at once are, and where they go.
    var pendingSources: Region<UnsafeRawPointer?>
    var pendingResults: Region<UnsafeMutableRawPointer?>
  }

  /// Fails when there is no memory for scratch, before anything is written. The plan has to outlive this.
  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ passes: UnsafePointer<PassPlan>, input: Tensor,
    output: Tensor
  ) throws(ResampleError) {
    let (depth, height, width) = (
      plan.axis(ofDimension: 0), plan.axis(ofDimension: 1), plan.axis(ofDimension: 2)
    )
    let samplesPerPixel = passes.pointee.samplesPerPixel
    let planes = SourcePlanes(reading: input, samplesPerPixel: samplesPerPixel)
    // Nearly always; a small call would notice what the other way costs.
    let packedPlanes = planes.hasDenseRows ? nil : PackedPlanes(planes, height: height, depth: depth, plan.kernels)
    let source = packedPlanes?.packed ?? planes
    let destination = TargetPlanes(writing: output, samplesPerPixel: samplesPerPixel)

    let isDirect = format.memoryAccess == .direct
    // A pass converts at one end alone: there has to be another for the other end.
    let passCount =
      (depth.pointee.isIdentity ? 0 : 1) + (height.pointee.isIdentity ? 0 : 1) + (width.pointee.isIdentity ? 0 : 1)
    let canRead = (isDirect || passCount > 1) && source.hasDenseRows && source.isAligned
    let canWrite =
      (isDirect || passCount > 0) && destination.hasDenseRows && destination.isAligned && !plan.request.isClamped
    let reading = canRead ? plan.kernels.passes(from: format) : nil
    let writing = canWrite ? plan.kernels.passes(to: format) : nil
    let (readsInPlace, writesInPlace) = (reading != nil, writing != nil)
    let order = passes.pointee.order.possible(
      readsInPlace: readsInPlace,
      takesPlanes: readsInPlace && writesInPlace && source.hasDenseSlices && destination.hasDenseSlices)
    let plain = plan.kernels.passes(of: format.workingType)
    var kernels = Kernels(depth: plain, height: plain, width: plain)
    if let reading {
      switch order {
      case .width, .widthFirst, .planewise, .bothAtOnce: kernels.width = reading
      case .height, .heightFirst: kernels.height = reading
      case .none: kernels.depth = reading
      }
    }
    if let writing {
      if !depth.pointee.isIdentity {
        kernels.depth = writing
      } else {
        switch order {
        case .height, .widthFirst, .planewise, .bothAtOnce: kernels.height = writing
        case .width, .heightFirst, .none: kernels.width = writing
        }
      }
    }

    let heightTaps = height.pointee.kernelTaps
    // Not where windows lie apart: it would be for rows that nothing reads.
    let leavesNoRows = heightTaps.source_length <= heightTaps.length * heightTaps.fewest_taps
    let blocks = BlockGrid(
      planes: destination.count, height: destination.height, rowCost: passes.pointee.rowCost,
      longestBlock: min(packedPlanes?.longestBlock ?? .max, passes.pointee.longestBlock),
      dividesPlanes: order != .planewise, planesTogether: packedPlanes?.planesTogether ?? 1)

    // Samples lie as far from a cache line as those of the output, so that loads and stores of a vertical pass are aligned
    // alike.
    let shift =
      writesInPlace
      ? destination.shiftFromCacheLine / output.sampleSize * format.workingType.sampleSize
        & (ScratchLayout.cacheLine - 1) : 0
    let (sourceRowSize, rowSize) = (passes.pointee.sourceRowSize, passes.pointee.rowSize)
    let hasRing = order == .height || order == .heightFirst || order == .widthFirst || order == .bothAtOnce
    let ringRows = order == .planewise ? source.height : hasRing ? height.pointee.ringLength : 0
    let isRingEmpty = readsInPlace && order != .widthFirst && order != .planewise
    let sliceCount = depth.pointee.isIdentity ? 0 : depth.pointee.ringLength
    var layout = ScratchLayout()
    let regions = Regions(
      packedPlanes: try layout.reserveRows(
        1,
        of: packedPlanes?.byteCount(
          rows: order == .planewise ? source.height : height.pointee.mostRows(readBy: blocks.rowsPerBlock)) ?? 0),
      converted: try layout.reserveRows(readsInPlace ? 0 : RowResampler.rowsAtOnce, of: sourceRowSize),
      ring: try layout.reserveAlignedRows(
        isRingEmpty ? 0 : ringRows, of: order == .heightFirst ? sourceRowSize : rowSize, shift: shift),
      ringTags: try layout.reserve(ringRows, of: Int.self),
      rowPointers: try layout.reserve(ringRows, of: UnsafeRawPointer?.self),
      combined: try layout.reserveRows(order == .heightFirst ? 1 : 0, of: sourceRowSize),
      slices: try layout.reserveAlignedRows(
        try checkedProduct(sliceCount, blocks.rowsPerBlock), of: rowSize, shift: shift),
      sliceTags: try layout.reserve(sliceCount, of: Int.self),
      slicePointers: try layout.reserve(sliceCount, of: UnsafeRawPointer?.self),
      output: try layout.reserveRows(writesInPlace ? 0 : 1, of: rowSize),
      pendingSources: try layout.reserve(RowResampler.rowsAtOnce, of: UnsafeRawPointer?.self),
      pendingResults: try layout.reserve(RowResampler.rowsAtOnce, of: UnsafeMutableRawPointer?.self))
    let scratch = try Scratch(layout, threads: blocks.threads)
    self.regions = regions
    self.source = source
    self.packedPlanes = packedPlanes
    self.destination = destination
    (self.depth, self.height, self.heightTaps) = (depth, height, plan.kernelTaps(ofDimension: 1))
    self.order = order
    self.kernels = kernels
    conversion = plan.kernels.conversion(format.conversion)
    (low, high) = (plan.request.low, plan.request.high)
    self.samplesPerPixel = samplesPerPixel
    (rowTaps, rowSamplesPerPixel) = passes.pointee.rowTaps(in: order, plan)
    (self.readsInPlace, self.writesInPlace) = (readsInPlace, writesInPlace)
    streams = writesInPlace && passes.pointee.isLarge
    rowsAhead = format.workingType == .fixedPoint && leavesNoRows ? height.pointee.ringLength : 0
    self.blocks = blocks
    self.scratch = scratch
  }

  func run() {
    switch order {
    case .none: run(NoPass.self)
    case .width: run(WidthPass.self)
    case .height, .widthFirst: run(HeightPass.self)
    case .heightFirst: run(HeightFirstPass.self)
    case .bothAtOnce: run(BothAtOncePass.self)
    case .planewise:
      withUnsafePointer(to: self) {
        ThreadPool.run(PlanewiseTasks(execution: $0), tasks: blocks.count, threads: blocks.threads)
      }
    }
  }

  private func run<Slice: SlicePass>(_ slice: Slice.Type) {
    withUnsafePointer(to: self) {
      if depth.pointee.isIdentity {
        ThreadPool.run(RowTasks<Slice>(execution: $0), tasks: blocks.count, threads: blocks.threads)
      } else {
        ThreadPool.run(RowTasks<DepthPass<Slice>>(execution: $0), tasks: blocks.count, threads: blocks.threads)
      }
    }
  }

  func memory(ofThread thread: Int) -> ScratchMemory { scratch[thread] }
}

/// Runs that make the output row by row. Each row is written once, by the last pass.
private struct RowTasks<Slice: SlicePass>: ThreadedWork {
  let execution: UnsafePointer<WeightedExecution>

  private var shared: WeightedExecution {
    _read { yield execution.pointee }
  }

  func run(task: Int, thread: Int) {
    let (block, memory) = (shared.blocks[task], shared.memory(ofThread: thread))
    let rows = RowBlock(rows: block.rows, sourceRows: shared.height.pointee.rows(readBy: block.rows))
    var slice = Slice(execution, memory)
    var planes = PlaneReader(execution, block.planes, rows: rows.sourceRows, memory)
    for index in block.planes {
      slice.start(planes.plane(index), rows)
      let output = shared.destination[index]
      for z in 0..<shared.destination.depth {
        slice.prepare(slice: z)
        for y in block.rows { write(output.row(z, y), z: z, y: y, by: &slice, memory) }
      }
    }
    if shared.streams { rsk_finish_streaming() }
  }

  /// Row y of slice z of the output.
  private func write(
    _ row: UnsafeMutableRawPointer, z: Int, y: Int, by slice: inout Slice, _ memory: ScratchMemory
  ) {
    if shared.writesInPlace { return slice.fill(row, z: z, y: y, streams: shared.streams) }
    let unconverted = memory[shared.regions.output]
    slice.fill(unconverted, z: z, y: y, streams: false)
    shared.conversion.store(
      unconverted, shared.destination.width, shared.samplesPerPixel, shared.low, shared.high, row,
      shared.destination.pixelStride)
  }
}

/// Runs that make small planes, each pass of all rows at once.
private struct PlanewiseTasks: ThreadedWork {
  let execution: UnsafePointer<WeightedExecution>

  func run(task: Int, thread: Int) {
    let memory = execution.pointee.memory(ofThread: thread)
    let resampler = RowResampler(execution, memory)
    let resampled = memory[execution.pointee.regions.ring]
    let verticalPlane = execution.pointee.kernels.height.vertical_plane!
    let width = execution.pointee.destination.width
    let block = execution.pointee.blocks[task]
    var planes = PlaneReader(execution, block.planes, rows: 0..<execution.pointee.source.height, memory)
    for index in block.planes {
      resampler.resample(planes.plane(index).row(0, 0), into: resampled)
      verticalPlane(
        resampled, execution.pointee.heightTaps, width, execution.pointee.destination[index].row(0, 0))
    }
  }
}

/// The planes of the input for the tasks of a block: where they lie, or copied some at a time.
private struct PlaneReader {
  private let execution: UnsafePointer<WeightedExecution>
  private let planes: Range<Int>
  private let rows: Range<Int>
  private let memory: UnsafeMutableRawPointer
  private var copied: Range<Int>

  init(
    _ execution: UnsafePointer<WeightedExecution>, _ planes: Range<Int>, rows: Range<Int>, _ memory: ScratchMemory
  ) {
    self.execution = execution
    self.planes = planes
    self.rows = rows
    self.memory = memory[execution.pointee.regions.packedPlanes]
    copied = planes.lowerBound..<planes.lowerBound
  }

  mutating func plane(_ index: Int) -> SourcePlanes.Plane {
    guard let packed = execution.pointee.packedPlanes else { return execution.pointee.source[index] }
    if index >= copied.upperBound {
      copied = index..<packed.end(ofPlanesWith: index, in: planes)
      packed.copy(copied, rows: rows, to: memory)
    }
    return packed.plane(index - copied.lowerBound, rows: rows, in: memory)
  }
}
