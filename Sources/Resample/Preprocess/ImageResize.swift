import ResampleGeometry

/// The resampling of images (H, W, C) of uint8 of one shape, of whose result the part is computed that is shown.
struct ImageResize: ~Copyable {
  /// Belongs to this: what is kept of a size is small, as long as it is passed about.
  private let plan: UnsafeMutablePointer<ResizePlan>
  private let resizer: PreprocessOptions.Resizer
  private let shape: Shape
  private let size: ImageSize
  private let rows: Range<Int>
  private let columns: Range<Int>

  init(
    _ shape: Shape, _ placement: Placement, _ options: PreprocessOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    (resizer, self.shape) = (options.resizer, shape)
    (size, rows, columns) = (placement.resized, placement.shownRows, placement.shownColumns)
    switch options.resizer {
    case .pytorch: plan = try ImageResize.pytorchPlan(shape, placement, options, instructionSet)
    case .pillow: plan = try ImageResize.pillowPlan(shape, placement, options, instructionSet)
    }
  }

  // Functions of their own: what plans are made of leaves the stack before they are executed.

  @inline(never)
  private static func pytorchPlan(
    _ shape: Shape, _ placement: Placement, _ options: PreprocessOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<ResizePlan> {
    let (rows, columns) = (placement.shownRows, placement.shownColumns)
    var resize = InterpolateOptions()
    resize.mode = options.mode
    resize.antialias = options.antialias && Mode(rawValue: options.mode)!.takesAntialias
    (resize.sizeCount, resize.size[0], resize.size[1]) = (2, placement.resized.height, placement.resized.width)
    resize.region[0] = (rows.lowerBound, rows.upperBound)
    resize.region[1] = (columns.lowerBound, columns.upperBound)
    var planes = Shape(rank: 4)
    (planes[0], planes[1], planes[2], planes[3]) = (1, shape[2], shape[0], shape[1])
    return try ResizePlan.make(InterpolateRequest(shape: planes, dtype: .uint8, resize), instructionSet)
  }

  @inline(never)
  private static func pillowPlan(
    _ shape: Shape, _ placement: Placement, _ options: PreprocessOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<ResizePlan> {
    var resize = PillowResizeOptions()
    resize.filter = Mode(rawValue: options.mode)!.pillowFilter!
    (resize.width, resize.height) = (placement.resized.width, placement.resized.height)
    resize.region = (placement.shownRows, placement.shownColumns)
    return try ResizePlan.make(shape: shape, dtype: .uint8, resize, instructionSet)
  }

  deinit { ResizePlan.destroy(plan) }

  /// Whether it is that of images of this shape, of which the same is shown.
  func isOf(_ shape: Shape, _ placement: Placement) -> Bool {
    self.shape == shape && size == placement.resized && rows == placement.shownRows && columns == placement.shownColumns
  }

  /// The rows and the columns of the image that are read.
  func sources() throws(ResampleError) -> (rows: Range<Int>, columns: Range<Int>) {
    let axes = try plan.pointee.resampling()
    return (axes.pointee.axis(ofDimension: 1).pointee.sources, axes.pointee.axis(ofDimension: 2).pointee.sources)
  }

  /// `input` is all of the image, or the part of it that is read; nothing is written when it fails.
  @inline(never)
  func execute(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    switch resizer {
    case .pytorch: try plan.pointee.execute(Tensor(planesOf: input), Tensor(planesOf: output))
    case .pillow: try plan.pointee.execute(input, output)
    }
  }
}

extension Tensor {
  /// An image (H, W, C) as (1, C, H, W).
  fileprivate init(planesOf image: Tensor) {
    var shape = Shape(rank: 4)
    (shape[1], shape[2], shape[3]) = (image.shape[2], image.shape[0], image.shape[1])
    self.init(
      image, offset: 0, shape, [0, image.byteStride(2), image.byteStride(0), image.byteStride(1), 0, 0, 0, 0])
  }
}
