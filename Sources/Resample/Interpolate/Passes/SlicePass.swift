import CShims

/// What makes rows of slices: the passes along width and height in one of their orders, or those and the depth.
protocol SlicePass {
  /// Of one block, whose scratch memory is `memory`.
  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory)

  /// Makes those rows of slice z from a plane of the input, in the working type or, by the last pass, in the dtype. The
  /// slices of a plane are made in turn, from 0 on. One call makes many rows, so that it need not be in all its callers.
  mutating func fill(_ targets: rsk_target_rows, z: Int, from plane: SourcePlanes.Plane)
}
