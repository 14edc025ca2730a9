import CShims

/// One run of grid_sample. A task makes some rows of the output: the taps of some points of a row are computed once, and
/// serve all channels.
///
/// Samples are read one by one. Where there are many of them, sixteen channels at a time are first copied to pixels of
/// sixteen samples, which one load reads.
struct GridSampleExecution {
  private let input: Tensor
  private let grid: Tensor
  private let output: Tensor
  private let format: SumFormat
  private let sampling: rsk_sampling
  /// The same for the image of pixels, if there is to be one.
  private let pixelSampling: rsk_sampling
  private let usesPixels: Bool
  private let tapCount: Int
  private let locate: rsk_locate
  private let sample: rsk_sample
  private let samplePixels: rsk_sample
  private let pixelRows: PixelRows
  private let conversion: rsk_conversion
  private let tasks: TaskGrid
  /// The rows that are copied to pixels.
  private let copies: TaskGrid
  /// Points whose taps are computed at a time.
  private let pointsAtOnce: Int
  private let coordinateOffset: Int
  private let offsetOffset: Int
  private let insideOffset: Int
  private let weightOffset: Int
  private let firstOffset: Int
  private let rowOffset: Int
  private let loadedOffset: Int
  private let threadBytes: Int
  private var memory: UnsafeMutableRawPointer?
  /// Blocks of sixteen channels that are pixels at a time.
  private let blocksAtOnce: Int
  private let blockSize: Int
  /// While tasks run: the image and the channels that are pixels now, and where these are.
  private var pixels: UnsafeMutableRawPointer?
  private var pixelImage = 0
  private var pixelChannels = 0..<0

  /// The taps of the points of one time stay in the cache.
  private static let tapsAtOnce = 1024
  /// What blocks of pixels may take, if one does not take more.
  private static let pixelBytes = 16 << 20

  init(
    _ options: GridSampleOptions, _ format: SumFormat, _ input: Tensor, _ grid: Tensor, _ output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.input, self.grid, self.output) = (input, grid, output)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    locate = format.sampleSize == 8 ? kernels.samplings.locate_float64! : kernels.samplings.locate_float32!
    sample = kernels.sample(format)
    samplePixels = kernels.samplings.pixels
    pixelRows = PixelRows(format, kernels)
    let dimensions = input.shape.spatialRank
    let sampleSize = input.sampleSize
    var reach = 0
    func axis(_ index: Int) -> rsk_sampling_axis {
      // The last axis comes first.
      guard index < dimensions else { return rsk_sampling_axis(length: 1, stride: 0) }
      let axis = input.shape.rank - 1 - index
      return rsk_sampling_axis(length: input.shape[axis], stride: input.byteStride(axis) / sampleSize)
    }
    for axis in 2..<input.shape.rank {
      reach += abs(input.byteStride(axis) / sampleSize) * (input.shape[axis] - 1)
    }
    let (width, height) = (input.shape[input.shape.rank - 1], input.shape[input.shape.rank - 2])
    let pixelCount = Double(width) * Double(height) * (dimensions == 3 ? Double(input.shape[2]) : 1)
    guard reach <= Int(Int32.max), pixelCount <= Double(Int32.max) else {
      throw .invalidValue("the samples of a channel of input are farther apart than 2147483647")
    }
    sampling = rsk_sampling(
      taps: Int32(options.mode.taps), padding_mode: options.paddingMode.kernelMode, dimensions: Int32(dimensions),
      align_corners: options.alignCorners, slope: -1, axes: (axis(0), axis(1), axis(2)))
    var tapCount = 1
    for _ in 0..<dimensions { tapCount *= options.mode.taps }
    self.tapCount = tapCount
    pixelSampling = rsk_sampling(
      taps: sampling.taps, padding_mode: sampling.padding_mode, dimensions: sampling.dimensions,
      align_corners: sampling.align_corners, slope: -1,
      axes: (
        rsk_sampling_axis(length: axis(0).length, stride: 1), rsk_sampling_axis(length: axis(1).length, stride: width),
        rsk_sampling_axis(length: axis(2).length, stride: dimensions == 3 ? width * height : 0)
      ))
    var points = 1.0
    for axis in 2..<output.shape.rank { points *= Double(output.shape[axis]) }
    usesPixels =
      format.sampleSize == 4
      && GridSampleExecution.pixelsPay(
        channels: input.shape.channels, pixels: pixelCount, points: points, taps: tapCount)

    let outputWidth = output.shape[output.shape.rank - 1]
    let lanes = Int(RSK_LANES)
    let mostPoints = max(lanes, GridSampleExecution.tapsAtOnce / tapCount)
    pointsAtOnce = min(mostPoints, (outputWidth + lanes - 1) / lanes * lanes)
    var rows = 1
    for axis in 2..<output.shape.rank - 1 { rows *= output.shape[axis] }
    tasks = TaskGrid(
      planes: usesPixels ? 1 : output.shape.batch, height: rows,
      rowCost: Int(min(Double(outputWidth) * Double(tapCount * sampleSize) * Double(output.shape.channels), 0x1p60)))

    let inputRows = height * (dimensions == 3 ? input.shape[2] : 1)
    let copiedRowSize = try checkedProduct(width, PixelRows.channels * format.sampleSize)
    blockSize = try checkedProduct(inputRows, copiedRowSize)
    let blocks = (input.shape.channels + PixelRows.channels - 1) / PixelRows.channels
    blocksAtOnce = usesPixels ? max(1, min(blocks, GridSampleExecution.pixelBytes / max(blockSize, 1))) : 0
    copies = TaskGrid(planes: blocksAtOnce, height: inputRows, rowCost: copiedRowSize)

    var layout = WorkspaceLayout()
    coordinateOffset = try layout.reserve(dimensions, of: pointsAtOnce * format.sampleSize)
    offsetOffset = try layout.reserve(tapCount, of: pointsAtOnce * MemoryLayout<Int32>.size)
    insideOffset = try layout.reserve(tapCount, of: pointsAtOnce * MemoryLayout<Int32>.size)
    weightOffset = try layout.reserve(tapCount, of: pointsAtOnce * format.sampleSize)
    firstOffset = try layout.reserve(1, of: pointsAtOnce * MemoryLayout<Int32>.size)
    rowOffset = try layout.reserve(
      usesPixels ? 2 * PixelRows.channels : 1, of: pointsAtOnce * format.sampleSize)
    loadedOffset = try layout.reserve(
      usesPixels && !format.isDirect ? PixelRows.channels : 0, of: width * format.sampleSize)
    threadBytes = layout.bytes
  }

  /// Compares the time to copy, to load whole pixels and to put the channels of the result apart with that of reading each
  /// sample by itself. The result does not depend on it.
  private static func pixelsPay(channels: Int, pixels: Double, points: Double, taps: Int) -> Bool {
    let blocks = Double((channels + PixelRows.channels - 1) / PixelRows.channels)
    let whole = blocks * (pixels * 8 + points * (8 + 2 * Double(taps)))
    return whole < Double(channels) * points * Double(taps)
  }

  /// Fails when there is no memory for scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let memory = try Buffer<UInt8>(count: try checkedProduct(tasks.threads, threadBytes))
    self.memory = UnsafeMutableRawPointer(memory.start)
    if usesPixels {
      let pixels = try Buffer<UInt8>(count: try checkedProduct(blocksAtOnce, blockSize), isFilled: true)
      // Channels that are not there are computed as well.
      if input.shape.channels % PixelRows.channels != 0 { memset(pixels.start, 0, pixels.count) }
      self.pixels = UnsafeMutableRawPointer(pixels.start)
      let channelsAtOnce = blocksAtOnce * PixelRows.channels
      for image in 0..<input.shape.batch {
        pixelImage = image
        var channel = 0
        while channel < input.shape.channels {
          pixelChannels = channel..<min(channel + channelsAtOnce, input.shape.channels)
          copyAllPixels()
          sampleAllRows()
          channel += channelsAtOnce
        }
      }
      withExtendedLifetime(pixels) {}
    } else {
      sampleAllRows()
    }
    withExtendedLifetime(memory) {}
  }

  private func sampleAllRows() {
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(tasks: tasks.count, threads: tasks.threads, UnsafeMutableRawPointer(mutating: execution)) {
        context, thread, index in
        let execution = context!.assumingMemoryBound(to: GridSampleExecution.self)
        execution.pointee.run(execution.pointee.tasks[index], execution.pointee.scratch(ofThread: thread))
      }
    }
  }

  private func copyAllPixels() {
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(
        tasks: copies.count, threads: min(copies.threads, tasks.threads), UnsafeMutableRawPointer(mutating: execution)
      ) { context, thread, index in
        let execution = context!.assumingMemoryBound(to: GridSampleExecution.self)
        let task = execution.pointee.copies[index]
        for block in task.planes {
          execution.pointee.copyPixels(block, task.rows, execution.pointee.scratch(ofThread: thread))
        }
      }
    }
  }

  private func scratch(ofThread thread: Int) -> UnsafeMutableRawPointer { memory! + thread * threadBytes }

  /// The channels of a block of pixels.
  private func channels(ofBlock block: Int) -> Range<Int> {
    let first = pixelChannels.lowerBound + block * PixelRows.channels
    return first..<max(first, min(first + PixelRows.channels, pixelChannels.upperBound))
  }

  /// Copies some rows of sixteen channels of an image to pixels.
  private func copyPixels(_ block: Int, _ rows: Range<Int>, _ scratch: UnsafeMutableRawPointer) {
    let rank = input.shape.rank
    let width = input.shape[rank - 1]
    let channels = channels(ofBlock: block)
    let stride = input.byteStride(rank - 1)
    for row in rows {
      let (z, y) = (row / input.shape[rank - 2], row % input.shape[rank - 2])
      let source =
        input.origin + pixelImage * input.byteStride(0) + channels.lowerBound * input.byteStride(1)
        + (rank == 5 ? z * input.byteStride(2) : 0) + y * input.byteStride(rank - 2)
      let target = pixels! + block * blockSize + row * width * pixelRows.pixelSize
      pixelRows.load(
        source, stride, input.byteStride(1), width, channels: channels.count, target, scratch + loadedOffset)
    }
  }

  private func run(_ task: Task, _ scratch: UnsafeMutableRawPointer) {
    let rank = output.shape.rank
    let width = output.shape[rank - 1]
    for plane in task.planes {
      let image = usesPixels ? pixelImage : plane
      for row in task.rows {
        // Rows of a volume: slices of them.
        let (z, y) = (row / output.shape[rank - 2], row % output.shape[rank - 2])
        func offset(_ tensor: Tensor, _ axis: Int) -> Int {
          (rank == 5 ? z * tensor.byteStride(axis - 1) : 0) + y * tensor.byteStride(axis)
        }
        let points = grid.origin + image * grid.byteStride(0) + offset(grid, rank - 3)
        let outputs = output.origin + image * output.byteStride(0) + offset(output, rank - 2)
        var x = 0
        while x < width {
          let count = min(pointsAtOnce, width - x)
          sampleRow(
            input.origin + image * input.byteStride(0), points + x * grid.byteStride(rank - 2),
            outputs + x * output.byteStride(rank - 1), count, scratch)
          x += count
        }
      }
    }
  }

  /// Some points of a row, all channels.
  private func sampleRow(
    _ image: UnsafeMutableRawPointer, _ points: UnsafeMutableRawPointer, _ outputs: UnsafeMutableRawPointer,
    _ count: Int, _ scratch: UnsafeMutableRawPointer
  ) {
    let rank = output.shape.rank
    let dimensions = Int(sampling.dimensions)
    let coordinates = scratch + coordinateOffset
    let coordinateBytes = pointsAtOnce * format.sampleSize
    for dimension in 0..<dimensions {
      conversion.load(
        points + dimension * grid.byteStride(rank - 1), grid.byteStride(rank - 2), count, 1,
        coordinates + dimension * coordinateBytes)
    }
    var taps = rsk_point_taps(
      offsets: (scratch + offsetOffset).assumingMemoryBound(to: Int32.self),
      inside: (scratch + insideOffset).assumingMemoryBound(to: Int32.self), weights: scratch + weightOffset,
      stride: pointsAtOnce, first: (scratch + firstOffset).assumingMemoryBound(to: Int32.self), slopes: nil)
    var rows: InlineArray<3, UnsafeMutableRawPointer?> = [
      coordinates, coordinates + coordinateBytes, coordinates + 2 * coordinateBytes,
    ]
    withUnsafeMutableBytes(of: &rows) { rows in
      withUnsafePointer(to: usesPixels ? pixelSampling : sampling) {
        locate(rows.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), count, $0, &taps)
      }
    }
    let stride = output.byteStride(rank - 1)
    if usesPixels {
      for block in 0..<blocksAtOnce { storePixels(block, outputs, count, &taps, scratch) }
      return
    }
    let writesInPlace = format.isDirect && (stride == format.sampleSize || count == 1)
    for channel in 0..<output.shape.channels {
      let plane = image + channel * input.byteStride(1)
      let row = outputs + channel * output.byteStride(1)
      if writesInPlace {
        sample(plane, count, tapCount, &taps, row)
      } else {
        sample(plane, count, tapCount, &taps, scratch + rowOffset)
        conversion.store(scratch + rowOffset, count, 1, -.infinity, .infinity, row, stride)
      }
    }
  }

  /// The channels of a block of pixels.
  private func storePixels(
    _ block: Int, _ outputs: UnsafeMutableRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let sums = scratch + rowOffset
    let channels = channels(ofBlock: block)
    if channels.isEmpty { return }
    samplePixels(pixels! + block * blockSize, count, tapCount, taps, sums)
    let rows = outputs + channels.lowerBound * output.byteStride(1)
    let stride = output.byteStride(output.shape.rank - 1)
    pixelRows.store(
      sums, count, channels: channels.count, rows, stride, output.byteStride(1), sums + count * pixelRows.pixelSize)
  }
}
