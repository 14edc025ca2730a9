import CShims

/// One run of the gradient of carafe's features: for each of them the gradients of all samples of the output that read it,
/// times their masks. A task makes some rows of one group.
///
/// The sums are made at the distance of the output, where a tap of neighbours meets neighbours; those of the `scale` places
/// of a sample are added in the end.
struct CarafeFeatureGradient {
  private let gradOutput: Tensor
  private let masks: Tensor
  private let gradFeatures: Tensor
  private let kernel: Int
  private let groups: Int
  private let scale: Int
  private let format: SumFormat
  private let conversion: rsk_conversion
  private let reassemble: rsk_reassemble
  private let interleave: rsk_interleave
  private let vertical: rsk_passes
  private let channelsOfGroup: Int
  /// Rows of gradients and masks: zeros as wide as the kernel reaches on either side. And the samples of a row of sums.
  private let zeros: Int
  private let paddedLength: Int
  private let sumLength: Int
  private let rowsPerTask: Int
  /// The most rows of the output that read a row of the features.
  private let mostReaders: Int
  private let threads: Int
  private let gradientOffset: Int
  private let maskOffset: Int
  private let sumOffset: Int
  private let placeOffset: Int
  private let rowOffset: Int
  private let tapOffset: Int
  private let startOffset: Int
  private let onesOffset: Int
  private let pointerOffset: Int
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?

  private static let channelsAtOnce = 16
  private static let mostRowsPerTask = 4

  init(
    _ request: CarafeRequest, _ format: SumFormat, _ gradOutput: Tensor, _ masks: Tensor, _ gradFeatures: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.gradOutput, self.masks, self.gradFeatures) = (gradOutput, masks, gradFeatures)
    (kernel, groups, scale) = (request.kernel, request.groups, request.scale)
    self.format = format
    conversion = kernels.conversion(format.conversion)
    reassemble = kernels.reassemble(format)
    vertical = format.sampleSize == 8 ? kernels.float64 : kernels.float32
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    channelsOfGroup = gradFeatures.shape.channels / groups
    let size = format.sampleSize
    zeros = try checkedProduct(kernel - 1, scale)
    guard zeros <= Shape.addressSpace else { throw .outOfMemory(bytes: .max) }
    let (lanes, width) = (Int(RSK_LANES), gradOutput.shape[3])
    sumLength = (width + zeros + lanes - 1) / lanes * lanes
    paddedLength = sumLength + zeros
    let height = gradFeatures.shape[2]
    threads = CarafeExecution.threads(gradOutput, kernel, size)
    let slices = gradFeatures.shape.batch * groups
    let wanted = threads == 1 ? 1 : (4 * threads + slices - 1) / max(slices, 1)
    rowsPerTask = max(1, min(CarafeFeatureGradient.mostRowsPerTask, (height + wanted - 1) / wanted))

    let channels = min(channelsOfGroup, CarafeFeatureGradient.channelsAtOnce)
    let paddedBytes = try checkedProduct(paddedLength, size)
    let gradientRows = min(gradOutput.shape[2], try checkedProduct(rowsPerTask + kernel - 1, scale))
    mostReaders = min(gradOutput.shape[2], try checkedProduct(kernel, scale))
    var layout = WorkspaceLayout()
    gradientOffset = try layout.reserve(try checkedProduct(channels, gradientRows), of: paddedBytes)
    maskOffset = try layout.reserve(
      try checkedProduct(rowsPerTask, try checkedProduct(mostReaders, kernel)), of: paddedBytes)
    sumOffset = try layout.reserve(channels, of: sumLength * size)
    placeOffset = try layout.reserve(scale, of: gradFeatures.shape[3] * size)
    rowOffset = try layout.reserve(1, of: gradFeatures.shape[3] * size)
    tapOffset = try layout.reserve(
      try checkedProduct(mostReaders, kernel), of: MemoryLayout<rsk_convolution_tap>.stride)
    startOffset = try layout.reserve(channels, of: size)
    onesOffset = try layout.reserve(scale, of: size)
    pointerOffset = try layout.reserve(scale, of: MemoryLayout<UnsafeRawPointer?>.stride)
    threadBytes = layout.bytes
    bytes = try checkedProduct(threads, threadBytes)
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    self.memory = memory
    let blocks = (gradFeatures.shape[2] + rowsPerTask - 1) / rowsPerTask
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(
        tasks: gradFeatures.shape.batch * groups * blocks, threads: threads,
        UnsafeMutableRawPointer(mutating: execution)
      ) { context, thread, index in
        context!.assumingMemoryBound(to: CarafeFeatureGradient.self).pointee.run(index, thread)
      }
    }
  }

  /// The rows of the output that read a row of the features with some row of the kernel.
  private func readers(of rows: Range<Int>) -> Range<Int> {
    let radius = (kernel - 1) / 2
    let first = max(0, rows.lowerBound - radius) * scale
    return first..<max(first, min(gradOutput.shape[2], (rows.upperBound + radius) * scale))
  }

  private func run(_ index: Int, _ thread: Int) {
    let height = gradFeatures.shape[2]
    let blocks = (height + rowsPerTask - 1) / rowsPerTask
    let slice = index / blocks
    let (image, group) = (slice / groups, slice % groups)
    let first = index % blocks * rowsPerTask
    let rows = first..<min(first + rowsPerTask, height)
    let scratch = memory! + thread * threadBytes
    let size = format.sampleSize
    prepare(scratch)
    for row in rows {
      loadMasks(image, group, row, masks(row - first, scratch))
    }
    let readers = readers(of: rows)
    var channel = 0
    while channel < channelsOfGroup {
      let channels = min(CarafeFeatureGradient.channelsAtOnce, channelsOfGroup - channel)
      let firstChannel = group * channelsOfGroup + channel
      for offset in 0..<channels {
        for y in readers {
          loadPadded(
            gradOutput, image, firstChannel + offset, y,
            scratch + gradientOffset + (offset * readers.count + y - readers.lowerBound) * paddedLength * size)
        }
      }
      for row in rows {
        addProducts(row, row - first, channels, readers, scratch)
        for offset in 0..<channels { storeRow(image, firstChannel + offset, row, offset, scratch) }
      }
      channel += channels
    }
  }

  /// The masks of the `number`-th row of a task.
  private func masks(_ number: Int, _ scratch: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    scratch + maskOffset + number * mostReaders * kernel * paddedLength * format.sampleSize
  }

  /// Numbers that do not change.
  private func prepare(_ scratch: UnsafeMutableRawPointer) {
    memset(scratch + startOffset, 0, min(channelsOfGroup, CarafeFeatureGradient.channelsAtOnce) * format.sampleSize)
    format.fillWithOnes(scratch + onesOffset, scale)
  }

  /// A row with zeros on either side.
  private func loadPadded(_ tensor: Tensor, _ image: Int, _ channel: Int, _ y: Int, _ row: UnsafeMutableRawPointer) {
    let (size, width) = (format.sampleSize, tensor.shape[3])
    memset(row, 0, zeros * size)
    conversion.load(
      tensor.origin + image * tensor.byteStride(0) + channel * tensor.byteStride(1) + y * tensor.byteStride(2),
      tensor.byteStride(3), width, 1, row + zeros * size)
    memset(row + (zeros + width) * size, 0, (paddedLength - zeros - width) * size)
  }

  /// The masks with which the output reads a row of the features: by row of the output, by column of the kernel.
  private func loadMasks(_ image: Int, _ group: Int, _ row: Int, _ memory: UnsafeMutableRawPointer) {
    let readers = readers(of: row..<row + 1)
    for y in readers {
      let i = row - y / scale + (kernel - 1) / 2
      for j in 0..<kernel {
        loadPadded(
          masks, image, (group * kernel + i) * kernel + j, y,
          memory + ((y - readers.lowerBound) * kernel + j) * paddedLength * format.sampleSize)
      }
    }
  }

  private func addProducts(
    _ row: Int, _ number: Int, _ channels: Int, _ loaded: Range<Int>, _ scratch: UnsafeMutableRawPointer
  ) {
    let taps = (scratch + tapOffset).assumingMemoryBound(to: rsk_convolution_tap.self)
    let readers = readers(of: row..<row + 1)
    var tapCount = 0
    for y in readers {
      for j in 0..<kernel {
        // The sums begin as far before the output as its first column reaches.
        let place = zeros - j * scale
        taps[tapCount] = rsk_convolution_tap(
          input: (y - loaded.lowerBound) * paddedLength + place,
          weights: ((y - readers.lowerBound) * kernel + j) * paddedLength + place)
        tapCount += 1
      }
    }
    let size = format.sampleSize
    var products = rsk_convolution(
      input: scratch + gradientOffset, input_stride: loaded.count * paddedLength,
      weights: masks(number, scratch), weight_stride: 0,
      channels: channels, taps: taps, tap_count: tapCount, start: UnsafeRawPointer(scratch + startOffset))
    reassemble(&products, gradOutput.shape[3] + zeros, scratch + sumOffset, sumLength)
  }

  /// Adds the sums of the places of each sample.
  private func storeRow(_ image: Int, _ channel: Int, _ y: Int, _ offset: Int, _ scratch: UnsafeMutableRawPointer) {
    let (size, width) = (format.sampleSize, gradFeatures.shape[3])
    let sums = scratch + sumOffset + (offset * sumLength + (kernel - 1) / 2 * scale) * size
    let target =
      gradFeatures.origin + image * gradFeatures.byteStride(0) + channel * gradFeatures.byteStride(1)
      + y * gradFeatures.byteStride(2)
    var row = sums
    if scale > 1 {
      let places = scratch + placeOffset
      interleave(sums, scale * size, size, places, size, width * size, width, scale)
      let pointers = (scratch + pointerOffset).assumingMemoryBound(to: UnsafeRawPointer?.self)
      for place in 0..<scale { pointers[place] = UnsafeRawPointer(places + place * width * size) }
      row = scratch + rowOffset
      vertical.vertical(pointers, scratch + onesOffset, scale, 0, width, row, false)
    }
    conversion.store(row, width, 1, -.infinity, .infinity, target, gradFeatures.byteStride(3))
  }
}
