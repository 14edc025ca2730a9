import CShims

/// No pass at all: rows are converted, at most.
struct NoPass: SlicePass {
  private let source: SourceRows

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    source = SourceRows(execution, memory)
  }

  @inline(never) func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    source.load(z, plane, into: targets)
  }
}

/// The width alone.
struct WidthPass: SlicePass {
  private let source: SourceRows
  private let resampler: RowResampler

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    source = SourceRows(execution, memory)
    resampler = RowResampler(execution)
  }

  @inline(never) func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    source.resample(z, plane, by: resampler, into: targets)
  }
}

/// The height alone, or after the width: each row of the input is resampled once, and waits for the rows it is combined with.
struct HeightPass: SlicePass {
  private var ring: RowRing
  private let combiner: RowCombiner

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    ring = RowRing(execution, memory, isResampled: execution.pointee.order == .widthFirst)
    combiner = RowCombiner(
      execution.pointee.kernels.height, execution.pointee.heightTaps,
      samples: execution.pointee.destination.width * execution.pointee.samplesPerPixel)
  }

  @inline(never) mutating func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    var rows = targets.rows
    while !rows.isEmpty {
      let group = ring.nextGroup(of: rows)
      combiner.combine(ring.rows(group, z: z, of: plane), into: targets[group.outputs])
      rows = group.outputs.upperBound..<rows.upperBound
    }
  }
}

/// The height before the width: each row of the output is resampled once.
struct HeightFirstPass: SlicePass {
  private var ring: RowRing
  private let combiner: RowCombiner
  private let memory: ScratchMemory
  private let combined: RowRegion
  private let rowsAtOnce: Int
  private let combinesTiles: Bool
  /// The bytes of a sample before and after the first pass.
  private let sourceSize: Int
  private let size: Int
  private let resampler: RowResampler

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    ring = RowRing(execution, memory, isResampled: false)
    combiner = RowCombiner(
      execution.pointee.kernels.height, execution.pointee.heightTaps,
      samples: execution.pointee.source.width * execution.pointee.samplesPerPixel)
    self.memory = memory
    combined = execution.pointee.regions.combined
    rowsAtOnce = execution.pointee.sourceRowsAtOnce
    combinesTiles = execution.pointee.combinesTiles
    size = execution.pointee.sampleSize
    sourceSize = execution.pointee.readsInPlace ? execution.pointee.source.sampleSize : size
    resampler = RowResampler(execution)
  }

  @inline(never) mutating func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    let outputs = targets
    var rows = targets.rows
    while !rows.isEmpty {
      let group = ring.nextGroup(of: rows)
      let sources = ring.rows(group, z: z, of: plane)
      var start = group.outputs.lowerBound
      while start < group.outputs.upperBound {
        let rows = start..<min(start + rowsAtOnce, group.outputs.upperBound)
        let targets = memory.targets(combined, rows: rows)
        if combinesTiles {
          combiner.combineTiles(sources, sourceSize, into: targets, size)
        } else {
          combiner.combine(sources, into: targets)
        }
        resampler.resample(memory.sources(combined), into: outputs[rows].counted(from: 0))
        start = rows.upperBound
      }
      rows = group.outputs.upperBound..<rows.upperBound
    }
  }
}

/// Width and height by one kernel, from rows where they lie.
struct BothAtOncePass: SlicePass {
  private let bilinear: rsk_bilinear
  private let heightTaps: UnsafePointer<rsk_taps>
  private let widthTaps: UnsafePointer<rsk_taps>
  private let samplesPerPixel: Int
  private let isHeightFirst: Bool

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    bilinear = execution.pointee.kernels.height.bilinear
    heightTaps = execution.pointee.heightTaps
    widthTaps = execution.pointee.rowTaps
    samplesPerPixel = execution.pointee.samplesPerPixel
    isHeightFirst = execution.pointee.order == .bothAtOnce(heightFirst: true)
  }

  @inline(never) func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    var (rows, targets) = (plane.rows(ofSlice: z), targets)
    bilinear(&rows, heightTaps, widthTaps, samplesPerPixel, isHeightFirst, &targets)
  }
}
