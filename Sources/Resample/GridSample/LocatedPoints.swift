import CShims

/// The scratch memory of a thread for the taps of some points of a row.
struct LocatedPoints {
  let points: GridPoints
  let tapCount: Int
  /// Points whose taps are computed at a time: these stay in the cache.
  let pointsAtOnce: Int
  private let coordinates: RowRegion
  private let offsets: Region<Int32>
  private let weights: RowRegion
  private let adjacent: Region<Int32>
  private let locating: Region<UInt8>

  private static let tapsAtOnce = 1024

  init(
    _ points: GridPoints, tapCount: Int, _ format: SumFormat, in layout: inout ScratchLayout
  ) throws(ResampleError) {
    self.points = points
    self.tapCount = tapCount
    let most = max(Int(RSK_WIDEST_VECTOR), LocatedPoints.tapsAtOnce / tapCount)
    pointsAtOnce = min(most, points.width.roundedUpToVector)
    coordinates = try layout.reserveRows(points.dimensions, of: pointsAtOnce * format.sampleSize)
    offsets = try layout.reserve(tapCount * pointsAtOnce, of: Int32.self)
    weights = try layout.reserveRows(tapCount, of: pointsAtOnce * format.sampleSize)
    adjacent = try layout.reserve(pointsAtOnce, of: Int32.self)
    locating = try layout.reserve(Int(RSK_LOCATING), of: UInt8.self)
  }

  /// The taps of some points of a row, at most `pointsAtOnce`.
  func taps(
    image: Int, row: Int, points range: Range<Int>, _ sampling: rsk_sampling, _ memory: ScratchMemory
  ) -> rsk_point_taps {
    var taps = rsk_point_taps(
      count: tapCount, offsets: memory[offsets], weights: memory[weights], slopes: (nil, nil, nil),
      adjacent: memory[adjacent], row: sampling.axes.1.stride, slice: sampling.axes.2.stride, scratch: memory[locating])
    points.locate(
      image: image, row: row, points: range, sampling, loaded: memory[coordinates], stride: coordinates.stride,
      into: &taps)
    return taps
  }
}
