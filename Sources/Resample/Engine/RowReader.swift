import CShims

/// The rows of a tensor as rows of the format in which they are summed.
struct RowReader {
  let planes: SourcePlanes
  private let format: SumFormat
  private let conversion: rsk_conversion

  init(_ tensor: Tensor, _ format: SumFormat, _ kernels: rsk_table) {
    planes = SourcePlanes(reading: tensor)
    self.format = format
    conversion = kernels.conversion(format.conversion)
  }

  /// Whether rows lie as they are summed, and need not be loaded.
  var readsInPlace: Bool { format.isDirect && planes.hasDenseRows && planes.isAligned }

  /// Loads row y of slice z of a channel, followed by zeros up to `length` samples.
  func load(
    image: Int, channel: Int, z: Int = 0, y: Int, length: Int = 0, into row: UnsafeMutableRawPointer
  ) {
    load(planes.row(image: image, channel: channel, z: z, y: y), samples: planes.width, into: row)
    if length > planes.width {
      memset(row + planes.width * format.sampleSize, 0, (length - planes.width) * format.sampleSize)
    }
  }

  /// Loads `samples` samples, `step` pixels of the tensor apart.
  func load(_ source: UnsafeRawPointer, samples: Int, step: Int = 1, into row: UnsafeMutableRawPointer) {
    conversion.load(source, step * planes.pixelStride, samples, 1, row)
  }
}

/// The rows of a tensor, written from rows of the format in which they were summed.
struct RowWriter {
  let planes: TargetPlanes
  private let conversion: rsk_conversion

  init(_ tensor: Tensor, _ format: SumFormat, _ kernels: rsk_table) {
    planes = TargetPlanes(writing: tensor)
    conversion = kernels.conversion(format.conversion)
  }

  /// Stores row y of slice z of a channel.
  func store(_ row: UnsafeRawPointer, image: Int, channel: Int, z: Int = 0, y: Int) {
    store(row, samples: planes.width, to: planes.row(image: image, channel: channel, z: z, y: y))
  }

  func store(_ row: UnsafeRawPointer, samples: Int, to target: UnsafeMutableRawPointer) {
    conversion.store(row, samples, 1, -.infinity, .infinity, target, planes.pixelStride)
  }
}
