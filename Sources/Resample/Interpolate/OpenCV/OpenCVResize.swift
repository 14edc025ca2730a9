import CShims
import ResampleGeometry

/// The arguments of OpenCV's resize as they came from the caller, not yet checked.
package struct OpenCVResizeOptions {
  package var interpolation = OpenCVInterpolation.linear
  /// The size of the output; unless both are above 0, `fx` and `fy` decide.
  package var width = 0
  package var height = 0
  package var fx = 0.0
  package var fy = 0.0
  /// What OpenCV computes where it was built with Intel's IPP, as its packages for x86-64 are.
  package var usesIPP = true
  /// 100 * major + minor
  package var release = 500

  package init() {}

  var nearestExact: OpenCVAxis.NearestExact {
    release >= 500 ? .steps : release >= 408 ? .fixedPointByParity : .fixedPoint
  }
}

/// OpenCV's resize of an image (H, W) or (H, W, C).
@export(interface) package func openCVResize(
  _ image: Tensor, _ options: OpenCVResizeOptions, _ output: Tensor, _ instructionSet: InstructionSet
) throws(ResampleError) {
  // Before the plan: tables for an output that nobody has memory for may take all there is.
  let request = try OpenCVImage(image.shape, image.dtype, options)
  try output.require("output", request.outputShape, image.dtype)
  try ResizePlan(request, instructionSet).execute(image, output)
}

extension Shape {
  /// That of the output of `openCVResize`.
  @export(interface) package static func ofOpenCVResize(
    _ shape: Shape, _ dtype: Dtype, _ options: OpenCVResizeOptions
  ) throws(ResampleError) -> Shape {
    try OpenCVImage(shape, dtype, options).outputShape
  }
}

extension ResizePlan {
  /// The plan of `openCVResize`, to be destroyed in the end.
  @export(interface) package static func make(
    shape: Shape, dtype: Dtype, _ options: OpenCVResizeOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<ResizePlan> {
    try Owned.make(ResizePlan(OpenCVImage(shape, dtype, options), instructionSet))
  }

  fileprivate init(_ image: OpenCVImage, _ instructionSet: InstructionSet) throws(ResampleError) {
    self.init(image.dtype, inputShape: image.shape)
    append(try image.step(instructionSet))
  }
}

/// An image, and what becomes of it.
private struct OpenCVImage {
  let shape: Shape
  let dtype: Dtype
  let outputShape: Shape
  private let options: OpenCVResizeOptions
  private let rows: OpenCVAxis
  private let columns: OpenCVAxis

  init(_ shape: Shape, _ dtype: Dtype, _ options: OpenCVResizeOptions) throws(ResampleError) {
    guard shape.rank == 2 || shape.rank == 3 else {
      throw .invalidValue("src must be (H, W) or (H, W, C), got \(shape.rank)-D")
    }
    for axis in 0..<shape.rank {
      guard shape[axis] >= 1, shape[axis] <= Shape.longestAxis else {
        throw .invalidValue("src must have from 1 to \(Shape.longestAxis) rows, columns and channels, got \(shape)")
      }
    }
    (columns, rows) = try OpenCVImage.axes(shape, options)
    var output = shape
    (output[0], output[1]) = (rows.outputLength, columns.outputLength)
    (self.shape, self.dtype, self.options, outputShape) = (shape, dtype, options, output)
    guard !copies else { return }
    guard dtype == .uint8 || dtype == .uint16 || dtype == .int16 || dtype == .float32 || dtype == .float64 else {
      throw .invalidType("src must be uint8, uint16, int16, float32 or float64 unless samples are copied, got \(dtype)")
    }
    guard options.interpolation != .area || !shrinks || cells != nil || channels <= 4 else {
      throw .invalidValue("area by fractions of samples takes up to 4 channels, got \(channels)")
    }
  }

  /// Of the width, and of the height.
  private static func axes(
    _ shape: Shape, _ options: OpenCVResizeOptions
  ) throws(ResampleError) -> (OpenCVAxis, OpenCVAxis) {
    if options.width > 0 && options.height > 0 {
      guard max(options.width, options.height) <= Shape.longestAxis else {
        throw .invalidValue("dsize must be up to \(Shape.longestAxis), got \(options.width) and \(options.height)")
      }
      func axis(_ input: Int, _ output: Int) -> OpenCVAxis {
        OpenCVAxis(inputLength: input, outputLength: output, factor: Double(output) / Double(input))
      }
      return (axis(shape[1], options.width), axis(shape[0], options.height))
    }
    func axis(_ input: Int, _ factor: Double) throws(ResampleError) -> OpenCVAxis {
      guard factor > 0 else { throw .invalidValue("dsize, or fx and fy, must be positive") }
      let length = (Double(input) * factor).rounded(.toNearestOrEven)
      guard length >= 1, length <= Double(Shape.longestAxis) else {
        throw .invalidValue("fx and fy must give lengths from 1 to \(Shape.longestAxis), got \(factor) for \(input)")
      }
      return OpenCVAxis(inputLength: input, outputLength: Int(length), factor: factor)
    }
    return (try axis(shape[1], options.fx), try axis(shape[0], options.fy))
  }

  private var channels: Int { shape.rank == 3 ? shape[2] : 1 }

  /// The image keeps its size, and its samples, whatever the interpolation.
  private var isUnchanged: Bool { shape[0] == outputShape[0] && shape[1] == outputShape[1] }

  private var copies: Bool {
    isUnchanged || options.interpolation == .nearest || options.interpolation == .nearestExact
  }

  private var shrinks: Bool { rows.scale >= 1 && columns.scale >= 1 }

  /// Both sides of a cell, where cells are of whole samples.
  private var cells: (height: Int, width: Int)? {
    guard let height = rows.cellLength, let width = columns.cellLength else { return nil }
    return (height, width)
  }

  private var isHalved: Bool {
    if let cells { cells.height == 2 && cells.width == 2 } else { false }
  }

  /// Whether IPP computes this, where it is there.
  private func isOfIPP(_ interpolation: OpenCVInterpolation) -> Bool {
    guard options.usesIPP, channels != 2 else { return false }
    return switch interpolation {
    case .linear: dtype != .uint8 && min(shape[0], shape[1]) >= 2
    case .cubic: dtype != .float64 && min(shape[0], shape[1]) >= 4
    default: false
    }
  }

  func step(_ instructionSet: InstructionSet) throws(ResampleError) -> ResizeStep {
    if isUnchanged { return try step(nil, rows.copy, columns.copy, instructionSet) }
    var interpolation = options.interpolation
    if interpolation == .linearExact && dtype.isFloatingPoint { interpolation = .linear }
    let isExact = isOfIPP(interpolation)
    // OpenCV's linear averages where it halves.
    let isMean =
      isHalved && (interpolation == .linear && !isExact || interpolation == .linearExact && channels != 2)
    if isMean { interpolation = .area }
    switch interpolation {
    case .nearest: return try step(nil, rows.nearest, columns.nearest, instructionSet)
    case .nearestExact:
      let version = options.nearestExact
      return try step(nil, rows.nearestExact(version), columns.nearestExact(version), instructionSet)
    case .area where shrinks:
      if let cells, dtype.isInteger { return try averages(cells, instructionSet) }
      // For the bits of bytes, the sums of float32 round after each product.
      return try step(weighted, rows.cells, columns.cells, dtype == .uint8 ? .baseline : instructionSet)
    case .area: return try neighbours(.shares, isDouble: false, instructionSet)
    case .linear: return try neighbours(.linear, isDouble: isExact, instructionSet)
    case .cubic: return try neighbours(.cubic, isDouble: isExact, instructionSet)
    case .lanczos4: return try neighbours(.lanczos4, isDouble: isExact, instructionSet)
    case .linearExact:
      // The sums are whole numbers of 2 * bits fractional bits, which float64 holds.
      let precision = WeightPrecision.fixedPointDistance(bits: dtype == .uint8 ? 8 : 16)
      let (rows, columns) = (
        rows.neighbours(.linear, isDouble: true, precision), columns.neighbours(.linear, isDouble: true, precision)
      )
      if dtype == .uint8 { return try blending(rows, columns, isExact: true, instructionSet) }
      return try step(weighted?.widened, rounding: .halfUp, rows, columns, instructionSet)
    }
  }

  private func averages(
    _ cells: (height: Int, width: Int), _ instructionSet: InstructionSet
  ) throws(ResampleError) -> ResizeStep {
    let isWithin = cells.height * outputShape[0] <= shape[0] && cells.width * outputShape[1] <= shape[1]
    let count = cells.height.multipliedReportingOverflow(by: cells.width)
    // float32 holds sums of as many, so that it does not matter how they are added up.
    guard dtype != .uint8, isWithin, !count.overflow, count.partialValue <= 256 else {
      return .averageCells(CellAverages(dtype, shape, outputShape, cells, instructionSet))
    }
    if isHalved && channels != 2 {
      return try step(weighted?.widened, rounding: .halfUp, rows.cells, columns.cells, instructionSet)
    }
    return try step(
      weighted?.widened, rounding: .halfToEvenTimes(1 / Float(count.partialValue)), rows.cellSums, columns.cellSums,
      instructionSet)
  }

  @inline(never)
  private func blending(
    _ rows: Axis, _ columns: Axis, isExact: Bool, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> ResizeStep {
    .blendBytes(
      try Owned.make(
        ByteBlending(shape, outputShape, rows: rows, columns: columns, isExact: isExact, instructionSet)))
  }

  private var weighted: SampleFormat? { SampleFormat(dtype, .area) }

  /// Weights of bytes have 11 bits in OpenCV's own code, and sums none behind the point of the second pass.
  @inline(never)
  private func neighbours(
    _ filter: NeighbourFilter, isDouble: Bool, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> ResizeStep {
    guard dtype == .uint8 && !isDouble else {
      // Weights are float32 for samples of float64, too.
      let precision = isDouble ? WeightPrecision.full : .float32
      let isDouble = isDouble || dtype == .float64
      return try step(
        weighted, rows.neighbours(filter, isDouble: isDouble, precision),
        columns.neighbours(filter, isDouble: isDouble, precision), instructionSet)
    }
    let (rows, columns) = (
      rows.neighbours(filter, isDouble: false, .fixedPoint(bits: 11)),
      columns.neighbours(filter, isDouble: false, .fixedPoint(bits: 11))
    )
    if filter == .linear || filter == .shares {
      return try blending(rows, columns, isExact: false, instructionSet)
    }
    return try step(weighted?.widened, rounding: .halfUp, rows, columns, instructionSet)
  }

  @inline(never)
  private func step(
    _ format: SampleFormat?, rounding: IntegerRounding = .halfToEven, _ rows: Axis, _ columns: Axis,
    _ instructionSet: InstructionSet
  ) throws(ResampleError) -> ResizeStep {
    let request = try InterpolateRequest(
      shape: shape, dtype: dtype, AxisSelection(rank: shape.rank) { $0 < 2 }, order: .widthFirst, rounding: rounding,
      format, axes: [nil, rows, columns])
    return .resample(try InterpolatePlan.make(request, instructionSet))
  }
}
