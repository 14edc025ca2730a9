import ResampleGeometry

/// The arguments of Pillow's Image.resize as they came from the caller, not yet checked.
package struct PillowResizeOptions {
  package var filter = PillowFilter.bicubic
  package var width = 0
  package var height = 0
  /// Left, upper, right and lower edge of the part that is resampled; nil: the whole image.
  package var box: InlineArray<4, Double>?
  /// nil: no image is averaged before it is resampled.
  package var reducingGap: Double?
  /// The last channel is alpha: colours count as much as they are opaque.
  package var hasAlpha = false
  package var release = PillowRelease.newest
  /// The rows and the columns of the result that are wanted of an image of uint8; nil: all.
  package var region: (rows: Range<Int>, columns: Range<Int>)?

  package init() {}
}

/// What a release does otherwise than another.
package struct PillowRelease {
  /// 100 * major + minor
  private let number: Int

  package static let newest = PillowRelease(1300)

  package init(_ number: Int) { self.number = number }

  /// Before, reducing_gap was forgotten where there is alpha.
  var reducesAlpha: Bool { number >= 1300 }

  /// Whether the height comes first, for whole images.
  func isHeightFirst(from image: (height: Int, width: Int), to output: (height: Int, width: Int)) -> Bool {
    let (lostRows, lostColumns) = (image.height - output.height, image.width - output.width)
    if number >= 1300 { return lostRows > 0 && lostRows > 2 * lostColumns }
    return number >= 1202 && image.height > 100 * image.width && lostRows > 0
  }
}

/// Pillow's Image.resize of an image (H, W) or (H, W, C).
@export(interface) package func pillowResize(
  _ image: Tensor, _ options: PillowResizeOptions, _ output: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  try ResizePlan(image.shape, image.dtype, options, instructionSet).execute(image, output)
}

/// Pillow's Image.reduce: `box` has the left, upper, right and lower edge of what is read.
@export(interface) package func pillowReduce(
  _ image: Tensor, factorX: Int, factorY: Int, box: InlineArray<4, Int>?, hasAlpha: Bool, _ output: Tensor
) throws(ResampleError) {
  try ResizePlan(
    reducing: image.shape, dtype: image.dtype, factorX: factorX, factorY: factorY, box: box, hasAlpha: hasAlpha
  ).execute(image, output)
}

extension ResizePlan {
  /// The plan of `pillowResize`, to be destroyed in the end.
  @export(interface) package static func make(
    shape: Shape, dtype: Dtype, _ options: PillowResizeOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<ResizePlan> {
    try Owned.make(ResizePlan(shape, dtype, options, instructionSet))
  }

  init(
    _ shape: Shape, _ dtype: Dtype, _ options: PillowResizeOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    self.init(dtype, inputShape: shape)
    let image = try PillowImage(shape, dtype, options)
    guard !image.isUnchanged else {
      append(.resample(try image.copy(instructionSet)))
      return
    }
    let hasAlpha = options.hasAlpha && options.filter != .nearest
    if hasAlpha { append(.premultiply(shape)) }
    var resampled = image
    if !hasAlpha || options.release.reducesAlpha, let (means, reduced) = try image.reduction() {
      guard dtype != .uint16 else { throw .invalidValue("reducing_gap does not take uint16") }
      append(.average(means))
      resampled = reduced
    }
    try resampled.appendPasses(to: &self, instructionSet)
    if hasAlpha { append(.unpremultiply(outputShape)) }
  }
}

extension ResizePlan {
  fileprivate init(
    reducing shape: Shape, dtype: Dtype, factorX: Int, factorY: Int, box: InlineArray<4, Int>?, hasAlpha: Bool
  ) throws(ResampleError) {
    self.init(dtype, inputShape: shape)
    guard shape.rank == 2 || shape.rank == 3 else {
      throw .invalidValue("image must be (H, W) or (H, W, C), got \(shape.rank)-D")
    }
    guard dtype == .uint8 || dtype == .int32 || dtype == .float32 else {
      throw .invalidType("image must be uint8, int32 or float32, got \(dtype)")
    }
    guard !hasAlpha || dtype == .uint8 && shape.rank == 3 && shape[2] >= 2 else {
      throw .invalidValue("alpha is the last of at least two channels of uint8")
    }
    let most = Shape.longestAxis
    guard factorX >= 1, factorY >= 1, factorX <= most, factorY <= most else {
      throw .invalidValue("factor must be from 1 to \(most), got \(factorX) and \(factorY)")
    }
    let box = box ?? [0, 0, shape[1], shape[0]]
    guard box[0] >= 0, box[1] >= 0, box[2] <= shape[1], box[3] <= shape[0], box[0] < box[2], box[1] < box[3] else {
      throw .invalidValue("box must be a part of the image that is not empty")
    }
    let (columns, rows) = (box[0]..<box[2], box[1]..<box[3])
    if hasAlpha { append(.premultiply(shape)) }
    append(
      .average(CellMeans(dtype, shape, cellHeight: factorY, cellWidth: factorX, rows: rows, columns: columns)))
    if hasAlpha { append(.unpremultiply(outputShape)) }
  }
}
