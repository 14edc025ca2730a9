import CShims

/// The points of a grid, by row, and the taps with which they read an image.
struct GridPoints {
  private let coordinates: RowReader
  private let sampleSize: Int
  private let interleave: rsk_interleave
  /// The coordinates of points lie as they are read.
  private let isDirect: Bool
  /// They do, and the two of each point lie side by side.
  private let arePairs: Bool
  private let locate: rsk_locate

  init(_ grid: Tensor, _ format: SumFormat, _ kernels: rsk_table) {
    coordinates = RowReader(Tensor(channelsFirst: grid), format, kernels)
    sampleSize = format.sampleSize
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    isDirect = format.isDirect
    let planes = coordinates.planes
    arePairs =
      isDirect && planes.channels == 2 && planes.channelStride == sampleSize && planes.pixelStride == 2 * sampleSize
    locate = format.sampleSize == 8 ? kernels.samplings.locate_float64! : kernels.samplings.locate_float32!
  }

  /// The coordinates of a point.
  var dimensions: Int { coordinates.planes.channels }
  /// The points of a row, and the rows of an image, of all slices.
  var width: Int { coordinates.planes.width }
  var rows: Int { coordinates.planes.depth * coordinates.planes.height }

  /// Fills the taps of some points of a row. `loaded` has room for a row of each coordinate, `stride` bytes apart, and for what
  /// fills up their last vectors.
  func locate(
    image: Int, row: Int, points: Range<Int>, _ sampling: rsk_sampling, loaded: UnsafeMutableRawPointer, stride: Int,
    into taps: inout rsk_point_taps
  ) {
    let planes = coordinates.planes
    let first = planes.row(image: image, channel: 0, index: row) + points.lowerBound * planes.pixelStride
    var pointers: InlineArray<3, UnsafeMutableRawPointer?> = [nil, nil, nil]
    if arePairs && sampling.taps == 1 {
      // Points with more taps are located as quickly from rows.
      pointers[0] = UnsafeMutableRawPointer(mutating: first)
    } else {
      for dimension in 0..<dimensions {
        pointers[dimension] = loaded + dimension * stride
        if isDirect { continue }
        coordinates.load(
          first + dimension * planes.channelStride, samples: points.count, into: loaded + dimension * stride)
      }
      if isDirect {
        interleave(
          first, planes.pixelStride, planes.channelStride, loaded, sampleSize, stride, points.count, dimensions)
      }
      let unfilled = points.count.roundedUpToVector - points.count
      if unfilled > 0 {
        for dimension in 0..<dimensions {
          memset(loaded + (dimension * stride + points.count * sampleSize), 0, unfilled * sampleSize)
        }
      }
    }
    withUnsafeMutableBytes(of: &pointers) { pointers in
      withUnsafePointer(to: sampling) {
        locate(
          pointers.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), points.count, $0, &taps)
      }
    }
  }
}

extension rsk_sampling {
  /// Of the samples of planes where they lie; `strides` are those of the width, the height and the depth, in samples.
  init(_ options: GridSampleOptions, _ planes: SourcePlanes, dimensions: Int, strides: (Int, Int, Int)) {
    self.init(
      taps: Int32(options.mode.taps), padding_mode: options.paddingMode.kernelMode, dimensions: Int32(dimensions),
      align_corners: options.alignCorners,
      axes: (
        rsk_sampling_axis(length: planes.width, stride: strides.0),
        rsk_sampling_axis(length: planes.height, stride: strides.1),
        rsk_sampling_axis(length: planes.depth, stride: strides.2)
      ))
  }

  /// Of samples, or pixels, that have been copied and are contiguous.
  init(packed options: GridSampleOptions, _ planes: SourcePlanes, dimensions: Int) {
    self.init(
      options, planes, dimensions: dimensions,
      strides: (1, planes.width, dimensions == 3 ? planes.width * planes.height : 0))
  }
}

extension GridSampleOptions {
  /// The taps of a point.
  func tapCount(dimensions: Int) -> Int {
    var count = 1
    for _ in 0..<dimensions { count *= mode.taps }
    return count
  }
}
