import ResampleGeometry

/// An image, and the part of it that is resampled.
struct PillowImage {
  let shape: Shape
  let dtype: Dtype
  let options: PillowResizeOptions
  /// The edges, as they came.
  let left: Double
  let top: Double
  let right: Double
  let bottom: Double

  private var height: Int { shape[0] }
  private var width: Int { shape[1] }

  init(_ shape: Shape, _ dtype: Dtype, _ options: PillowResizeOptions) throws(ResampleError) {
    guard shape.rank == 2 || shape.rank == 3 else {
      throw .invalidValue("image must be (H, W) or (H, W, C), got \(shape.rank)-D")
    }
    guard dtype == .uint8 || dtype == .uint16 || dtype == .int32 || dtype == .float32 else {
      throw .invalidType("image must be uint8, uint16, int32 or float32, got \(dtype)")
    }
    guard !options.hasAlpha || dtype == .uint8 && shape.rank == 3 && shape[2] >= 2 else {
      throw .invalidValue("alpha is the last of at least two channels of uint8")
    }
    for axis in 0..<2 {
      guard shape[axis] >= 1, shape[axis] <= Shape.longestAxis else {
        throw .invalidValue("image must have from 1 to \(Shape.longestAxis) rows and columns, got \(shape)")
      }
    }
    guard options.width >= 1, options.height >= 1, max(options.width, options.height) <= Shape.longestAxis else {
      throw .invalidValue("size must be from 1 to \(Shape.longestAxis), got \(options.width) and \(options.height)")
    }
    if let gap = options.reducingGap {
      guard gap >= 1 else { throw .invalidValue("reducing_gap must be at least 1, got \(gap)") }
    }
    let box = options.box ?? [0, 0, Double(shape[1]), Double(shape[0])]
    try self.init(shape, dtype, options, box)
  }

  private init(
    _ shape: Shape, _ dtype: Dtype, _ options: PillowResizeOptions, _ box: InlineArray<4, Double>
  ) throws(ResampleError) {
    (self.shape, self.dtype, self.options) = (shape, dtype, options)
    (left, top, right, bottom) = (box[0], box[1], box[2], box[3])
    guard Float(left) >= 0, Float(top) >= 0 else { throw .invalidValue("box must not begin before the image") }
    guard Float(right) <= Float(shape[1]), Float(bottom) <= Float(shape[0]) else {
      throw .invalidValue("box must not end after the image")
    }
    guard Float(right) > Float(left), Float(bottom) > Float(top) else { throw .invalidValue("box must not be empty") }
  }

  /// The whole image, with its own size.
  var isUnchanged: Bool {
    options.width == width && options.height == height && left == 0 && top == 0 && right == Double(width)
      && bottom == Double(height)
  }

  /// The samples of a part of the image that begins at a sample and has the size of the output.
  func copy(
    _ instructionSet: InstructionSet, left: Int = 0, top: Int = 0
  ) throws(ResampleError) -> UnsafeMutablePointer<InterpolatePlan> {
    try InterpolatePlan.make(
      try request(
        shape, nil, height: PillowFilter.copy(from: height, to: options.height, start: top),
        width: PillowFilter.copy(from: width, to: options.width, start: left)), instructionSet)
  }

  /// An axis of more samples that keeps them all needs no table, which would be as large as an image.
  private static let longestKept = 1 << 20

  /// A resampling of an image of `shape` along both axes, or along one where the other keeps many samples.
  @inline(never)
  private func request(
    _ shape: Shape, _ format: SampleFormat?, order: PassPreference = .cheaper, rounding: IntegerRounding = .halfToEven,
    height: Axis, width: Axis
  ) throws(ResampleError) -> InterpolateRequest {
    let region: InlineArray<3, Range<Int>>? = options.region.map { [0..<1, $0.rows, $0.columns] }
    func isLeftOut(_ axis: Axis) -> Bool {
      axis.isCopied && axis.inputLength > PillowImage.longestKept && region == nil
    }
    let hasHeight = !isLeftOut(height)
    let hasWidth = !hasHeight || !isLeftOut(width)
    return try InterpolateRequest(
      shape: shape, dtype: dtype, AxisSelection(rank: shape.rank) { $0 == 0 && hasHeight || $0 == 1 && hasWidth },
      region: region, order: order, rounding: rounding, format,
      axes: hasHeight && hasWidth ? [nil, height, width] : [nil, nil, hasHeight ? height : width])
  }

  private var heightAxis: Axis {
    options.filter.axis(
      from: height, to: options.height, start: Float(top), end: Float(bottom), sumsPositions: dtype != .uint16)
  }

  private var widthAxis: Axis {
    options.filter.axis(
      from: width, to: options.width, start: Float(left), end: Float(right), sumsPositions: dtype != .uint16)
  }

  func appendPasses(to plan: inout ResizePlan, _ instructionSet: InstructionSet) throws(ResampleError) {
    let (left, top) = (Float(left), Float(top))
    if left == left.rounded(.towardZero), top == top.rounded(.towardZero),
      Float(right) - left == Float(options.width), Float(bottom) - top == Float(options.height)
    {
      return plan.append(.resample(try copy(instructionSet, left: Int(left), top: Int(top))))
    }
    let isHeightFirst = options.release.isHeightFirst(
      from: (height, width), to: (options.height, options.width))
    if options.filter == .nearest || dtype == .uint8 {
      let format = options.filter == .nearest ? nil : SampleFormat(dtype, .antialiased(.box))
      return plan.append(
        .resample(
          try InterpolatePlan.make(
            try request(
              shape, format, order: isHeightFirst ? .heightFirst : .widthFirst, height: heightAxis, width: widthAxis),
            instructionSet)))
    }
    // The image between the passes is one of the dtype, and Pillow is compiled for every processor.
    try appendPass(alongHeight: isHeightFirst, to: &plan, .baseline)
    try appendPass(alongHeight: !isHeightFirst, to: &plan, .baseline)
  }

  /// Appends the pass along one axis of what the plan has made until then; the other axis keeps its samples.
  @inline(never)
  private func appendPass(
    alongHeight: Bool, to plan: inout ResizePlan, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let axis = alongHeight ? heightAxis : widthAxis
    let read = plan.outputShape
    guard read[alongHeight ? 0 : 1] != axis.outputLength || !axis.convention.copiesEqualLengths else { return }
    let request = try request(
      read, SampleFormat(dtype, .area)?.widened,
      rounding: dtype == .int32 ? .halfAwayOrLeast : dtype.isInteger ? .halfAway : .halfToEven,
      height: alongHeight ? axis : .identity(read[0]), width: alongHeight ? .identity(read[1]) : axis)
    plan.append(.resample(try InterpolatePlan.make(request, instructionSet)))
  }

  /// The means that reducing_gap asks for, and what is left to be resampled of them.
  func reduction() throws(ResampleError) -> (CellMeans, PillowImage)? {
    guard let gap = options.reducingGap, let filter = options.filter.filter else { return nil }
    let (scaleX, scaleY) = ((right - left) / Double(options.width), (bottom - top) / Double(options.height))
    let (cellWidth, cellHeight) = (max(Int(scaleX / gap), 1), max(Int(scaleY / gap), 1))
    guard cellWidth > 1 || cellHeight > 1 else { return nil }
    // As many samples beside the box as the filter could reach.
    let (reachX, reachY) = ((filter.support - 0.5) * scaleX, (filter.support - 0.5) * scaleY)
    let columns = max(0, Int(left - reachX))..<Int(min(Double(width), (right + reachX).rounded(.up)))
    let rows = max(0, Int(top - reachY))..<Int(min(Double(height), (bottom + reachY).rounded(.up)))
    let means = CellMeans(
      dtype, shape, cellHeight: cellHeight, cellWidth: cellWidth, rows: rows, columns: columns)
    let reduced = try PillowImage(
      means.outputShape, dtype, options,
      [
        (left - Double(columns.lowerBound)) / Double(cellWidth), (top - Double(rows.lowerBound)) / Double(cellHeight),
        (right - Double(columns.lowerBound)) / Double(cellWidth),
        (bottom - Double(rows.lowerBound)) / Double(cellHeight),
      ])
    return (means, reduced)
  }
}

extension Axis {
  /// An axis that a pass leaves alone.
  fileprivate static func identity(_ length: Int) -> Axis {
    Axis(
      inputLength: length, outputLength: length, Convention(sampling: .area, isDouble: true, copiesEqualLengths: true))
  }
}
