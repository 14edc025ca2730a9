import CShims

/// Rows of some channels as pixels of `channels` samples, one of each channel, so that one load reads all of them.
struct PixelRows {
  static let mostChannels = Int(RSK_WIDEST_VECTOR)
  /// The channels of a pixel: as many as kernels have in a vector or two, or fewer where there are no more.
  let channels: Int
  private let format: SumFormat
  private let interleave: rsk_interleave
  private let conversion: rsk_conversion

  init(_ format: SumFormat, channels: Int = mostChannels, _ kernels: rsk_table) {
    self.channels = channels
    self.format = format
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    conversion = kernels.conversion(format.conversion)
  }

  var pixelSize: Int { channels * format.sampleSize }

  /// The blocks of channels of a tensor.
  func blocks(_ channels: Int) -> Int { (channels + self.channels - 1) / self.channels }

  /// The bytes of a row of each channel that is converted before it is interleaved, or after.
  func convertedSize(samples: Int) throws(ResampleError) -> Int {
    format.isDirect ? 0 : try checkedProduct(samples, format.sampleSize)
  }

  /// Makes pixels of `samples` samples of each of `channels` channels, from `row` of the first on. Samples of the pixels that
  /// have no channel are left alone. `converted` has room for a converted row of each channel.
  func load(
    _ row: UnsafeRawPointer, of planes: SourcePlanes, samples: Int, channels: Int, into pixels: UnsafeMutableRawPointer,
    converted: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    if format.isDirect {
      interleave(row, planes.pixelStride, planes.channelStride, pixels, pixelSize, size, samples, channels)
      return
    }
    for channel in 0..<channels {
      conversion.load(
        row + channel * planes.channelStride, planes.pixelStride, samples, 1, converted + channel * samples * size)
    }
    interleave(converted, size, samples * size, pixels, pixelSize, size, samples, channels)
  }

  /// The reverse.
  func store(
    _ pixels: UnsafeRawPointer, samples: Int, channels: Int, to row: UnsafeMutableRawPointer, of planes: TargetPlanes,
    converted: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    if format.isDirect {
      interleave(pixels, pixelSize, size, row, planes.pixelStride, planes.channelStride, samples, channels)
      return
    }
    interleave(pixels, pixelSize, size, converted, size, samples * size, samples, channels)
    for channel in 0..<channels {
      conversion.store(
        converted + channel * samples * size, samples, 1, -.infinity, .infinity, row + channel * planes.channelStride,
        planes.pixelStride)
    }
  }
}
