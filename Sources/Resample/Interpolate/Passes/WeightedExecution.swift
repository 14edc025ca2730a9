import CShims

/// One run of a plan that weights samples: what its tasks share.
struct WeightedExecution: ~Copyable {
  /// The planes that the passes read: those of the input, or copies of them.
  private(set) var source: SourcePlanes
  private(set) var packedPlanes: PackedPlanes?
  private(set) var destination: TargetPlanes
  let depth: UnsafePointer<AxisTaps>
  let height: UnsafePointer<AxisTaps>
  let depthTaps: UnsafePointer<rsk_taps>
  let heightTaps: UnsafePointer<rsk_taps>
  let order: PassOrder
  let kernels: PassKernels
  let conversion: rsk_conversion
  let writtenConversion: rsk_conversion
  /// The bounds of the result.
  let low: Double
  let high: Double
  let rounding: IntegerRounding
  let samplesPerPixel: Int
  /// The table of the width pass, and the samples that it takes for a pixel.
  let rowTaps: UnsafePointer<rsk_taps>
  let rowSamplesPerPixel: Int
  /// Rows of the input can be read, and rows of the output written, by the passes themselves.
  let readsInPlace: Bool
  let writesInPlace: Bool
  /// Rows of the output go past the caches.
  let streams: Bool
  /// The width pass makes rows of the output that do not stay in a near cache.
  let resamplesOneByOne: Bool
  /// The places of the rings of rows and of slices, powers of two.
  let ringPlaces: Int
  let slicePlaces: Int
  /// The rows of a ring that are made at a time, as far as there is room.
  let rowsTogether: Int
  /// The rows of the input, or of its width, that scratch memory has room for; and those of the output.
  let sourceRowsAtOnce: Int
  let rowsAtOnce: Int
  /// The former are combined some samples at a time.
  let combinesTiles: Bool
  /// The bytes of a sample of the working type.
  let sampleSize: Int
  let blocks: BlockGrid
  let regions: Regions
  private let scratch: Scratch

  /// A thread needs ring places * row + slices * rows of a block * row + some rows of the input and of the output, each only
  /// where it is needed: never a whole image. Packed planes are a band of rows of the input.
  struct Regions {
    var packedPlanes: RowRegion
    /// Rows of the input in the working type.
    var converted: RowRegion
    /// All rows of a plane between its passes.
    var plane: RowRegion
    /// Rows of the input, resampled or converted, on their way to the height pass.
    var ring: RowRegion
    /// Rows that a height pass has made before the width pass.
    var combined: RowRegion
    /// Blocks of rows on their way to the depth pass.
    var slices: RowRegion
    /// Rows of the output in the working type.
    var output: RowRegion
  }

  /// Fails when there is no memory for scratch, before anything is written. The plan has to outlive this.
  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ passes: UnsafePointer<PassPlan>, input: Tensor,
    output: Tensor
  ) throws(ResampleError) {
    let (depth, height) = (plan.axis(ofDimension: 0), plan.axis(ofDimension: 1))
    let samplesPerPixel = passes.pointee.samplesPerPixel
    let planes = SourcePlanes(reading: input, samplesPerPixel: samplesPerPixel)
    // Nearly always; a small call would notice what the other way costs.
    let packedPlanes = planes.hasDenseRows ? nil : PackedPlanes(planes, height: height, depth: depth, plan.kernels)
    let source = packedPlanes?.packed ?? planes
    let destination = TargetPlanes(writing: output, samplesPerPixel: samplesPerPixel)

    let access = RowAccess(plan, format, passes, source, destination)
    let order = passes.pointee.order.possible(
      readsInPlace: access.readsInPlace,
      takesPlanes: access.readsInPlace && access.writesInPlace && source.hasDenseSlices && destination.hasDenseSlices)
    let blocks = BlockGrid(
      planes: destination.count, height: destination.height, rowCost: passes.pointee.rowCost,
      longestBlock: min(packedPlanes?.longestBlock ?? .max, passes.pointee.longestBlock),
      dividesPlanes: !order.isPlanewise, planesTogether: packedPlanes?.planesTogether ?? 1)

    // Samples lie as far from a cache line as those of the output, so that loads and stores of a vertical pass are aligned
    // alike.
    let shift =
      access.writesInPlace
      ? destination.shiftFromCacheLine / output.sampleSize * format.workingType.sampleSize
        & (ScratchLayout.cacheLine - 1) : 0
    let (sourceRowSize, rowSize) = (passes.pointee.sourceRowSize, passes.pointee.rowSize)
    let sourceRowsAtOnce = passes.pointee.sourceRowsAtOnce
    // The slices that wait for a depth pass are those of a whole block.
    let rowsAtOnce = depth.pointee.isIdentity ? passes.pointee.rowsAtOnce : blocks.rowsPerBlock
    let ringPlaces = passes.pointee.ringPlaces
    let slicePlaces = depth.pointee.isIdentity ? 0 : depth.pointee.ringPlaces
    let hasRing = order.hasRing(readsInPlace: access.readsInPlace)
    let isHeightFirst = order == .heightFirst
    let resampled = order.isHeightFirst ? (source.width, destination.height) : (destination.width, source.height)
    var layout = ScratchLayout()
    let regions = Regions(
      packedPlanes: try layout.reserveRows(
        1,
        of: packedPlanes?.byteCount(
          rows: order.isPlanewise ? source.height : height.pointee.mostRows(readBy: blocks.rowsPerBlock)) ?? 0),
      converted: try layout.reserveAlignedRows(access.readsInPlace ? 0 : sourceRowsAtOnce, of: sourceRowSize, shift: 0),
      plane: try layout.reserveRows(
        order.isPlanewise ? 1 : 0,
        of: try checkedProduct(try checkedProduct(resampled.0, resampled.1), format.workingType.sampleSize)),
      ring: try layout.reserveAlignedRows(
        hasRing ? ringPlaces : 0, of: isHeightFirst ? sourceRowSize : rowSize, shift: shift),
      combined: try layout.reserveAlignedRows(isHeightFirst ? sourceRowsAtOnce : 0, of: sourceRowSize, shift: 0),
      slices: try layout.reserveAlignedRows(
        try checkedProduct(slicePlaces, blocks.rowsPerBlock), of: rowSize, shift: shift),
      output: try layout.reserveAlignedRows(access.writesInPlace ? 0 : rowsAtOnce, of: rowSize, shift: 0))
    let scratch = try Scratch(layout, threads: blocks.threads)
    self.regions = regions
    self.source = source
    self.packedPlanes = packedPlanes
    self.destination = destination
    (self.depth, self.height) = (depth, height)
    (depthTaps, heightTaps) = (plan.kernelTaps(ofDimension: 0), plan.kernelTaps(ofDimension: 1))
    self.order = order
    kernels = PassKernels(plan, format, order, access)
    conversion = plan.kernels.conversion(format.conversion)
    writtenConversion = plan.kernels.conversion(format.writtenConversion)
    (low, high) = (plan.request.low, plan.request.high)
    rounding = plan.request.rounding
    self.samplesPerPixel = samplesPerPixel
    (rowTaps, rowSamplesPerPixel) = passes.pointee.rowTaps(in: order, plan)
    (readsInPlace, writesInPlace) = (access.readsInPlace, access.writesInPlace)
    streams = access.writesInPlace && passes.pointee.isLarge
    resamplesOneByOne =
      access.writesInPlace && passes.pointee.writesFar && order.endsAlongRows && depth.pointee.isIdentity
    (self.ringPlaces, self.slicePlaces) = (ringPlaces, slicePlaces)
    rowsTogether = passes.pointee.rowsTogether
    (self.sourceRowsAtOnce, self.rowsAtOnce) = (sourceRowsAtOnce, rowsAtOnce)
    combinesTiles = passes.pointee.combinesTiles
    sampleSize = format.workingType.sampleSize
    self.blocks = blocks
    self.scratch = scratch
  }

  /// Goes on to tensors that differ from those before in nothing but where they begin, and are aligned alike.
  mutating func move(to input: Tensor, _ output: Tensor) {
    let planes = SourcePlanes(reading: input, samplesPerPixel: samplesPerPixel)
    if packedPlanes != nil { packedPlanes!.move(to: planes) } else { source = planes }
    destination = TargetPlanes(writing: output, samplesPerPixel: samplesPerPixel)
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

/// Which rows passes read and write where they lie.
struct RowAccess {
  let readsInPlace: Bool
  /// And converts the few samples of them that it reads.
  let readsSparsely: Bool
  let writesInPlace: Bool

  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ passes: UnsafePointer<PassPlan>,
    _ source: SourcePlanes, _ destination: TargetPlanes
  ) {
    let isDirect = format.memoryAccess == .direct
    // A pass converts at one end alone: there has to be another for the other end.
    var passCount = 0
    for dimension in 0..<3 where !plan.axis(ofDimension: dimension).pointee.isIdentity { passCount += 1 }
    readsSparsely = passes.pointee.readsSparsely && source.hasDenseRows
    readsInPlace =
      readsSparsely
      || (isDirect
        || (passCount > 1 && !passes.pointee.order.beginsAlongRows && plan.kernels.passes(from: format) != nil))
        && source.hasDenseRows && source.isAligned
    writesInPlace =
      (isDirect || passCount > 0) && destination.hasDenseRows && destination.isAligned && !plan.request.isClamped
      && plan.kernels.passes(to: format) != nil
      // Such a pass writes what it computes with.
      && (isDirect || !passes.pointee.takesColours || !passes.pointee.order.endsAlongRows)
  }
}

/// The kernels of each axis: the first pass may read rows of the dtype, and the last one write them.
struct PassKernels {
  let depth: rsk_passes
  let height: rsk_passes
  let width: rsk_passes

  init(_ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ order: PassOrder, _ access: RowAccess) {
    let plain = plan.kernels.passes(of: format.workingType)
    var (depth, height, width) = (plain, plain, plain)
    if access.readsInPlace, let reading = plan.kernels.passes(from: format) {
      switch order {
      case .none: depth = reading
      case .height, .heightFirst, .planewise(heightFirst: true): height = reading
      case .width, .widthFirst, .planewise(heightFirst: false), .bothAtOnce: width = reading
      }
    }
    if access.writesInPlace, let writing = plan.kernels.passes(to: format) {
      if !plan.axis(ofDimension: 0).pointee.isIdentity {
        depth = writing
      } else {
        switch order {
        case .height, .widthFirst, .planewise(heightFirst: false), .bothAtOnce: height = writing
        case .width, .heightFirst, .planewise(heightFirst: true), .none: width = writing
        }
      }
    }
    // It writes what the plain one would.
    if access.readsSparsely { width = plan.kernels.sparsePasses(of: format.workingType) }
    (self.depth, self.height, self.width) = (depth, height, width)
  }
}

/// Runs that make the rows of blocks. Each row is written once, by the last pass.
private struct RowTasks<Slice: SlicePass>: ThreadedWork {
  let execution: UnsafePointer<WeightedExecution>

  private var shared: WeightedExecution {
    _read { yield execution.pointee }
  }

  func run(task: Int, thread: Int) {
    let (block, memory) = (shared.blocks[task], shared.memory(ofThread: thread))
    var slice = Slice(execution, memory)
    var planes = PlaneReader(execution, block, memory)
    for index in block.planes {
      let (source, target) = (planes.plane(index), shared.destination[index])
      for z in 0..<shared.destination.depth {
        let rows = rsk_target_rows(
          start: target.row(z, block.rows.lowerBound), stride: target.rowStride, first: block.rows.lowerBound,
          count: block.rows.count, streams: shared.streams)
        if shared.writesInPlace {
          slice.fill(rows, z: z, from: source)
        } else {
          convert(rows, z: z, from: source, by: &slice, memory)
        }
      }
    }
    if shared.streams { rsk_finish_streaming() }
  }

  /// Makes rows of the output from rows of the working type.
  private func convert(
    _ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane, by slice: inout Slice, _ memory: ScratchMemory
  ) {
    let unconverted = shared.regions.output
    let rowsAtOnce = shared.rowsAtOnce
    var start = targets.first
    while start < targets.rows.upperBound {
      let rows = start..<min(start + rowsAtOnce, targets.rows.upperBound)
      slice.fill(memory.targets(unconverted, rows: rows), z: z, from: plane)
      let part = targets[rows]
      for index in 0..<rows.count {
        let row = memory[unconverted, index]
        shared.rounding.round(row, count: shared.destination.width * shared.samplesPerPixel)
        shared.writtenConversion.store(
          row, shared.destination.width, shared.samplesPerPixel, shared.low, shared.high,
          part.start + index * part.stride, shared.destination.pixelStride)
      }
      start = rows.upperBound
    }
  }
}

/// Runs that make small planes, each pass of all rows at once: one dense row for the width, many for the height.
private struct PlanewiseTasks: ThreadedWork {
  let execution: UnsafePointer<WeightedExecution>

  func run(task: Int, thread: Int) {
    let memory = execution.pointee.memory(ofThread: thread)
    let resampler = RowResampler(execution)
    let destination = execution.pointee.destination
    let isHeightFirst = execution.pointee.order.isHeightFirst
    let width = isHeightFirst ? execution.pointee.source.width : destination.width
    let combiner = RowCombiner(execution.pointee.kernels.height, execution.pointee.heightTaps, samples: width)
    let between = memory[execution.pointee.regions.plane]
    let stride = width * destination.pixelSize
    func targets(_ start: UnsafeMutableRawPointer, rows count: Int) -> rsk_target_rows {
      rsk_target_rows(start: start, stride: stride, first: 0, count: count, streams: false)
    }
    let sources = rsk_source_rows(start: between, stride: stride, mask: -1)
    let block = execution.pointee.blocks[task]
    var planes = PlaneReader(execution, block, memory)
    for index in block.planes {
      let (source, target) = (planes.plane(index).rows(ofSlice: 0), destination[index].row(0, 0))
      if isHeightFirst {
        combiner.combine(source, into: targets(between, rows: destination.height))
        resampler.resample(sources, into: targets(target, rows: 1))
      } else {
        resampler.resample(source, into: targets(between, rows: 1))
        combiner.combine(sources, into: targets(target, rows: destination.height))
      }
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

  init(_ execution: UnsafePointer<WeightedExecution>, _ block: Block, _ memory: ScratchMemory) {
    self.execution = execution
    planes = block.planes
    // Where all rows of a plane are one, it begins with the first.
    rows =
      execution.pointee.order.isPlanewise
      ? 0..<execution.pointee.source.height : execution.pointee.height.pointee.rows(readBy: block.rows)
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
