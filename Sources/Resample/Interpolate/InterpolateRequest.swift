import ResampleGeometry

/// One resampling, checked: what an input of one shape and dtype becomes, and from what its gradient comes.
package struct InterpolateRequest {
  package let dtype: Dtype
  /// What results are; float32 where that is another.
  package let writtenDtype: Dtype
  /// Of what is written.
  let sampleSize: Int
  /// As (N, C, spatial axes), like all shapes here but for those of tensors.
  package let inputShape: Shape
  /// That of the region of the output that is computed.
  package let outputShape: Shape
  /// The output samples that are computed, by dimension.
  private let region: InlineArray<3, Range<Int>>
  /// Depth, height and width of the whole resampling; an axis that the input does not have keeps its length 1.
  private let axes: InlineArray<3, Axis>
  /// The gradient of the output is read and that of the input written, through the transposed tables.
  let isBackward: Bool
  /// nil: samples are copied, whatever they mean.
  let format: SampleFormat?
  let order: PassPreference
  let rounding: IntegerRounding
  let low: Double
  let high: Double
  var isClamped: Bool { low > -.infinity || high < .infinity }
  /// How tensors of other axes are seen as (N, C, spatial axes); nil where they are that.
  let selection: AxisSelection?
  let readTensorShape: Shape
  package let writtenTensorShape: Shape
  /// What the samples around the region are, where the output is the whole.
  let surroundings: Double?

  /// PyTorch's. The checks follow its order.
  @export(interface) package init(
    shape: Shape, dtype: Dtype, _ options: InterpolateOptions, isBackward: Bool = false
  ) throws(ResampleError) {
    let mode = try InterpolateRequest.mode(options)
    try InterpolateRequest.checkSizeOrFactor(shape, options)
    try InterpolateRequest.checkAntialias(mode, options)
    guard mode.spatialRanks.contains(shape.spatialRank) else { throw .rank(of: shape, mode) }

    let sampling = mode.sampling(antialias: options.antialias)
    let isClamped = options.low != nil || options.high != nil
    if SampleFormat(dtype, sampling) == nil && (isClamped || !mode.isNearest) {
      if isClamped && mode.isNearest { throw .invalidType("clamp does not take \(dtype)") }
      throw .unweighable(dtype, mode.name)
    }
    if isBackward {
      guard dtype.isFloatingPoint else {
        throw .invalidType("gradients must be float32, float64, float16 or bfloat16, got \(dtype)")
      }
      guard !isClamped else { throw .invalidValue("clamp has no backward here") }
    }
    guard let sampleSize = dtype.size else { throw .invalidType("\(dtype) is no dtype known here") }

    try InterpolateRequest.checkInput(shape, mode)
    let (whole, factors) = try InterpolateRequest.resized(shape, mode, options)
    (outputShape, region) = try InterpolateRequest.region(of: whole, options)
    try InterpolateRequest.checkSize("an input", shape, sampleSize: sampleSize)
    try InterpolateRequest.checkSize("an output", whole, sampleSize: sampleSize)
    (low, high) = try InterpolateRequest.bounds(dtype, options)
    (self.dtype, writtenDtype) = (dtype, dtype)
    self.sampleSize = sampleSize
    let (read, written) = isBackward ? (whole, shape) : (shape, whole)
    let format =
      mode.isNearest && !isClamped && !isBackward
      ? nil
      : SampleFormat(dtype, sampling, longestWindow: InterpolateRequest.longestWindow(from: read, to: written))
    let samples = InterpolateRequest.sampleKind(dtype, mode, format?.workingType, roundsWeights: !isBackward)
    let isSmallImage =
      shape.spatialRank == 2
      && Convention.isSmallPyTorchImage(
        height: whole.length(ofDimension: 1), width: whole.length(ofDimension: 2))
    let convention = Convention.pytorch(
      mode, antialias: options.antialias, alignCorners: options.alignCorners ?? false, samples,
      isSmallImage: isSmallImage)
    axes = InterpolateRequest.axes(from: shape, to: whole, isDouble: samples.isDouble) { dimension in
      Axis(
        inputLength: shape.length(ofDimension: dimension), outputLength: whole.length(ofDimension: dimension),
        factor: factors[dimension], convention)
    }
    self.format = format
    // 8-bit samples are rounded after each pass.
    order = format?.workingType == .fixedPoint ? .widthFirst : .cheaper
    rounding = .halfToEven
    self.isBackward = isBackward
    inputShape = shape
    selection = nil
    surroundings = nil
    readTensorShape = isBackward ? outputShape : shape
    writtenTensorShape = isBackward ? shape : outputShape
  }

  /// Another convention's: the axes of a tensor that are resampled, and how: `axes` has one for each dimension that `selection`
  /// has. `surroundings`: what the samples of the output are that lie outside `region`, which is all of it otherwise.
  /// `isFloat32`: results are, whatever the input is, by `SampleFormat.init(float32Of:)`.
  @inline(never)
  init(
    shape: Shape, dtype: Dtype, _ selection: AxisSelection, region: InlineArray<3, Range<Int>>? = nil,
    surroundings: Double? = nil, isFloat32: Bool = false, order: PassPreference = .cheaper,
    rounding: IntegerRounding = .halfToEven, _ format: SampleFormat?, axes selected: InlineArray<3, Axis?>
  ) throws(ResampleError) {
    guard let readSize = dtype.size else { throw .invalidType("\(dtype) is no dtype known here") }
    // Before lengths are multiplied.
    try InterpolateRequest.checkSize("an input", shape, sampleSize: readSize)
    let planes = selection.planes(ofShape: shape)
    var whole = planes
    let isDouble = format?.workingType == .float64
    axes = InterpolateRequest.axes(from: planes, to: planes, isDouble: isDouble) { selected[$0]! }
    var (part, ranges) = (planes, InlineArray<3, Range<Int>>(repeating: 0..<1))
    for dimension in 0..<3 {
      guard let axis = planes.axis(ofDimension: dimension) else { continue }
      let length = axes[dimension].outputLength
      ranges[dimension] = region?[dimension] ?? 0..<length
      (whole[axis], part[axis]) = (length, ranges[dimension].count)
      // There is no table of nothing; where the part is empty, none is used.
      if ranges[dimension].isEmpty && length > 0 { ranges[dimension] = 0..<1 }
    }
    writtenTensorShape = selection.tensorShape(ofPlanes: surroundings == nil ? part : whole, like: shape)
    readTensorShape = shape
    (self.dtype, writtenDtype) = (dtype, isFloat32 ? .float32 : dtype)
    sampleSize = isFloat32 ? 4 : readSize
    // Of the wider ones.
    try InterpolateRequest.checkSize("an output", writtenTensorShape, sampleSize: max(readSize, sampleSize))
    self.region = ranges
    self.format = format
    self.selection = selection
    self.surroundings = surroundings
    self.order = order
    self.rounding = rounding
    (inputShape, outputShape) = (planes, part)
    (low, high) = (-.infinity, .infinity)
    isBackward = false
  }

  private static func axes(
    from input: Shape, to output: Shape, isDouble: Bool, _ axis: (Int) -> Axis
  ) -> InlineArray<3, Axis> {
    var axes = InlineArray<3, Axis>(
      repeating: Axis(
        inputLength: 1, outputLength: 1, Convention(sampling: .area, isDouble: isDouble, copiesEqualLengths: true)))
    for dimension in 0..<3 where input.axis(ofDimension: dimension) != nil { axes[dimension] = axis(dimension) }
    return axes
  }

  /// What an execution reads, and what it writes.
  package var readShape: Shape { isBackward ? outputShape : inputShape }
  package var writtenShape: Shape { isBackward ? inputShape : outputShape }

  /// The output samples of depth (0), height (1) or width (2) that are computed.
  func outputs(ofDimension dimension: Int) -> Range<Int> { region[dimension] }

  /// Depth (0), height (1) or width (2) of the whole resampling.
  func axis(ofDimension dimension: Int) -> Axis { axes[dimension] }

  /// The samples that an output sample covers along the axis that shrinks most.
  static func longestWindow(from input: Shape, to output: Shape) -> Int {
    var longest = 1
    for axis in 2..<input.rank where output[axis] > 0 { longest = max(longest, input[axis] / output[axis]) }
    return longest
  }

  /// By what PyTorch chooses its precision. It rounds weights to float16 and bfloat16 in the forward direction alone.
  static func sampleKind(
    _ dtype: Dtype, _ mode: Mode, _ workingType: WorkingType?, roundsWeights: Bool
  ) -> SampleKind {
    if mode.isNearest { return dtype == .float64 ? .float64 : .float32 }
    return switch workingType {
    case .float64: .float64
    case .fixedPoint: .fixedPoint
    default:
      switch dtype {
      case .float16 where roundsWeights: .float16
      case .bfloat16 where roundsWeights: .bfloat16
      default: .float32
      }
    }
  }
}

extension InterpolateRequest {
  static func mode(_ options: InterpolateOptions) throws(ResampleError) -> Mode {
    guard let mode = Mode(rawValue: options.mode) else { throw .invalidValue("there is no mode \(Int(options.mode))") }
    if let alignCorners = options.alignCorners, !mode.takesAlignCorners {
      // PyTorch lets lanczos state the only value that it has; other filters follow it.
      guard mode.requiresAntialias, !alignCorners else {
        throw .invalidValue("align_corners is no option of \(mode.name)")
      }
    }
    return mode
  }

  private static func checkSizeOrFactor(_ shape: Shape, _ options: InterpolateOptions) throws(ResampleError) {
    guard (3...5).contains(shape.rank) else {
      throw .notImplemented("input must be 3-D (N, C, W), 4-D (N, C, H, W) or 5-D (N, C, D, H, W), got \(shape.rank)-D")
    }
    guard options.sizeCount == 0 || options.scaleFactorCount == 0 else {
      throw .invalidValue("either size or scale_factor must be given, got both")
    }
    guard options.sizeCount != 0 || options.scaleFactorCount != 0 else {
      throw .invalidValue("either size or scale_factor must be given, got neither")
    }
    let rank = shape.spatialRank
    if options.sizeCount != 0 {
      guard options.sizeCount == rank else {
        throw .invalidValue("size must have \(rank) entries for a \(shape.rank)-D input, got \(options.sizeCount)")
      }
      guard !options.recomputeScaleFactor else {
        throw .invalidValue("recompute_scale_factor needs scale_factor, got size")
      }
    } else {
      guard options.scaleFactorCount == rank else {
        throw .invalidValue(
          "scale_factor must have \(rank) entries for a \(shape.rank)-D input, got \(options.scaleFactorCount)")
      }
    }
  }

  static func checkAntialias(_ mode: Mode, _ options: InterpolateOptions) throws(ResampleError) {
    guard !options.antialias || mode.takesAntialias else {
      throw .invalidValue("antialias is no option of \(mode.name)")
    }
    guard options.antialias || !mode.requiresAntialias else {
      throw .invalidValue("\(mode.name) needs antialias=True")
    }
  }

  private static func checkSize(_ name: StaticString, _ shape: Shape, sampleSize: Int) throws(ResampleError) {
    guard shape.byteCount(sampleSize: sampleSize) != nil else {
      throw .invalidValue("\(name) of shape \(shape) is too large")
    }
  }

  private static func checkInput(_ shape: Shape, _ mode: Mode) throws(ResampleError) {
    guard shape.channels > 0 || mode == .area else {
      throw .invalidValue("input of shape \(shape) has no channels")
    }
    for axis in 2..<shape.rank {
      guard shape[axis] > 0 else { throw .invalidValue("input of shape \(shape) has an empty spatial axis") }
      guard shape[axis] <= Shape.longestAxis else { throw .tooLong(axis, shape[axis]) }
    }
  }

  /// The shape of the output, and the factors that the coordinates are computed with, by dimension.
  private static func resized(
    _ shape: Shape, _ mode: Mode, _ options: InterpolateOptions
  ) throws(ResampleError) -> (Shape, InlineArray<3, Double?>) {
    var output = shape
    var factors = InlineArray<3, Double?>(repeating: nil)
    for index in 0..<shape.spatialRank {
      let axis = index + 2
      if options.sizeCount != 0 {
        let length = options.size[index]
        // PyTorch's area is adaptive pooling, which makes nothing of something.
        let shortest = mode == .area ? 0 : 1
        guard length >= shortest else {
          throw .invalidValue("size must be at least \(shortest) on every axis, got \(length)")
        }
        guard length <= Shape.longestAxis else { throw .tooLong(axis, length) }
        output[axis] = length
        continue
      }
      let factor = options.scaleFactor[index]
      guard factor.isFinite, factor > 0 || (mode == .area && factor == 0) else {
        throw .invalidValue("scale_factor must be positive and finite, got \(factor)")
      }
      let resized = outputLength(of: shape[axis], factor: factor, longest: Shape.longestAxis)
      guard let length = resized ?? (mode == .area && factor < 1 ? 0 : nil) else {
        throw .invalidValue(
          "scale_factor \(factor) of an axis of \(shape[axis]) samples gives no length from 1 to \(Shape.longestAxis)")
      }
      output[axis] = length
      // area has no factor but the one that the lengths give
      if !options.recomputeScaleFactor && mode != .area { factors[3 - shape.spatialRank + index] = factor }
    }
    return (output, factors)
  }

  /// The shape of the region that is wanted of an output, and the samples that it has, by dimension.
  private static func region(
    of whole: Shape, _ options: InterpolateOptions
  ) throws(ResampleError) -> (Shape, InlineArray<3, Range<Int>>) {
    var shape = whole
    var ranges = InlineArray<3, Range<Int>>(repeating: 0..<1)
    for index in 0..<whole.spatialRank {
      let length = whole[index + 2]
      var (start, stop) = (0, length)
      if let wanted = options.region[index] {
        (start, stop) = (wanted.start, wanted.stop ?? length)
        guard start >= 0, start < stop, stop <= length else {
          throw .invalidValue(
            "region must be a part of 0 to \(length) on axis \(index + 2) of the output, got \(start) to \(stop)")
        }
      }
      ranges[3 - whole.spatialRank + index] = start..<stop
      shape[index + 2] = stop - start
    }
    return (shape, ranges)
  }

  /// The bounds of clamp; an integer dtype's are integers, so that rounding cannot cross them.
  private static func bounds(_ dtype: Dtype, _ options: InterpolateOptions) throws(ResampleError) -> (Double, Double) {
    var low = options.low ?? -.infinity
    var high = options.high ?? .infinity
    guard low <= high else {
      throw .invalidValue("clamp needs a low bound that is not above the high one, got \(low) and \(high)")
    }
    if dtype.isInteger {
      low.round(.up)
      high.round(.down)
      guard low <= high else { throw .invalidValue("clamp leaves no value of \(dtype)") }
    }
    return (low, high)
  }
}

extension ResampleError {
  fileprivate static func rank(of shape: Shape, _ mode: Mode) -> ResampleError {
    let rank = mode.spatialRanks.lowerBound + 2
    return .notImplemented("\(mode.name) takes a \(rank)-D input, got \(shape.rank)-D")
  }

  static func unweighable(_ dtype: Dtype, _ mode: StaticString) -> ResampleError {
    .invalidType(
      """
      \(mode) does not take \(dtype); it takes float32, float64, float16, bfloat16, uint8, int8, int16, uint16 \
      and int32, nearest and nearest-exact take every dtype
      """)
  }

  static func tooLong(_ axis: Int, _ length: Int) -> ResampleError {
    .invalidValue("axis \(axis) has \(length) samples; at most \(Shape.longestAxis) are possible")
  }
}
