/// A tensor (N, C, W), (N, C, H, W) or (N, C, D, H, W) as planes of rows: where each row starts, and how far apart its
/// pixels are.
///
/// Channels are planes of their own or, where they are adjacent in memory, the samples of a pixel.
struct Planes<Address: Strideable> where Address.Stride == Int {
  let origin: Address
  let images: Int
  /// The planes of an image.
  let channels: Int
  let depth: Int
  let height: Int
  let width: Int
  /// In bytes, as all strides here.
  let imageStride: Int
  let channelStride: Int
  let depthStride: Int
  let rowStride: Int
  let pixelStride: Int
  let pixelSize: Int
  let sampleSize: Int

  fileprivate init(_ tensor: Tensor, at origin: Address, samplesPerPixel: Int) {
    self.origin = origin
    channels = tensor.shape.channels / samplesPerPixel
    images = tensor.shape.batch
    depth = tensor.shape.length(ofDimension: 0)
    height = tensor.shape.length(ofDimension: 1)
    width = tensor.shape.length(ofDimension: 2)
    imageStride = tensor.byteStride(0)
    channelStride = tensor.byteStride(1)
    depthStride = tensor.byteStride(ofDimension: 0)
    rowStride = tensor.byteStride(ofDimension: 1)
    sampleSize = tensor.sampleSize
    pixelSize = samplesPerPixel * sampleSize
    // A single pixel has no stride: this one makes the row dense.
    pixelStride = width == 1 ? pixelSize : tensor.byteStride(ofDimension: 2)
  }

  /// Contiguous planes of the same lengths as `planes`, but with slices of `rows` rows, the first at `origin`.
  init<Other>(packing planes: Planes<Other>, rows: Int, at origin: Address) {
    self.origin = origin
    (images, channels) = (planes.images, planes.channels)
    (depth, height, width) = (planes.depth, planes.height, planes.width)
    (sampleSize, pixelSize, pixelStride) = (planes.sampleSize, planes.pixelSize, planes.pixelSize)
    rowStride = width * pixelSize
    depthStride = rows * rowStride
    channelStride = depth * depthStride
    imageStride = channels * channelStride
  }

  var count: Int { images * channels }

  /// One of the planes.
  struct Plane {
    fileprivate let origin: Address
    fileprivate let depthStride: Int
    let rowStride: Int

    /// Row y of slice z.
    func row(_ z: Int, _ y: Int) -> Address { origin.advanced(by: z * depthStride + y * rowStride) }
  }

  /// The `index`-th of all planes, image by image.
  subscript(index: Int) -> Plane {
    Plane(
      origin: origin.advanced(by: index / channels * imageStride + index % channels * channelStride),
      depthStride: depthStride, rowStride: rowStride)
  }

  func row(image: Int, channel: Int, z: Int = 0, y: Int) -> Address {
    origin.advanced(by: image * imageStride + channel * channelStride + z * depthStride + y * rowStride)
  }

  /// The `index`-th row of all slices of a channel.
  func row(image: Int, channel: Int, index: Int) -> Address {
    row(image: image, channel: channel, z: index / height, y: index % height)
  }

  var hasDenseRows: Bool { pixelStride == pixelSize }

  /// Whether a row of a slice begins where a pixel after the last of the row before it would.
  var hasJoinedRows: Bool { height == 1 || rowStride == width * pixelStride }

  /// Whether the rows of a slice are contiguous.
  var hasDenseSlices: Bool { hasDenseRows && hasJoinedRows }

  /// Whether the slices of a plane are, too.
  var hasDensePlanes: Bool { hasDenseSlices && (depth == 1 || depthStride == height * width * pixelSize) }
}

extension Planes where Address: _Pointer {
  /// Whether every row starts at a multiple of the sample's size.
  var isAligned: Bool {
    let bits = Int(bitPattern: origin) | imageStride | channelStride | depthStride | rowStride
    return bits & (sampleSize - 1) == 0
  }

  /// The bytes from a cache line to the start of every row; 0 where they differ.
  var shiftFromCacheLine: Int {
    let line = ScratchLayout.cacheLine - 1
    return (imageStride | channelStride | depthStride | rowStride) & line == 0 ? Int(bitPattern: origin) & line : 0
  }
}

extension Planes where Address == UnsafeRawPointer {
  init(reading tensor: Tensor, samplesPerPixel: Int = 1) {
    self.init(tensor, at: tensor.origin, samplesPerPixel: samplesPerPixel)
  }

  /// The adjacent samples that make a pixel of both tensors: the channels, if these are adjacent in both, or else 1.
  static func samplesPerPixel(_ input: Tensor, _ output: Tensor) -> Int {
    let channels = input.shape.channels
    guard channels > 1 else { return 1 }
    let isInterleaved = input.byteStride(1) == input.sampleSize && output.byteStride(1) == output.sampleSize
    return isInterleaved ? channels : 1
  }
}

extension Planes where Address == UnsafeMutableRawPointer {
  init(writing tensor: Tensor, samplesPerPixel: Int = 1) {
    self.init(tensor, at: tensor.mutableOrigin, samplesPerPixel: samplesPerPixel)
  }
}

typealias SourcePlanes = Planes<UnsafeRawPointer>
typealias TargetPlanes = Planes<UnsafeMutableRawPointer>
