import CShims

/// The scratch memory of a thread for the taps of some points of a row.
struct LocatedPoints {
  let points: GridPoints
  let tapCount: Int
  /// Points whose taps are computed at a time: these stay in the cache.
  let pointsAtOnce: Int
  private let coordinates: RowRegion
  private let offsets: Region<Int32>
  private let inside: Region<Int32>
  private let weights: RowRegion
  private let first: Region<Int32>

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
    inside = try layout.reserve(tapCount * pointsAtOnce, of: Int32.self)
    weights = try layout.reserveRows(tapCount, of: pointsAtOnce * format.sampleSize)
    first = try layout.reserve(pointsAtOnce, of: Int32.self)
  }

  /// The taps of some points of a row, at most `pointsAtOnce`.
  func taps(
    image: Int, row: Int, points range: Range<Int>, _ sampling: rsk_sampling, _ memory: ScratchMemory
  ) -> rsk_point_taps {
    var taps = rsk_point_taps(
      offsets: memory[offsets], inside: memory[inside], weights: memory[weights], stride: pointsAtOnce,
      first: memory[first], slopes: nil)
    points.locate(
      image: image, row: row, points: range, sampling, loaded: memory[coordinates], stride: coordinates.stride,
      into: &taps)
    return taps
  }
}
