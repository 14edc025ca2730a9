import CShims

/// Rows of a plane of the input in the working type: where they lie, or converted.
struct SourceRows {
  let isInPlace: Bool
  private let conversion: rsk_conversion
  private let pixelStride: Int
  private let width: Int
  private let samplesPerPixel: Int
  private let memory: ScratchMemory
  private let converted: RowRegion
  private var plane: SourcePlanes.Plane

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    isInPlace = execution.pointee.readsInPlace
    conversion = execution.pointee.conversion
    pixelStride = execution.pointee.source.pixelStride
    width = execution.pointee.source.width
    samplesPerPixel = execution.pointee.samplesPerPixel
    self.memory = memory
    converted = execution.pointee.regions.converted
    plane = execution.pointee.source[0]
  }

  mutating func start(_ plane: SourcePlanes.Plane) { self.plane = plane }

  /// Row y of slice z, where it lies or in one of several converted rows.
  func row(_ z: Int, _ y: Int, place: Int = 0) -> UnsafeRawPointer {
    if isInPlace { return plane.row(z, y) }
    let row = memory[converted, place]
    load(z, y, into: row)
    return UnsafeRawPointer(row)
  }

  /// Where rows of slice z lie.
  @_optimize(speed)
  func addresses(of rows: Range<Int>, z: Int, into pointers: UnsafeMutablePointer<UnsafeRawPointer?>) {
    var row = plane.row(z, rows.lowerBound)
    for index in 0..<rows.count {
      pointers[index] = row
      row += plane.rowStride
    }
  }

  func load(_ z: Int, _ y: Int, into row: UnsafeMutableRawPointer) {
    conversion.load(plane.row(z, y), pixelStride, width, samplesPerPixel, row)
  }
}
