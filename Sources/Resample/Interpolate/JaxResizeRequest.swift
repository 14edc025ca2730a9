import ResampleGeometry

/// The arguments of jax.image.resize, or of scale_and_translate, as they came from the caller, not yet checked.
package struct JaxResizeOptions {
  package var method = JaxMethod.linear
  package var antialias = true
  /// The lengths of the output.
  package var shape = InlineArray<8, Int>(repeating: 0)
  /// Of scale_and_translate: its spatial_dims, from the back where they are negative, with an entry of the others each; nil:
  /// resize.
  package var axisCount: Int?
  package var axes = InlineArray<8, Int>(repeating: 0)
  package var scales = InlineArray<8, Double>(repeating: 1)
  package var translations = InlineArray<8, Double>(repeating: 0)

  package init() {}
}

extension InterpolateRequest {
  /// JAX's resize and scale_and_translate. Integers become float32, but for nearest.
  @inline(never)
  @export(interface) package init(shape: Shape, dtype: Dtype, _ options: JaxResizeOptions) throws(ResampleError) {
    guard shape.rank > 0 else { throw .invalidValue("image must have at least one axis") }
    var rules = JaxResize()
    (rules.method, rules.antialias) = (options.method, options.antialias)
    rules.isDouble = dtype == .float64
    rules.weightPrecision = dtype == .float16 ? .float16 : dtype == .bfloat16 ? .bfloat16 : .full
    let isNearest = options.method == .nearest
    let format =
      isNearest ? nil : dtype.isInteger ? SampleFormat(float32Of: dtype) : SampleFormat(dtype, .area)
    guard isNearest || format != nil else { throw .unweighable(dtype, options.method.name) }
    let entries = try JaxResizeOptions.entries(options, shape)
    var isChanged = InlineArray<8, Bool>(repeating: false)
    for axis in 0..<shape.rank {
      let (length, output) = (shape[axis], options.shape[axis])
      isChanged[axis] = entries[axis] != nil || output != length
      guard isChanged[axis] else { continue }
      guard options.axisCount == nil || entries[axis] != nil else {
        throw .invalidValue("shape has \(output) samples on axis \(axis), which is none of spatial_dims, got \(length)")
      }
      guard length > 0, length <= Shape.longestAxis, output > 0, output <= Shape.longestAxis else {
        throw .invalidValue(
          "an axis can have from 1 to \(Shape.longestAxis) samples, got \(length) and \(output) on axis \(axis)")
      }
    }
    let changed = (0..<shape.rank).count { isChanged[$0] }
    guard changed <= AxisSelection.most else {
      throw .notImplemented("at most \(AxisSelection.most) axes can change at once, got \(changed)")
    }
    isChanged.selectNeighbours(of: shape)
    let selection = AxisSelection(rank: shape.rank) { isChanged[$0] }
    var axes = InlineArray<3, Axis?>(repeating: nil)
    for dimension in 0..<3 {
      guard let axis = selection.axis(ofDimension: dimension) else { continue }
      let (length, output) = (shape[axis], options.shape[axis])
      axes[dimension] =
        if length == 0 {
          .empty
        } else if let entry = entries[axis] {
          rules.axis(
            from: length, to: output, scale: options.scales[entry], translation: options.translations[entry])
        } else {
          rules.axis(from: length, to: output)
        }
    }
    try self.init(
      shape: shape, dtype: dtype, selection, isFloat32: !isNearest && dtype.isInteger, format, axes: axes)
  }
}

extension JaxResizeOptions {
  private static let scales = 1e-6...1e6
  /// Beyond any use, and far from overflow.
  private static let farthest = 1e9

  /// The entry of each axis that is one of spatial_dims.
  fileprivate static func entries(
    _ options: JaxResizeOptions, _ shape: Shape
  ) throws(ResampleError) -> InlineArray<8, Int?> {
    var entries = InlineArray<8, Int?>(repeating: nil)
    guard let count = options.axisCount else { return entries }
    guard options.method != .nearest else { throw .invalidValue("scale_and_translate has no nearest") }
    for entry in 0..<count {
      let axis = options.axes[entry]
      guard axis >= -shape.rank, axis < shape.rank else {
        throw .invalidValue("spatial_dims must be from \(-shape.rank) to \(shape.rank - 1), got \(axis)")
      }
      let place = axis < 0 ? axis + shape.rank : axis
      guard entries[place] == nil else { throw .invalidValue("spatial_dims names axis \(place) twice") }
      entries[place] = entry
      let (scale, translation) = (options.scales[entry], options.translations[entry])
      guard JaxResizeOptions.scales.contains(scale) else {
        throw .invalidValue("scale must be from 1e-6 to 1e6, got \(scale)")
      }
      guard abs(translation) <= farthest else {
        throw .invalidValue("translation must be from -1e9 to 1e9, got \(translation)")
      }
    }
    return entries
  }
}
