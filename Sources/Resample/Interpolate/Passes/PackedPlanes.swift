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

  private var source: SourcePlanes
  private let closest: Axis
  private let move: rsk_interleave
  /// Planes whose samples share cache lines are copied together.
  let planesTogether: Int
  /// The rows of the output that a block should have, so that its copy stays in a cache.
  let longestBlock: Int

  /// Samples of a plane from which on its cache lines are more than a near cache holds.
  private static let smallest = 4096
  /// Samples of a block along either axis; together they stay in the nearest cache.
  private static let neighbours = 16
  private static let columns = 256
  /// The bytes that a copy should have, and those from which on there is none.
  private static let cached = 1 << 20
  private static let largest = 64 << 20

  /// nil where rows are dense, no other axis is closer, or most of what would be copied is not read.
  @inline(never)
  init?(
    _ source: SourcePlanes, height: UnsafePointer<AxisTaps>, depth: UnsafePointer<AxisTaps>, _ kernels: rsk_table
  ) {
    let (height, depth) = (height.pointee.kernelTaps, depth.pointee.kernelTaps)
    let samples = source.depth * source.height * source.width
    guard source.pixelSize == source.sampleSize, !source.hasDenseRows, samples >= PackedPlanes.smallest,
      PackedPlanes.readsMost(height), PackedPlanes.readsMost(depth)
    else { return nil }
    // A broadcast axis would be copied over and over.
    if (source.height > 1 && source.rowStride == 0) || (source.depth > 1 && source.depthStride == 0) { return nil }
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
    let rowSize = planesTogether * source.depth * source.width * source.sampleSize
    let rows = max(PackedPlanes.cached / rowSize, 2 * height.most_taps, PackedPlanes.neighbours)
    // As many rows of the input are read by about that part of the output.
    longestBlock = max(1, Int(Double(rows) * Double(height.length) / Double(source.height)))
    guard (rows + height.most_taps) * rowSize <= PackedPlanes.largest else { return nil }
  }

  /// Goes on to planes that differ from those before in nothing but where they begin.
  mutating func move(to planes: SourcePlanes) { source = planes }

  /// Whether at least half of the source samples of an axis are read.
  private static func readsMost(_ taps: rsk_taps) -> Bool {
    Double(taps.length) * Double(taps.most_taps) * 2 >= Double(taps.source_length)
  }

  /// The planes as passes see them: `origin` and the distances between planes and slices are those of no memory.
  var packed: SourcePlanes {
    SourcePlanes(packing: source, rows: source.height, at: UnsafeRawPointer(bitPattern: ScratchLayout.cacheLine)!)
  }

  /// The bytes of a copy of up to `rows` rows.
  func byteCount(rows: Int) -> Int { planesTogether * source.depth * rows * source.width * source.sampleSize }

  /// The end of the planes that are copied with `plane`: they are channels of one image.
  func end(ofPlanesWith plane: Int, in planes: Range<Int>) -> Int {
    let image = plane / source.channels * source.channels
    return min(plane + planesTogether, image + source.channels, planes.upperBound)
  }

  /// The planes that were copied together, in memory; their rows are counted from the first of `rows`.
  private func planes<Address>(rows: Range<Int>, at memory: Address) -> Planes<Address> {
    let rowSize = source.width * source.pixelSize
    return Planes<Address>(packing: source, rows: rows.count, at: memory.advanced(by: -rows.lowerBound * rowSize))
  }

  /// The copy of rows `rows` of the `index`-th of the planes that were copied together.
  func plane(_ index: Int, rows: Range<Int>, in memory: UnsafeMutableRawPointer) -> SourcePlanes.Plane {
    planes(rows: rows, at: UnsafeRawPointer(memory))[index]
  }

  /// Copies rows `rows`, of every slice, of some planes.
  func copy(_ planes: Range<Int>, rows: Range<Int>, to memory: UnsafeMutableRawPointer) {
    let packed = self.planes(rows: rows, at: memory)
    let first = source[planes.lowerBound]
    let target = packed[0]
    switch closest {
    case .height:
      for z in 0..<source.depth {
        for y in stride(from: rows.lowerBound, to: rows.upperBound, by: PackedPlanes.neighbours) {
          let count = min(PackedPlanes.neighbours, rows.upperBound - y)
          copyRows(first.row(z, y), source.rowStride, to: target.row(z, y), packed.rowStride, count: count)
        }
      }
    case .depth:
      for y in rows {
        for z in stride(from: 0, to: source.depth, by: PackedPlanes.neighbours) {
          let count = min(PackedPlanes.neighbours, source.depth - z)
          copyRows(first.row(z, y), source.depthStride, to: target.row(z, y), packed.depthStride, count: count)
        }
      }
    case .channels:
      for z in 0..<source.depth {
        for y in rows {
          copyRows(
            first.row(z, y), source.channelStride, to: target.row(z, y), packed.channelStride, count: planes.count)
        }
      }
    }
  }

  /// Copies neighbouring rows, `distance` bytes apart.
  @inline(never)
  private func copyRows(
    _ row: UnsafeRawPointer, _ distance: Int, to target: UnsafeMutableRawPointer, _ targetDistance: Int, count rows: Int
  ) {
    let (step, size) = (source.pixelStride, source.pixelSize)
    for column in stride(from: 0, to: source.width, by: PackedPlanes.columns) {
      let columns = min(PackedPlanes.columns, source.width - column)
      move(row + column * step, step, distance, target + column * size, size, targetDistance, columns, rows)
    }
  }
}
