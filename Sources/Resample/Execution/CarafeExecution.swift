import CShims

/// One run of carafe. A task makes some rows of the output of one group.
///
/// Rows of the features are widened. A few channels at a time, because they all read the same masks.
struct CarafeExecution {
  private let features: Tensor
  private let masks: Tensor
  private let output: Tensor
  private let kernel: Int
  private let groups: Int
  private let scale: Int
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let reassemble: rsk_reassemble
  private let widened: WidenedRows
  private let height: Int
  private let channelsOfGroup: Int
  private let rowsPerTask: Int
  /// Rows of the features that the rows of a task read.
  private let featureRows: Int
  private let threads: Int
  private let maskOffset: Int
  private let featureOffset: Int
  private let sumOffset: Int
  private let rowOffset: Int
  private let tapOffset: Int
  private let startOffset: Int
  private let threadBytes: Int
  private var memory: UnsafeMutableRawPointer?

  /// Channels whose rows are in the cache at a time.
  static let channelsAtOnce = 32
  /// What the masks of a task may take of the cache.
  private static let maskBytes = 128 << 10

  init(
    _ request: CarafeRequest, _ format: SumFormat, _ features: Tensor, _ masks: Tensor, _ output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.features, self.masks, self.output) = (features, masks, output)
    (kernel, groups, scale) = (request.kernel, request.groups, request.scale)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    reassemble = kernels.reassemble(format)
    widened = try WidenedRows(features, kernel: kernel, scale: scale, format, kernels)
    height = output.shape[2]
    channelsOfGroup = features.shape.channels / groups
    let size = format.sampleSize
    let taps = kernel * kernel
    let maskRow = try checkedProduct(taps, try checkedProduct(widened.rowLength, size))
    threads = CarafeExecution.threads(output, kernel, size)
    rowsPerTask = CarafeExecution.rowsPerTask(
      height: height, scale: scale, slices: features.shape.batch * groups, rowBytes: maskRow, threads)
    featureRows = min(features.shape[2], rowsPerTask / scale + 2 + kernel - 1)

    let channels = min(channelsOfGroup, CarafeExecution.channelsAtOnce)
    var layout = WorkspaceLayout()
    maskOffset = try layout.reserve(rowsPerTask, of: maskRow)
    featureOffset = try layout.reserve(
      try checkedProduct(channels, featureRows), of: try checkedProduct(widened.length, size))
    sumOffset = try layout.reserve(channels, of: widened.rowLength * size)
    rowOffset = try layout.reserve(1, of: features.shape[3] * size)
    tapOffset = try layout.reserve(taps, of: MemoryLayout<rsk_convolution_tap>.stride)
    startOffset = try layout.reserve(channels, of: size)
    threadBytes = layout.bytes
  }

  /// The threads that are worth waking for a call, or for one of its gradients.
  static func threads(_ output: Tensor, _ kernel: Int, _ sampleSize: Int) -> Int {
    let work = Double(output.shape.byteCount(sampleSize: sampleSize) ?? .max) * Double(kernel) * Double(kernel)
    return ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
  }

  /// Rows of the output whose masks, of so many bytes a row, stay in the cache, and enough tasks for all threads.
  static func rowsPerTask(height: Int, scale: Int, slices: Int, rowBytes: Int, _ threads: Int) -> Int {
    let rows = max(1, maskBytes / max(rowBytes, 1) / scale) * scale
    let wanted = threads == 1 ? 1 : (4 * threads + slices - 1) / max(slices, 1)
    return max(1, min(rows, height, (height + wanted - 1) / wanted))
  }

  /// Fails when there is no memory for scratch, before anything is written.
  mutating func run() throws(ResampleError) {
    let memory = try Buffer<UInt8>(count: try checkedProduct(threads, threadBytes))
    self.memory = UnsafeMutableRawPointer(memory.start)
    let blocks = (height + rowsPerTask - 1) / rowsPerTask
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(
        tasks: features.shape.batch * groups * blocks, threads: threads, UnsafeMutableRawPointer(mutating: execution)
      ) { context, thread, index in
        context!.assumingMemoryBound(to: CarafeExecution.self).pointee.run(index, thread)
      }
    }
    withExtendedLifetime(memory) {}
  }

  private func run(_ index: Int, _ thread: Int) {
    let blocks = (height + rowsPerTask - 1) / rowsPerTask
    let slice = index / blocks
    let (image, group) = (slice / groups, slice % groups)
    let first = index % blocks * rowsPerTask
    let rows = first..<min(first + rowsPerTask, height)
    let scratch = memory! + thread * threadBytes
    loadMasks(image, group, rows, scratch + maskOffset)
    memset(scratch + startOffset, 0, min(channelsOfGroup, CarafeExecution.channelsAtOnce) * format.sampleSize)

    let radius = (kernel - 1) / 2
    let firstInput = max(0, rows.lowerBound / scale - radius)
    let inputRows = firstInput..<min(features.shape[2], (rows.upperBound - 1) / scale + radius + 1)
    let channelStride = featureRows * widened.length
    let taps = (scratch + tapOffset).assumingMemoryBound(to: rsk_convolution_tap.self)
    var channel = 0
    while channel < channelsOfGroup {
      let channels = min(CarafeExecution.channelsAtOnce, channelsOfGroup - channel)
      let firstChannel = group * channelsOfGroup + channel
      for offset in 0..<channels {
        widened.load(
          image, firstChannel + offset, inputRows, scratch + rowOffset,
          scratch + featureOffset + offset * channelStride * format.sampleSize)
      }
      for y in rows {
        var tapCount = 0
        for i in 0..<kernel {
          let row = y / scale + i - radius
          guard inputRows.contains(row) else { continue }
          for j in 0..<kernel {
            taps[tapCount] = rsk_convolution_tap(
              input: (row - firstInput) * widened.length + j * scale,
              weights: ((y - rows.lowerBound) * kernel * kernel + i * kernel + j) * widened.rowLength)
            tapCount += 1
          }
        }
        var reassembly = rsk_convolution(
          input: scratch + featureOffset, input_stride: channelStride, weights: scratch + maskOffset, weight_stride: 0,
          channels: channels, taps: taps, tap_count: tapCount,
          start: UnsafeRawPointer(scratch + startOffset))
        reassemble(&reassembly, output.shape[3], scratch + sumOffset, widened.rowLength)
        for offset in 0..<channels {
          let row =
            output.origin + image * output.byteStride(0) + (firstChannel + offset) * output.byteStride(1)
            + y * output.byteStride(2)
          conversion.store(
            scratch + sumOffset + offset * widened.rowLength * format.sampleSize, output.shape[3], 1, -.infinity,
            .infinity,
            row, output.byteStride(3))
        }
      }
      channel += channels
    }
  }

  /// The masks of some rows: by row, by tap.
  private func loadMasks(_ image: Int, _ group: Int, _ rows: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let taps = kernel * kernel
    let width = output.shape[3]
    for y in rows {
      for tap in 0..<taps {
        let row = memory + ((y - rows.lowerBound) * taps + tap) * widened.rowLength * format.sampleSize
        conversion.load(
          masks.origin + image * masks.byteStride(0) + (group * taps + tap) * masks.byteStride(1)
            + y * masks.byteStride(2), masks.byteStride(3), width, 1, row)
        memset(row + width * format.sampleSize, 0, (widened.rowLength - width) * format.sampleSize)
      }
    }
  }
}
