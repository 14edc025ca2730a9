import ResampleGeometry

/// Images to what a network reads: resized, cropped or padded, and from levels to numbers. It never changes once made, but for
/// the plans of the first sizes of images that come, which it keeps.
package struct Preprocess: ~Copyable {
  private let options: PreprocessOptions
  private let levels: LevelTable
  private let instructionSet: InstructionSet
  private let resizes: Lazy<ImageResize>
  private static let sizesKept = 16

  private init(_ options: PreprocessOptions, _ instructionSet: InstructionSet) throws(ResampleError) {
    try options.check()
    let levels = try LevelTable(options, instructionSet)
    let resizes = try Lazy<ImageResize>(count: Preprocess.sizesKept)
    (self.options, self.instructionSet) = (options, instructionSet)
    self.levels = levels
    self.resizes = resizes
  }

  /// To be destroyed in the end.
  @export(interface) package static func make(
    _ options: PreprocessOptions, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<Preprocess> {
    try Owned.make(Preprocess(options, instructionSet))
  }

  @export(interface) package static func destroy(_ preprocess: UnsafeMutablePointer<Preprocess>?) {
    Owned.destroy(preprocess)
  }

  /// Where an image that is alone lies in its output.
  @export(interface) package func placement(of image: ImageSize) throws(ResampleError) -> Placement {
    let resized = try resizedSize(of: image)
    if case .padded(let size) = options.canvas.extent {
      guard resized.height <= size.height, resized.width <= size.width else {
        throw .invalidValue(
          """
          an image that is resized to \(resized.height) by \(resized.width) is too large to be padded to \
          \(size.height) by \(size.width)
          """)
      }
    }
    return options.canvas.placement(of: image, resized: resized, output: options.canvas.size(ofResized: resized))
  }

  private func resizedSize(of image: ImageSize) throws(ResampleError) -> ImageSize {
    guard image.height >= 1, image.width >= 1, max(image.height, image.width) <= Shape.longestAxis else {
      throw .invalidValue(
        "an image must have from 1 to \(Shape.longestAxis) rows and columns, got \(image.height) and \(image.width)")
    }
    let resized = options.size.size(of: image)
    guard resized.height >= 1, resized.width >= 1, max(resized.height, resized.width) <= Shape.longestAxis else {
      throw .invalidValue(
        """
        an image of \(image.height) rows and \(image.width) columns would be resized to \(resized.height) and \
        \(resized.width)
        """)
    }
    return resized
  }

  /// The shape of what `count` images become together.
  @export(interface) package func outputShape(
    count: Int, _ image: (Int) throws(ResampleError) -> Shape
  ) throws(ResampleError) -> Shape {
    var shape = Shape(rank: 4)
    var (size, channels) = (ImageSize(height: 0, width: 0), 0)
    for index in 0..<count {
      let layout = try ImageLayout(image(index), options)
      let placement = try placement(of: layout.size)
      if index == 0 { (size, channels) = (placement.output, layout.channels) }
      guard layout.channels == channels else {
        throw .invalidValue(
          "images must have channels alike, got \(channels) of the first and \(layout.channels) of image \(index)")
      }
      if case .largest = options.canvas.extent {
        size.height = max(size.height, placement.output.height)
        size.width = max(size.width, placement.output.width)
        continue
      }
      guard placement.output == size else {
        throw .invalidValue(
          """
          image 0 becomes \(size.height) by \(size.width) and image \(index) \(placement.output.height) by \
          \(placement.output.width): a batch needs a crop or padding
          """)
      }
    }
    guard count > 0 else { throw .invalidValue("there must be at least one image") }
    (shape[0], shape[1], shape[2], shape[3]) =
      options.isChannelsLast
      ? (count, size.height, size.width, channels) : (count, channels, size.height, size.width)
    guard shape.byteCount(sampleSize: levels.sampleSize) != nil else {
      throw .invalidValue("an output of shape \(shape) is too large")
    }
    return shape
  }

  /// Nothing is written when it fails.
  @export(interface) package func execute(
    count: Int, _ image: (Int) throws(ResampleError) -> Tensor, _ output: Tensor
  ) throws(ResampleError) {
    // Functions of their own, here and below: what one has on the stack is gone before the next.
    let images = try Values<Tensor>(count: count, image)
    try check(images, output)
    try write(images, options.isChannelsLast ? Tensor(channelsFirst: output) : output)
  }

  @inline(never)
  private func check(_ images: borrowing Values<Tensor>, _ output: Tensor) throws(ResampleError) {
    let shape = try outputShape(count: images.count) { images[$0].shape }
    try output.require("output", shape, options.dtype)
    for index in 0..<images.count {
      let dtype = images[index].dtype
      guard dtype == .uint8 else { throw .invalidType("images must be uint8, got \(dtype)") }
      try output.requireApart(from: images[index], "images")
    }
  }

  /// The output is (N, C, H, W).
  @inline(never)
  private func write(_ images: borrowing Values<Tensor>, _ output: Tensor) throws(ResampleError) {
    let size = ImageSize(height: output.shape[2], width: output.shape[3])
    try withUnsafePointer(to: resizes) { resizes throws(ResampleError) in
      let execution = try PreprocessExecution(options, instructionSet, resizes, images, outputSize: size)
      try execution.resize()
      withUnsafePointer(to: execution) { writeLevels(of: $0, output) }
    }
  }

  @inline(never)
  private func writeLevels(of execution: UnsafePointer<PreprocessExecution>, _ output: Tensor) {
    withUnsafePointer(to: levels) { LevelPass(options, instructionSet, $0, execution, output).run() }
  }
}

/// How an image (H, W) or (H, W, C) is read.
struct ImageLayout {
  let size: ImageSize
  /// Of the output.
  let channels: Int
  let hasAlpha: Bool

  init(_ shape: Shape, _ options: PreprocessOptions) throws(ResampleError) {
    guard shape.rank == 2 || shape.rank == 3, shape.rank == 2 || 1...LevelRule.mostColours + 1 ~= shape[2] else {
      throw .invalidValue("an image must be (H, W) or (H, W, C) with 1 to 4 channels, got shape \(shape)")
    }
    size = ImageSize(height: shape[0], width: shape[1])
    let read = shape.rank == 2 ? 1 : shape[2]
    hasAlpha = read == 2 || read == 4
    guard !hasAlpha || options.alpha != .refused else {
      throw .invalidValue("an image must have 1 or 3 channels, got \(read)")
    }
    let colours = hasAlpha ? read - 1 : read
    channels = options.channels ?? colours
    guard channels == colours || colours == 1 else {
      throw .invalidValue("an image of \(colours) colours cannot become one of \(channels) channels")
    }
  }
}

extension PreprocessOptions {
  fileprivate func check() throws(ResampleError) {
    guard let mode = Mode(rawValue: mode), mode.spatialRanks.contains(2) else {
      throw .invalidValue("there is no mode \(Int(self.mode)) of images")
    }
    if resizer == .pillow {
      guard mode.pillowFilter != nil else { throw .invalidValue("Pillow has no filter \(mode.name)") }
      guard antialias || mode.isNearest else { throw .invalidValue("Pillow's filters always antialias") }
    } else {
      guard antialias || !mode.requiresAntialias else { throw .invalidValue("\(mode.name) needs antialias") }
    }
    if let channels {
      guard channels == 1 || channels == 3 else { throw .invalidValue("channels must be 1 or 3, got \(channels)") }
    }
    try checkNumbers()
    switch size {
    case .unchanged: break
    case .exactly(let size), .within(let size, _), .covering(let size, _): try checkSize("size", size)
    case .shortestEdge(let edge, let longest):
      try checkEdges(edge, longest)
    case .shortestEdgeRounded(let edge, let longest, let multiple):
      try checkEdges(edge, longest)
      try checkEdge("edge_multiple", multiple)
    case .longestEdge(let edge): try checkEdge("longest_edge", edge)
    }
    switch canvas.extent {
    case .resized, .largest: break
    case .cropped(let size): try checkSize("crop", size)
    case .padded(let size): try checkSize("pad", size)
    }
    try checkEdge("multiple", canvas.multiple)
    if case .at(let top, let left) = canvas.anchor {
      guard max(top.magnitude, left.magnitude) <= UInt(Shape.longestAxis) else {
        throw .invalidValue("a crop must begin within \(Shape.longestAxis) samples, got \(top) and \(left)")
      }
    }
    if case .largest = canvas.extent {
      guard case .topLeft = canvas.anchor else {
        throw .invalidValue("images that are padded to the largest lie at its top and its left")
      }
    }
  }

  private func checkNumbers() throws(ResampleError) {
    guard dtype == .float32 || dtype == .float16 || dtype == .bfloat16 || dtype == .uint8 else {
      throw .invalidType("dtype must be float32, float16, bfloat16 or uint8, got \(dtype)")
    }
    // Both are float32 somewhere.
    let (factor, divisor) = (Float(levels.rescale), Float(1 / levels.rescale))
    guard factor > 0, factor.isFinite, divisor > 0, divisor.isFinite else {
      throw .invalidValue("rescale must be positive and finite, got \(levels.rescale)")
    }
    guard dtype != .uint8 || levels.rescale == 1 && levels.normalization == nil else {
      throw .invalidValue("uint8 takes neither rescale nor mean and std")
    }
    for channel in 0..<mostChannels {
      if let (mean, std) = levels.normalization {
        guard Float(mean[channel]).isFinite, Float(std[channel]).isFinite, Float(std[channel]) != 0 else {
          throw .invalidValue("mean must be finite, and std too and not 0, got \(mean[channel]) and \(std[channel])")
        }
      }
      let fill = fill[channel]
      switch border {
      case .level:
        guard fill >= 0, fill <= 255, fill == fill.rounded(.toNearestOrEven) else {
          throw .invalidValue("fill must be a level from 0 to 255, got \(fill)")
        }
      case .value:
        guard fill.isFinite else { throw .invalidValue("fill must be finite, got \(fill)") }
      case .edge: break
      }
    }
  }

  private func checkEdge(_ name: StaticString, _ edge: Int) throws(ResampleError) {
    guard 1...SizeRule.longestEdge ~= edge else {
      throw .invalidValue("\(name) must be from 1 to \(SizeRule.longestEdge), got \(edge)")
    }
  }

  private func checkEdges(_ shortest: Int, _ longest: Int?) throws(ResampleError) {
    try checkEdge("shortest_edge", shortest)
    if let longest { try checkEdge("longest_edge", longest) }
  }

  private func checkSize(_ name: StaticString, _ size: ImageSize) throws(ResampleError) {
    guard 1...SizeRule.longestEdge ~= size.height, 1...SizeRule.longestEdge ~= size.width else {
      throw .invalidValue(
        "\(name) must be from 1 to \(SizeRule.longestEdge) on every axis, got \(size.height) and \(size.width)")
    }
  }
}

extension Mode {
  /// What Pillow calls it.
  var pillowFilter: PillowFilter? {
    switch self {
    case .nearest: .nearest
    case .bilinear: .bilinear
    case .bicubic: .bicubic
    case .filter(.lanczos): .lanczos
    case .filter(.hamming): .hamming
    case .filter(.box): .box
    default: nil
    }
  }
}
