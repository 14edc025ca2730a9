import CShims

/// No pass at all: rows are converted, at most.
struct NoPass: SlicePass {
  private var source: SourceRows

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    source = SourceRows(execution, memory)
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) { source.start(plane) }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) { source.load(z, y, into: row) }
}

/// The width alone.
struct WidthPass: SlicePass {
  private var source: SourceRows
  private let resampler: RowResampler

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    source = SourceRows(execution, memory)
    resampler = RowResampler(execution, memory)
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) { source.start(plane) }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) {
    resampler.resample(source.row(z, y), into: row, streams: streams)
  }
}

/// The height alone, or after the width: each row of the input is resampled once, and waits for the rows it is combined with.
struct HeightPass: SlicePass {
  private var ring: RowRing
  private let combiner: RowCombiner

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    ring = RowRing(execution, memory, isResampled: execution.pointee.order == .widthFirst)
    combiner = RowCombiner(
      execution.pointee.kernels.height, execution.pointee.height,
      samples: execution.pointee.destination.width * execution.pointee.samplesPerPixel)
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) { ring.start(plane, block) }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) {
    ring.collect(combiner.window(of: y), z: z)
    combiner.combine(ring.pointers, for: y, into: row, streams: streams)
  }
}

/// The height before the width: each row of the output is resampled once.
struct HeightFirstPass: SlicePass {
  private var ring: RowRing
  private let combiner: RowCombiner
  private let combined: UnsafeMutableRawPointer
  private let resampler: RowResampler

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    ring = RowRing(execution, memory, isResampled: false)
    combiner = RowCombiner(
      execution.pointee.kernels.height, execution.pointee.height,
      samples: execution.pointee.source.width * execution.pointee.samplesPerPixel)
    combined = memory[execution.pointee.regions.combined]
    resampler = RowResampler(execution, memory)
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) { ring.start(plane, block) }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) {
    ring.collect(combiner.window(of: y), z: z)
    combiner.combine(ring.pointers, for: y, into: combined)
    resampler.resample(UnsafeRawPointer(combined), into: row, streams: streams)
  }
}

/// Width and height by one kernel, from rows where they lie.
struct BothAtOncePass: SlicePass {
  private let bilinear: rsk_bilinear
  private let height: UnsafePointer<AxisTaps>
  private let taps: UnsafePointer<rsk_taps>
  private let samplesPerPixel: Int
  private var ring: RowRing

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    bilinear = execution.pointee.kernels.height.bilinear
    height = execution.pointee.height
    taps = execution.pointee.rowTaps
    samplesPerPixel = execution.pointee.samplesPerPixel
    ring = RowRing(execution, memory, isResampled: false)
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) { ring.start(plane, block) }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) {
    let window = height.pointee.range(of: y)
    ring.collect(window, z: z)
    bilinear(ring.pointers, height.pointee.weights(of: y), window.count, taps, samplesPerPixel, row)
  }
}
