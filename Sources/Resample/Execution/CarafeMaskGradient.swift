import CShims

/// One run of the gradient of carafe's masks: for each of them the products of the gradient of the output with the features
/// that it weights, summed over the channels of its group. A task makes some rows of one group.
struct CarafeMaskGradient {
  private let gradOutput: Tensor
  private let features: Tensor
  private let gradMasks: Tensor
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
  private let featureRows: Int
  private let threads: Int
  private let sumOffset: Int
  private let featureOffset: Int
  private let gradientOffset: Int
  private let rowOffset: Int
  private let tapOffset: Int
  private let startOffset: Int
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?

  init(
    _ request: CarafeRequest, _ format: SumFormat, _ gradOutput: Tensor, _ features: Tensor, _ gradMasks: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.gradOutput, self.features, self.gradMasks) = (gradOutput, features, gradMasks)
    (kernel, groups, scale) = (request.kernel, request.groups, request.scale)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    reassemble = kernels.reassemble(format)
    widened = try WidenedRows(features, kernel: kernel, scale: scale, format, kernels)
    height = gradOutput.shape[2]
    channelsOfGroup = features.shape.channels / groups
    let size = format.sampleSize
    let sumsOfRow = try checkedProduct(kernel * kernel, try checkedProduct(widened.rowLength, size))
    threads = CarafeExecution.threads(gradOutput, kernel, size)
    rowsPerTask = CarafeExecution.rowsPerTask(
      height: height, scale: scale, slices: features.shape.batch * groups, rowBytes: sumsOfRow, threads)
    featureRows = min(features.shape[2], rowsPerTask / scale + 2 + kernel - 1)
    let channels = min(channelsOfGroup, CarafeExecution.channelsAtOnce)
    var layout = WorkspaceLayout()
    sumOffset = try layout.reserve(rowsPerTask, of: sumsOfRow)
    featureOffset = try layout.reserve(
      try checkedProduct(channels, featureRows), of: try checkedProduct(widened.length, size))
    gradientOffset = try layout.reserve(channels, of: widened.rowLength * size)
    rowOffset = try layout.reserve(1, of: features.shape[3] * size)
    tapOffset = try layout.reserve(channels, of: MemoryLayout<rsk_convolution_tap>.stride)
    startOffset = try layout.reserve(kernel, of: size)
    threadBytes = layout.bytes
    bytes = try checkedProduct(threads, threadBytes)
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    self.memory = memory
    let blocks = (height + rowsPerTask - 1) / rowsPerTask
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(
        tasks: features.shape.batch * groups * blocks, threads: threads, UnsafeMutableRawPointer(mutating: execution)
      ) { context, thread, index in
        context!.assumingMemoryBound(to: CarafeMaskGradient.self).pointee.run(index, thread)
      }
    }
  }

  private func run(_ index: Int, _ thread: Int) {
    let blocks = (height + rowsPerTask - 1) / rowsPerTask
    let slice = index / blocks
    let (image, group) = (slice / groups, slice % groups)
    let first = index % blocks * rowsPerTask
    let rows = first..<min(first + rowsPerTask, height)
    let scratch = memory! + thread * threadBytes
    let (size, width) = (format.sampleSize, gradOutput.shape[3])
    memset(scratch + startOffset, 0, kernel * size)
    let taps = (scratch + tapOffset).assumingMemoryBound(to: rsk_convolution_tap.self)
    let radius = (kernel - 1) / 2
    let firstInput = max(0, rows.lowerBound / scale - radius)
    let inputRows = firstInput..<max(firstInput, min(features.shape[2], (rows.upperBound - 1) / scale + radius + 1))
    let rowBytes = widened.rowLength * size

    var channel = 0
    while channel < channelsOfGroup {
      let channels = min(CarafeExecution.channelsAtOnce, channelsOfGroup - channel)
      let firstChannel = group * channelsOfGroup + channel
      // Channels take the place of taps, and the taps of a row of the kernel that of channels.
      for offset in 0..<channels {
        widened.load(
          image, firstChannel + offset, inputRows, scratch + rowOffset,
          scratch + featureOffset + offset * featureRows * widened.length * size)
        taps[offset] = rsk_convolution_tap(
          input: offset * featureRows * widened.length, weights: offset * widened.rowLength)
      }
      for y in rows {
        for offset in 0..<channels {
          let row = scratch + gradientOffset + offset * rowBytes
          conversion.load(
            gradOutput.origin + image * gradOutput.byteStride(0) + (firstChannel + offset) * gradOutput.byteStride(1)
              + y * gradOutput.byteStride(2), gradOutput.byteStride(3), width, 1, row)
          memset(row + width * size, 0, rowBytes - width * size)
        }
        for i in 0..<kernel {
          let row = y / scale + i - radius
          let sums = scratch + sumOffset + ((y - rows.lowerBound) * kernel + i) * kernel * rowBytes
          guard inputRows.contains(row) else {
            memset(sums, 0, kernel * rowBytes)
            continue
          }
          var products = rsk_convolution(
            input: scratch + featureOffset + (row - firstInput) * widened.length * size, input_stride: scale,
            weights: scratch + gradientOffset, weight_stride: 0, channels: kernel, taps: taps, tap_count: channels,
            start: channel == 0 ? UnsafeRawPointer(scratch + startOffset) : nil)
          reassemble(&products, width, sums, widened.rowLength)
        }
      }
      channel += channels
    }
    for y in rows {
      for tap in 0..<kernel * kernel {
        conversion.store(
          scratch + sumOffset + ((y - rows.lowerBound) * kernel * kernel + tap) * rowBytes, width, 1, -.infinity,
          .infinity,
          gradMasks.origin + image * gradMasks.byteStride(0)
            + (group * kernel * kernel + tap) * gradMasks.byteStride(1) + y * gradMasks.byteStride(2),
          gradMasks.byteStride(3))
      }
    }
  }
}
