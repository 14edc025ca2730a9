import ResampleGeometry

/// A tensor as planes of depth x height x width pixels: the channels are either planes of their own or, where they are
/// adjacent in memory, the samples of a pixel.
struct Volume {
  private let origin: UnsafeMutableRawPointer
  private let batchStride: Int
  let channelStride: Int
  /// The planes of one image of the batch.
  let channels: Int
  let planes: Int
  let depth: Int
  let height: Int
  let width: Int
  let depthStride: Int
  let rowStride: Int
  let pixelStride: Int
  let pixelSize: Int
  let sampleSize: Int

  init(_ tensor: Tensor, lanes: Int) {
    origin = tensor.origin
    batchStride = tensor.byteStride(0)
    channelStride = tensor.byteStride(1)
    channels = tensor.shape.channels / lanes
    planes = tensor.shape.batch * channels
    depth = tensor.shape.length(ofDimension: 0)
    height = tensor.shape.length(ofDimension: 1)
    width = tensor.shape.length(ofDimension: 2)
    depthStride = tensor.byteStride(ofDimension: 0)
    rowStride = tensor.byteStride(ofDimension: 1)
    sampleSize = tensor.sampleSize
    pixelSize = lanes * sampleSize
    // A single pixel has no stride; any will do, and this one makes the row dense.
    pixelStride = width == 1 ? pixelSize : tensor.byteStride(ofDimension: 2)
  }

  /// Planes of the same lengths that are contiguous, wherever they are, but for slices that have `rows` rows.
  init(packed volume: Volume, rows: Int) {
    (channels, planes) = (volume.channels, volume.planes)
    (depth, height, width) = (volume.depth, volume.height, volume.width)
    (sampleSize, pixelSize, pixelStride) = (volume.sampleSize, volume.pixelSize, volume.pixelSize)
    rowStride = width * pixelSize
    depthStride = rows * rowStride
    channelStride = depth * depthStride
    batchStride = channels * channelStride
    origin = UnsafeMutableRawPointer(bitPattern: Workspace.cacheLine)!
  }

  var hasDenseRows: Bool { pixelStride == pixelSize }

  /// Whether the rows of a slice lie one behind the other.
  var hasDenseSlices: Bool { hasDenseRows && (height == 1 || rowStride == width * pixelSize) }

  /// Whether every row starts at a multiple of `alignment` bytes.
  func isAligned(to alignment: Int) -> Bool {
    let bits = Int(bitPattern: origin) | batchStride | channelStride | depthStride | rowStride
    return bits & (alignment - 1) == 0
  }

  /// How far every row starts behind a cache line; 0 where that is not the same for all.
  var rowShift: Int {
    let line = Workspace.cacheLine - 1
    return (batchStride | channelStride | depthStride | rowStride) & line == 0 ? Int(bitPattern: origin) & line : 0
  }

  /// One of the planes.
  struct Plane {
    fileprivate let origin: UnsafeMutableRawPointer
    fileprivate let depthStride: Int
    fileprivate let rowStride: Int

    func row(_ z: Int, _ y: Int) -> UnsafeMutableRawPointer { origin + (z * depthStride + y * rowStride) }
  }

  func plane(_ index: Int) -> Plane {
    Plane(
      origin: origin + (index / channels * batchStride + index % channels * channelStride), depthStride: depthStride,
      rowStride: rowStride)
  }

  /// One of the planes, as if the first of them were at `address`.
  func plane(_ index: Int, at address: UnsafeMutableRawPointer) -> Plane {
    Plane(origin: address + index * channelStride, depthStride: depthStride, rowStride: rowStride)
  }

  /// How many adjacent samples make a pixel of both tensors: the channels, if these are adjacent in both, or else 1.
  static func lanes(_ input: Tensor, _ output: Tensor) -> Int {
    let channels = input.shape.channels
    guard channels > 1 else { return 1 }
    let isInterleaved = input.byteStride(1) == input.sampleSize && output.byteStride(1) == output.sampleSize
    return isInterleaved ? channels : 1
  }
}
