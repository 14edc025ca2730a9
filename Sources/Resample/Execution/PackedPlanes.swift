import CShims

/// Planes whose rows lie across the cache lines, transposed images for instance, and the copies of them that tasks read.
///
/// A pass that reads such rows one by one uses one sample of each line that it loads. The copy uses all of them, because it
/// goes in blocks along the axis whose samples are closest.
struct PackedPlanes {
  private enum Axis {
    case channels
    case depth
    case height
  }

  private let source: Volume
  private let closest: Axis
  private let move: rsk_interleave
  /// Planes whose samples share cache lines are copied together.
  let planesTogether: Int

  /// Samples of a plane from which on its cache lines are more than a near cache holds.
  private static let smallest = 4096
  /// Samples of a block along either axis; together they stay in the nearest cache.
  private static let neighbours = 16
  private static let columns = 256

  /// nil where rows are dense, or no other axis is closer.
  init?(_ source: Volume, _ kernels: rsk_table) {
    let samples = source.depth * source.height * source.width
    guard source.pixelSize == source.sampleSize, !source.hasDenseRows, samples >= PackedPlanes.smallest else {
      return nil
    }
    var closest: Axis?
    var least = source.pixelStride.magnitude
    func consider(_ axis: Axis, _ stride: Int, _ length: Int) {
      guard length > 1, stride != 0, stride.magnitude < least else { return }
      (closest, least) = (axis, stride.magnitude)
    }
    consider(.height, source.rowStride, source.height)
    consider(.depth, source.depthStride, source.depth)
    consider(.channels, source.channelStride, source.channels)
    guard let closest else { return nil }
    self.source = source
    self.closest = closest
    move = kernels.interleave(sampleSize: source.sampleSize)
    planesTogether = closest == .channels ? min(source.channels, PackedPlanes.neighbours) : 1
  }

  /// The planes of the copy: `origin` is that of the first of some that were copied together.
  var packed: Volume { Volume(packed: source) }

  /// The end of the planes that are copied with `plane`: they are channels of one image.
  func end(ofPlanesWith plane: Int, in planes: Range<Int>) -> Int {
    let image = plane / source.channels * source.channels
    return min(plane + planesTogether, image + source.channels, planes.upperBound)
  }

  /// Copies rows `rows`, of every slice, of some planes; they are as far apart as those of `packed`.
  func copy(_ planes: Range<Int>, rows: Range<Int>, to memory: UnsafeMutableRawPointer) {
    let packed = packed
    let first = source.plane(planes.lowerBound)
    let target = packed.plane(0, at: memory)
    switch closest {
    case .height:
      for z in 0..<source.depth {
        for y in stride(from: rows.lowerBound, to: rows.upperBound, by: PackedPlanes.neighbours) {
          let count = min(PackedPlanes.neighbours, rows.upperBound - y)
          copyRows(first.row(z, y), source.rowStride, target.row(z, y), packed.rowStride, count)
        }
      }
    case .depth:
      for y in rows {
        for z in stride(from: 0, to: source.depth, by: PackedPlanes.neighbours) {
          let count = min(PackedPlanes.neighbours, source.depth - z)
          copyRows(first.row(z, y), source.depthStride, target.row(z, y), packed.depthStride, count)
        }
      }
    case .channels:
      for z in 0..<source.depth {
        for y in rows {
          copyRows(first.row(z, y), source.channelStride, target.row(z, y), packed.channelStride, planes.count)
        }
      }
    }
  }

  /// Copies neighbouring rows, `distance` bytes apart.
  @inline(never)
  private func copyRows(
    _ row: UnsafeMutableRawPointer, _ distance: Int, _ target: UnsafeMutableRawPointer, _ targetDistance: Int,
    _ rows: Int
  ) {
    let (step, size) = (source.pixelStride, source.pixelSize)
    for column in stride(from: 0, to: source.width, by: PackedPlanes.columns) {
      let columns = min(PackedPlanes.columns, source.width - column)
      move(row + column * step, step, distance, target + column * size, size, targetDistance, columns, rows)
    }
  }
}
