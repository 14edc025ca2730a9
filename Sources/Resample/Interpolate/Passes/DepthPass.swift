import CShims

/// The depth after what makes rows of a slice: slices wait in a ring for those they are combined with.
struct DepthPass<Slice: SlicePass>: SlicePass {
  private var slice: Slice
  private let combiner: RowCombiner
  private let depth: UnsafePointer<AxisTaps>
  /// By place of the slice, by row of the block.
  private let ring: RowRegion
  private let rowsPerSlice: Int
  private let places: Int
  private let memory: ScratchMemory
  /// Slices before this one are in the ring, as long as they are needed.
  private var made = 0

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    slice = Slice(execution, memory)
    combiner = RowCombiner(
      execution.pointee.kernels.depth, execution.pointee.depthTaps,
      samples: execution.pointee.destination.width * execution.pointee.samplesPerPixel)
    depth = execution.pointee.depth
    ring = execution.pointee.regions.slices
    rowsPerSlice = execution.pointee.blocks.rowsPerBlock
    places = execution.pointee.slicePlaces
    self.memory = memory
  }

  @inline(never) mutating func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane) {
    makeSlices(readBy: z, targets.rows, plane)
    for index in 0..<targets.count {
      let slices = rsk_source_rows(
        start: memory[ring, index], stride: rowsPerSlice * ring.stride, mask: places - 1)
      combiner.combine(
        slices,
        into: rsk_target_rows(
          start: targets.start + index * targets.stride, stride: 0, first: z, count: 1, streams: targets.streams))
    }
  }

  /// Makes the rows of the slices that slice z reads, those that are not there.
  private mutating func makeSlices(readBy z: Int, _ rows: Range<Int>, _ plane: SourcePlanes.Plane) {
    if z == 0 { made = 0 }
    let window = depth.pointee.range(of: z)
    guard window.upperBound > made else { return }
    for source in max(made, window.lowerBound)..<window.upperBound {
      slice.fill(
        memory.targets(ring, from: (source & (places - 1)) * rowsPerSlice, rows: rows), z: source, from: plane)
    }
    made = window.upperBound
  }
}
