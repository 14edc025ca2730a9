import CShims
import ResampleGeometry

/// The inputs and attributes of ONNX's Resize as they came from the caller, not yet checked. An axis has an entry of
/// `scales` or of `sizes`, and one of `crops`, in the order of `axes`.
package struct OnnxResizeOptions {
  package var rules = OnnxResize()
  package var policy = AspectRatioPolicy.stretch
  package var extrapolationValue = 0.0
  /// The axes that the entries are about, from the back where they are negative; none: all of them.
  package var axisCount = 0
  package var scaleCount = 0
  package var sizeCount = 0
  package var axes = InlineArray<8, Int>(repeating: 0)
  package var scales = InlineArray<8, Double>(repeating: 1)
  package var sizes = InlineArray<8, Int>(repeating: 0)
  /// nil: the whole of every axis.
  fileprivate var crops: InlineArray<8, OnnxResize.Crop>?

  package init() {}

  /// Sets the part of the axis of an entry that tf_crop_and_resize resamples, from 0, its first sample, to 1, its last.
  package mutating func crop(_ entry: Int, from start: Double, to end: Double) {
    var known = crops ?? InlineArray(repeating: .all)
    known[entry] = OnnxResize.Crop(start: start, end: end)
    crops = known
  }

  /// keep_aspect_ratio_policy
  package enum AspectRatioPolicy: Int32 {
    case stretch = 0
    case notLarger = 1
    case notSmaller = 2
  }
}

extension InterpolateRequest {
  /// ONNX's Resize.
  @export(interface) package init(shape: Shape, dtype: Dtype, _ options: OnnxResizeOptions) throws(ResampleError) {
    let rules = options.rules
    let isWeighted = rules.mode != .nearest
    var format: SampleFormat?
    if isWeighted {
      format = SampleFormat(summing: dtype)
      guard format != nil else { throw .unweighable(dtype, rules.mode == .linear ? "linear" : "cubic") }
    } else if rules.antialias || rules.excludesOutside {
      throw .invalidValue("antialias and exclude_outside are options of linear and cubic, not of nearest")
    }
    let lengths = try OnnxAxes(shape, options)
    var selection = AxisSelection(rank: shape.rank) { lengths.isSelected($0) }
    var region = InlineArray<3, Range<Int>>(repeating: 0..<1)
    var axes = InlineArray<3, Axis?>(repeating: nil)
    let isCropped = rules.coordinates == .tfCropAndResize
    for dimension in 0..<3 {
      guard let axis = selection.axis(ofDimension: dimension) else { continue }
      guard shape[axis] > 0 else {
        axes[dimension] = .empty
        region[dimension] = 0..<0
        continue
      }
      var (rules, crop) = (rules, lengths.crops[axis])
      // Coordinates ascend: an axis that is cropped from its end is read from there.
      if crop.end < crop.start {
        selection.reverse(axis)
        (rules.nearest, crop) = (rules.nearest.reversed, crop.reversed)
      }
      let taps = rules.axis(from: shape[axis], to: lengths.outputs[axis], factor: lengths.factors[axis], crop: crop)
      axes[dimension] = taps
      region[dimension] = isCropped ? OnnxResize.samplesInside(taps) : 0..<taps.outputLength
    }
    try self.init(
      shape: shape, dtype: dtype, selection, region: region,
      surroundings: isCropped ? options.extrapolationValue : nil, format, axes: axes)
  }
}

extension SampleFormat {
  /// Of conventions that weight integers as they do floating-point numbers: the sums of integers are float64's, so that none
  /// of them is rounded to the wrong side.
  init?(summing dtype: Dtype) {
    guard let format = SampleFormat(dtype, .area) else { return nil }
    self = dtype.isInteger ? format.widened : format
  }
}

/// What becomes of every axis of a tensor.
private struct OnnxAxes {
  private let rank: Int
  /// 0: no length that is possible.
  private(set) var outputs = InlineArray<8, Int>(repeating: 1)
  private(set) var factors = InlineArray<8, Double>(repeating: 1)
  private(set) var crops = InlineArray<8, OnnxResize.Crop>(repeating: .all)
  private var isResampled = InlineArray<8, Bool>(repeating: false)

  init(_ shape: Shape, _ options: OnnxResizeOptions) throws(ResampleError) {
    rank = shape.rank
    guard rank > 0 else { throw .invalidValue("X must have at least one axis") }
    let count = options.axisCount == 0 ? rank : options.axisCount
    guard count <= rank else { throw .invalidValue("axes must have at most \(rank) entries, got \(count)") }
    guard (options.scaleCount == 0) != (options.sizeCount == 0) else {
      throw .invalidValue("either scales or sizes must be given")
    }
    guard options.scaleCount == 0 || options.scaleCount == count else {
      throw .invalidValue("scales must have \(count) entries, got \(options.scaleCount)")
    }
    guard options.sizeCount == 0 || options.sizeCount == count else {
      throw .invalidValue("sizes must have \(count) entries, got \(options.sizeCount)")
    }
    let isCropped = options.rules.coordinates == .tfCropAndResize
    guard !isCropped || options.crops != nil else {
      throw .invalidValue("roi must be given for tf_crop_and_resize")
    }
    var seen = InlineArray<8, Bool>(repeating: false)
    var (least, most) = (Double.infinity, 0.0)
    for index in 0..<count {
      let axis = try OnnxAxes.axis(index, options, rank)
      guard !seen[axis] else { throw .invalidValue("axes names axis \(axis) twice") }
      seen[axis] = true
      if options.sizeCount != 0 {
        try resize(axis, shape[axis], to: options.sizes[index])
        if shape[axis] > 0 { (least, most) = (min(least, factors[axis]), max(most, factors[axis])) }
      } else {
        try resize(axis, shape[axis], by: options.scales[index])
      }
      if isCropped, let crop = options.crops?[index] {
        let isCrop = abs(crop.start) <= OnnxAxes.farthest && abs(crop.end) <= OnnxAxes.farthest
        guard isCrop else { throw .invalidValue("roi must be finite, from -1e6 to 1e6") }
        crops[axis] = crop
      }
    }
    for axis in 0..<rank {
      guard seen[axis], shape[axis] > 0 else {
        outputs[axis] = shape[axis]
        continue
      }
      if options.sizeCount != 0 && options.policy != .stretch {
        factors[axis] = options.policy == .notLarger ? least : most
        let length = (factors[axis] * Double(shape[axis]) + 0.5).rounded(.down)
        outputs[axis] = length <= Double(Shape.longestAxis) ? Int(length) : 0
      }
      guard outputs[axis] >= 1, outputs[axis] <= Shape.longestAxis else {
        throw .invalidValue("axis \(axis) of \(shape[axis]) samples must get from 1 to \(Shape.longestAxis)")
      }
      if options.rules.isCopied(shape[axis], outputs[axis], factors[axis], crops[axis]) { continue }
      guard shape[axis] <= Shape.longestAxis else { throw .tooLong(axis, shape[axis]) }
      isResampled[axis] = true
    }
    let changed = (0..<rank).count { isResampled[$0] }
    guard changed <= AxisSelection.most else {
      throw .notImplemented("at most \(AxisSelection.most) axes can change at once, got \(changed)")
    }
    isResampled.selectNeighbours(of: shape)
  }

  private mutating func resize(_ axis: Int, _ length: Int, to size: Int) throws(ResampleError) {
    guard length > 0 || size == 0 else {
      throw .invalidValue("sizes must be 0 for axis \(axis), which is empty, got \(size)")
    }
    guard length == 0 || size >= 1 && size <= Shape.longestAxis else {
      throw .invalidValue("sizes must be from 1 to \(Shape.longestAxis), got \(size) for axis \(axis)")
    }
    outputs[axis] = size
    if length > 0 { factors[axis] = Double(size) / Double(length) }
  }

  private mutating func resize(_ axis: Int, _ length: Int, by scale: Double) throws(ResampleError) {
    guard scale > 0, scale.isFinite else { throw .invalidValue("scales must be positive and finite, got \(scale)") }
    outputs[axis] = outputLength(of: length, factor: scale, longest: Shape.longestAxis) ?? 0
    factors[axis] = scale
  }

  /// Beyond any use, and far from overflow.
  private static let farthest = 1e6

  private static func axis(_ index: Int, _ options: OnnxResizeOptions, _ rank: Int) throws(ResampleError) -> Int {
    guard options.axisCount != 0 else { return index }
    let axis = options.axes[index]
    guard axis >= -rank, axis < rank else {
      throw .invalidValue("axes must be from \(-rank) to \(rank - 1), got \(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }

  func isSelected(_ axis: Int) -> Bool { isResampled[axis] }
}
