import CShims

/// Rows of planes of the input in the working type: where they lie, or converted.
struct SourceRows {
  let isInPlace: Bool
  private let conversion: rsk_conversion
  private let pixelStride: Int
  private let width: Int
  private let samplesPerPixel: Int
  private let converted: rsk_source_rows
  private let rowsAtOnce: Int

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    isInPlace = execution.pointee.readsInPlace
    conversion = execution.pointee.conversion
    pixelStride = execution.pointee.source.pixelStride
    width = execution.pointee.source.width
    samplesPerPixel = execution.pointee.samplesPerPixel
    converted = memory.sources(execution.pointee.regions.converted)
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
      var rows = part
      (rows.start, rows.stride) = (UnsafeMutableRawPointer(mutating: converted.start), converted.stride)
      load(z, plane, into: rows)
      resampler.resample(converted, into: part.counted(from: 0))
      part.start += part.count * part.stride
      part.first += part.count
    }
  }
}
