import CShims

/// The depth after what makes rows of a slice: slices wait in a ring for those they are combined with.
struct DepthPass<Slice: SlicePass>: SlicePass {
  private var slice: Slice
  private let combiner: RowCombiner
  private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>
  private let memory: ScratchMemory
  /// By place of the slice, by row of the block.
  private let ring: RowRegion
  private let rowsPerSlice: Int
  /// Which slice of the input each place has.
  private let tags: UnsafeMutablePointer<Int>
  private let places: Int
  private var rows = 0..<0

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    slice = Slice(execution, memory)
    combiner = RowCombiner(
      execution.pointee.kernels.depth, execution.pointee.depth,
      samples: execution.pointee.destination.width * execution.pointee.samplesPerPixel)
    pointers = memory[execution.pointee.regions.slicePointers]
    self.memory = memory
    ring = execution.pointee.regions.slices
    rowsPerSlice = execution.pointee.blocks.rowsPerBlock
    tags = memory[execution.pointee.regions.sliceTags]
    places = execution.pointee.depth.pointee.ringLength
  }

  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock) {
    slice.start(plane, block)
    rows = block.rows
    for place in 0..<places { tags[place] = -1 }
  }

  private func row(_ z: Int, _ y: Int) -> UnsafeMutableRawPointer {
    memory[ring, (z & (places - 1)) * rowsPerSlice + y - rows.lowerBound]
  }

  /// Puts the slices that slice z of the output reads into their ring.
  mutating func prepare(slice z: Int) {
    for source in combiner.window(of: z) {
      let place = source & (places - 1)
      guard tags[place] != source else { continue }
      tags[place] = source
      for y in rows { slice.fill(row(source, y), z: source, y: y, streams: false) }
    }
  }

  func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool) {
    let window = combiner.window(of: z)
    for source in window { pointers[source - window.lowerBound] = UnsafeRawPointer(self.row(source, y)) }
    combiner.combine(pointers, for: z, into: row, streams: streams)
  }
}
