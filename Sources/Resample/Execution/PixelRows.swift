import CShims

/// Rows of some channels as pixels of `channels` samples each, one of every channel: one load reads all of them.
struct PixelRows {
  static let channels = Int(RSK_LANES)
  private let format: SumFormat
  private let interleave: rsk_interleave
  private let conversion: rsk_conversion

  init(_ format: SumFormat, _ kernels: rsk_table) {
    self.format = format
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    conversion = kernels.conversion(format.conversion)
  }

  var pixelSize: Int { PixelRows.channels * format.sampleSize }

  /// Samples of scratch memory that a row of `width` takes.
  func scratchLength(_ width: Int) throws(ResampleError) -> Int {
    format.isDirect ? 0 : try checkedProduct(PixelRows.channels, width)
  }

  /// Samples of a channel are `stride` bytes apart in memory, and channels `channelStride`. Lanes of the pixels that have no
  /// channel are left alone.
  func load(
    _ row: UnsafeRawPointer, _ stride: Int, _ channelStride: Int, _ width: Int, channels: Int,
    _ pixels: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    if format.isDirect {
      interleave(row, stride, channelStride, pixels, pixelSize, size, width, channels)
      return
    }
    for channel in 0..<channels {
      conversion.load(row + channel * channelStride, stride, width, 1, scratch + channel * width * size)
    }
    interleave(scratch, size, width * size, pixels, pixelSize, size, width, channels)
  }

  func store(
    _ pixels: UnsafeRawPointer, _ width: Int, channels: Int, _ row: UnsafeMutableRawPointer, _ stride: Int,
    _ channelStride: Int, _ scratch: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    if format.isDirect {
      interleave(pixels, pixelSize, size, row, stride, channelStride, width, channels)
      return
    }
    interleave(pixels, pixelSize, size, scratch, size, width * size, width, channels)
    for channel in 0..<channels {
      conversion.store(
        scratch + channel * width * size, width, 1, -.infinity, .infinity, row + channel * channelStride, stride)
    }
  }
}
