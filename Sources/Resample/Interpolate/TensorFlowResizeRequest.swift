import ResampleGeometry

/// The arguments of tf.image.resize, and of its likes in tf.compat.v1.image, as they came from the caller, not yet checked.
package struct TensorFlowResizeOptions {
  package var rules = TensorFlowResize()
  package var preservesAspectRatio = false
  package var height = 0
  package var width = 0

  package init() {}
}

extension InterpolateRequest {
  /// TensorFlow's resize. Whatever the images are, the result is float32, but for nearest.
  @inline(never)
  @export(interface) package init(shape: Shape, dtype: Dtype, _ options: TensorFlowResizeOptions) throws(ResampleError)
  {
    guard shape.rank == 3 || shape.rank == 4 else {
      throw .invalidValue("images must be (H, W, C) or (N, H, W, C), got \(shape.rank)-D")
    }
    let rules = options.rules
    guard rules.coordinates == .halfPixel || !rules.antialias && !rules.method.requiresFilter else {
      throw .invalidValue("antialias and \(rules.method.name) have half-pixel centres alone")
    }
    let isNearest = rules.method == .nearest
    let format = isNearest ? nil : SampleFormat(float32Of: dtype)
    guard isNearest || format != nil else { throw .unweighable(dtype, rules.method.name) }
    let axis = shape.rank - 3
    let image = (height: shape[axis], width: shape[axis + 1])
    var size = (height: options.height, width: options.width)
    for index in axis...axis + 1 {
      guard shape[index] >= 1, shape[index] <= Shape.longestAxis else {
        throw .invalidValue("images must have from 1 to \(Shape.longestAxis) rows and columns, got \(shape)")
      }
    }
    try TensorFlowResizeOptions.check(size)
    if options.preservesAspectRatio {
      size = TensorFlowResize.size(keepingAspectOf: image, in: size)
      try TensorFlowResizeOptions.check(size)
    }
    try self.init(
      shape: shape, dtype: dtype, AxisSelection(rank: shape.rank) { $0 == axis || $0 == axis + 1 },
      isFloat32: !isNearest, format,
      axes: [
        nil, rules.axis(from: image.height, to: size.height), rules.axis(from: image.width, to: size.width),
      ])
  }
}

extension TensorFlowResizeOptions {
  fileprivate static func check(_ size: (height: Int, width: Int)) throws(ResampleError) {
    guard min(size.height, size.width) >= 1, max(size.height, size.width) <= Shape.longestAxis else {
      throw .invalidValue("size must be from 1 to \(Shape.longestAxis), got \(size.height) and \(size.width)")
    }
  }
}
