import ResampleGeometry

/// The images of a batch, of which the part is resized that their outputs show. All that may fail happens here, in memory of
/// the call: nothing of the caller's is written.
struct PreprocessExecution: ~Copyable, ThreadedWork {
  private let options: PreprocessOptions
  private let instructionSet: InstructionSet
  private let resizes: UnsafePointer<Lazy<ImageResize>>
  private let images: Values<Image>
  /// Of each image; several are resized at once.
  private let failures: Values<ResampleError?>
  private let bytes: Buffer<UInt8>

  /// An image of the batch.
  struct Image {
    /// (H, W, C)
    fileprivate let source: Tensor
    let placement: Placement
    /// Colours are blended by alpha before anything else.
    fileprivate let isBlended: Bool
    /// The first of its resized bytes, or nil where the image itself has what is shown.
    fileprivate var offset: Int?

    fileprivate var isResized: Bool { placement.resized != placement.image }

    /// What is resized of the image.
    fileprivate var readShape: Shape {
      var shape = source.shape
      if isBlended { shape[2] -= 1 }
      return shape
    }

    /// What is shown of the resized image.
    fileprivate var shownShape: Shape {
      var shape = readShape
      (shape[0], shape[1]) = (placement.rows.count, placement.columns.count)
      return shape
    }
  }

  @inline(never)
  init(
    _ options: PreprocessOptions, _ instructionSet: InstructionSet, _ resizes: UnsafePointer<Lazy<ImageResize>>,
    _ tensors: borrowing Values<Tensor>, outputSize: ImageSize
  ) throws(ResampleError) {
    var total = 0
    let images = try Values<Image>(count: tensors.count) { index throws(ResampleError) in
      let layout = try ImageLayout(tensors[index].shape, options)
      let source = Tensor(image: tensors[index])
      let placement = options.canvas.placement(
        of: layout.size, resized: options.size.size(of: layout.size), output: outputSize)
      let isShown = !placement.rows.isEmpty && !placement.columns.isEmpty
      guard isShown || options.border != .edge else {
        throw .invalidValue("the crop has nothing of image \(index): there is no edge to repeat")
      }
      var image = Image(
        source: source, placement: placement, isBlended: layout.hasAlpha && options.alpha == .overWhite)
      if isShown, image.isBlended || image.isResized {
        guard let size = image.shownShape.byteCount(sampleSize: 1) else { throw .outOfMemory(bytes: .max) }
        image.offset = total
        total = try checkedSum(total, size)
      }
      return image
    }
    let failures = try Values<ResampleError?>(count: images.count) { _ in nil }
    let bytes = try Buffer<UInt8>(count: total, isFilled: true)
    (self.options, self.instructionSet, self.resizes) = (options, instructionSet, resizes)
    self.images = images
    self.failures = failures
    self.bytes = bytes
  }

  var count: Int { images.count }

  /// As many images at a time as there are threads; a few have the threads for themselves, one after another.
  func resize() throws(ResampleError) {
    let threads = ThreadPool.threadCount
    if count < threads {
      for index in 0..<count { run(task: index, thread: 0) }
    } else {
      ThreadPool.run(self, tasks: count, threads: threads)
    }
    var first: ResampleError?
    for index in 0..<count {
      guard let failure = failures[index] else { continue }
      if first == nil { first = failure } else { failure.message.discard() }
    }
    if let first { throw first }
  }

  func run(task: Int, thread: Int) {
    do throws(ResampleError) {
      try resize(task)
    } catch {
      failures[task] = error
    }
  }

  /// Hands on nothing but the index: plans are made and executed below, and callers' stacks are small.
  private func resize(_ index: Int) throws(ResampleError) {
    guard images[index].offset != nil else { return }
    guard images[index].isResized else { return blend(index) }
    try resizes.pointee.with {
      isOf(index, $0)
    } make: { () throws(ResampleError) in
      try makeResize(index)
    } _: { resize throws(ResampleError) in
      try execute(resize, index)
    }
  }

  @inline(never)
  private func isOf(_ index: Int, _ resize: UnsafePointer<ImageResize>) -> Bool {
    resize.pointee.isOf(images[index].readShape, images[index].placement)
  }

  @inline(never)
  private func makeResize(_ index: Int) throws(ResampleError) -> UnsafeMutablePointer<ImageResize> {
    try Owned.make(ImageResize(images[index].readShape, images[index].placement, options, instructionSet))
  }

  @inline(never)
  private func execute(_ resize: UnsafePointer<ImageResize>, _ index: Int) throws(ResampleError) {
    let output = Tensor(contiguous: bytes.start + images[index].offset!, images[index].shownShape)
    guard images[index].isBlended else { return try resize.pointee.execute(images[index].source, output) }
    // Colours are blended where they are read alone.
    let (rows, columns) = try resize.pointee.sources()
    var shape = images[index].readShape
    (shape[0], shape[1]) = (rows.count, columns.count)
    guard let size = shape.byteCount(sampleSize: 1) else { throw .outOfMemory(bytes: .max) }
    let memory = try Buffer<UInt8>(count: size, isFilled: true)
    let blended = Tensor(contiguous: memory.start, shape)
    WhiteBackground(options.resizer).blend(images[index].source, rows: rows, columns: columns, blended)
    try resize.pointee.execute(blended, output)
    withExtendedLifetime(memory) {}
  }

  /// An image that keeps its size.
  @inline(never)
  private func blend(_ index: Int) {
    let output = Tensor(contiguous: bytes.start + images[index].offset!, images[index].shownShape)
    let placement = images[index].placement
    WhiteBackground(options.resizer).blend(
      images[index].source, rows: placement.shownRows, columns: placement.shownColumns, output)
  }

  /// What is shown of an image, channel by channel.
  func shown(_ index: Int) -> (Placement, Tensor) {
    let image = images[index]
    if let offset = image.offset {
      return (image.placement, Tensor(contiguous: bytes.start + offset, image.shownShape))
    }
    let (rows, columns) = (image.placement.shownRows, image.placement.shownColumns)
    return (image.placement, Tensor(image.source, rows: rows, columns: columns))
  }
}

extension Tensor {
  /// An image (H, W) or (H, W, C) as (H, W, C).
  fileprivate init(image: Tensor) {
    guard image.shape.rank == 2 else {
      self = image
      return
    }
    var shape = Shape(rank: 3)
    (shape[0], shape[1]) = (image.shape[0], image.shape[1])
    self.init(image, offset: 0, shape, [image.byteStride(0), image.byteStride(1), 1, 0, 0, 0, 0, 0])
  }

  /// A part of an image (H, W, C).
  fileprivate init(_ image: Tensor, rows: Range<Int>, columns: Range<Int>) {
    var shape = image.shape
    (shape[0], shape[1]) = (rows.count, columns.count)
    self.init(
      image, offset: rows.lowerBound * image.byteStride(0) + columns.lowerBound * image.byteStride(1), shape,
      [image.byteStride(0), image.byteStride(1), image.byteStride(2), 0, 0, 0, 0, 0])
  }
}
