import CShims

/// One run of grid_sample. A task makes some rows of the output: the taps of some points of a row are computed once, and
/// serve all channels.
struct GridSampleExecution {
  private let input: Tensor
  private let grid: Tensor
  private let output: Tensor
  private let format: SumFormat
  private let sampling: rsk_sampling
  private let tapCount: Int
  private let locate: rsk_locate
  private let sample: rsk_sample
  private let conversion: rsk_conversion
  private let tasks: TaskGrid
  /// Points whose taps are computed at a time.
  private let pointsAtOnce: Int
  private let coordinateOffset: Int
  private let offsetOffset: Int
  private let insideOffset: Int
  private let weightOffset: Int
  private let rowOffset: Int
  private let threadBytes: Int
  private var memory: UnsafeMutableRawPointer?

  /// The taps of the points of one time stay in the cache.
  private static let tapsAtOnce = 1024

  init(
    _ options: GridSampleOptions, _ format: SumFormat, _ input: Tensor, _ grid: Tensor, _ output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.input, self.grid, self.output) = (input, grid, output)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    locate = format.sampleSize == 8 ? kernels.samplings.locate_float64! : kernels.samplings.locate_float32!
    sample = kernels.sample(format)
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
    guard reach <= Int(Int32.max) else {
      throw .invalidValue("the samples of a channel of input are farther apart than 2147483647")
    }
    sampling = rsk_sampling(
      taps: Int32(options.mode.taps), padding_mode: options.paddingMode.kernelMode, dimensions: Int32(dimensions),
      align_corners: options.alignCorners, axes: (axis(0), axis(1), axis(2)))
    var tapCount = 1
    for _ in 0..<dimensions { tapCount *= options.mode.taps }
    self.tapCount = tapCount

    let width = output.shape[output.shape.rank - 1]
    let lanes = Int(RSK_LANES)
    let points = max(lanes, GridSampleExecution.tapsAtOnce / tapCount)
    pointsAtOnce = min(points, (width + lanes - 1) / lanes * lanes)
    var rows = 1
    for axis in 2..<output.shape.rank - 1 { rows *= output.shape[axis] }
    tasks = TaskGrid(
      planes: output.shape.batch, height: rows,
      rowCost: Int(min(Double(width) * Double(tapCount * sampleSize) * Double(output.shape.channels), 0x1p60)))

    var layout = WorkspaceLayout()
    coordinateOffset = try layout.reserve(dimensions, of: pointsAtOnce * format.sampleSize)
    offsetOffset = try layout.reserve(tapCount, of: pointsAtOnce * MemoryLayout<Int32>.size)
    insideOffset = try layout.reserve(tapCount, of: pointsAtOnce * MemoryLayout<Int32>.size)
    weightOffset = try layout.reserve(tapCount, of: pointsAtOnce * format.sampleSize)
    rowOffset = try layout.reserve(1, of: pointsAtOnce * format.sampleSize)
    threadBytes = layout.bytes
  }

  /// Fails when there is no memory for scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let memory = try Buffer<UInt8>(count: try checkedProduct(tasks.threads, threadBytes))
    self.memory = UnsafeMutableRawPointer(memory.start)
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(tasks: tasks.count, threads: tasks.threads, UnsafeMutableRawPointer(mutating: execution)) {
        context, thread, index in
        let execution = context!.assumingMemoryBound(to: GridSampleExecution.self)
        execution.pointee.run(execution.pointee.tasks[index], execution.pointee.memory! + thread * execution.pointee.threadBytes)
      }
    }
    withExtendedLifetime(memory) {}
  }

  private func run(_ task: Task, _ scratch: UnsafeMutableRawPointer) {
    let rank = output.shape.rank
    let width = output.shape[rank - 1]
    for image in task.planes {
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
      stride: pointsAtOnce)
    let rows: InlineArray<3, UnsafeRawPointer?> = [
      UnsafeRawPointer(coordinates), UnsafeRawPointer(coordinates + coordinateBytes),
      UnsafeRawPointer(coordinates + 2 * coordinateBytes),
    ]
    withUnsafeBytes(of: rows) { rows in
      withUnsafePointer(to: sampling) {
        locate(rows.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer?.self), count, $0, &taps)
      }
    }
    let stride = output.byteStride(rank - 1)
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
}
