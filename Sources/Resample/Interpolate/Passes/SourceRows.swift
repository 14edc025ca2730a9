import CShims

/// Rows of planes of the input in the working type: where they lie, or converted.
struct SourceRows {
  let isInPlace: Bool
  private let conversion: rsk_conversion
  private let pixelStride: Int
  private let width: Int
  private let samplesPerPixel: Int
  private let memory: ScratchMemory
  private let converted: RowRegion
  private let rowsAtOnce: Int

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    isInPlace = execution.pointee.readsInPlace
    conversion = execution.pointee.conversion
    pixelStride = execution.pointee.source.pixelStride
    width = execution.pointee.source.width
    samplesPerPixel = execution.pointee.samplesPerPixel
    self.memory = memory
    converted = execution.pointee.regions.converted
    rowsAtOnce = execution.pointee.sourceRowsAtOnce
  }

  /// Converts the rows of slice z with the numbers of the targets.
  func load(_ z: Int, _ plane: SourcePlanes.Plane, into targets: rsk_target_rows) {
    for index in 0..<targets.count {
      conversion.load(
        plane.row(z, targets.first + index), pixelStride, width, samplesPerPixel,
        targets.start + index * targets.stride)
    }
  }

  /// Resamples the rows of slice z with the numbers of the targets along the width.
  func resample(_ z: Int, _ plane: SourcePlanes.Plane, by resampler: RowResampler, into targets: rsk_target_rows) {
    if isInPlace { return resampler.resample(plane.rows(ofSlice: z), into: targets) }
    var part = targets
    let end = targets.first + targets.count
    while part.first < end {
      part.count = min(rowsAtOnce, end - part.first)
      load(z, plane, into: memory.targets(converted, rows: part.rows))
      resampler.resample(memory.sources(converted), into: part.counted(from: 0))
      part.start += part.count * part.stride
      part.first += part.count
    }
  }
}
