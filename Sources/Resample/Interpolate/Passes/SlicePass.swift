/// What makes rows of a slice: the passes along width and height in one of their orders, or those and the depth.
protocol SlicePass {
  /// Of one block, whose scratch memory is `memory`.
  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory)

  /// Begins a plane of the input, of which some rows of the output will be made.
  mutating func start(_ plane: SourcePlanes.Plane, _ block: RowBlock)

  /// Prepares for the rows of slice z.
  mutating func prepare(slice z: Int)

  /// Makes row y of slice z, in the working type or, by the last pass, in the dtype. `streams`: past the caches.
  mutating func fill(_ row: UnsafeMutableRawPointer, z: Int, y: Int, streams: Bool)
}

extension SlicePass {
  mutating func prepare(slice z: Int) {}
}

/// Rows of the output, and those of the input from the first to the last that they read.
struct RowBlock {
  let rows: Range<Int>
  let sourceRows: Range<Int>
}
