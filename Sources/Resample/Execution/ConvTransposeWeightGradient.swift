import CShims

/// One run of the gradients of conv_transpose's weight and bias: for every tap the products of all samples of the input with
/// those of the gradient of the output that it meets.
///
/// A task makes those of a few output channels with some or all input channels of a group. It goes through all images, some
/// rows at a time, so that the sums do not depend on the number of threads.
struct ConvTransposeWeightGradient {
  private let gradOutput: Tensor
  private let input: Tensor
  private let gradWeight: Tensor
  private let depth: ConvTransposeAxis
  private let height: ConvTransposeAxis
  private let width: ConvTransposeAxis
  private let groups: Int
  private let format: SumFormat
  private let rows: GradientRows
  private let correlate: rsk_correlate
  private let total: rsk_total
  private let interleave: rsk_interleave
  private let conversion: rsk_conversion
  private let inputChannels: Int
  private let outputChannels: Int
  private let inputsPerTask: Int
  private let rowsAtOnce: Int
  /// Rows of the input can be read where they lie.
  private let readsInPlace: Bool
  private let threads: Int
  private let taps: Int
  private let loadedOffset: Int
  private let inputOffset: Int
  private let sumOffset: Int
  private let totalOffset: Int
  private let rowOffset: Int
  private let tapOffset: Int
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?

  /// Channels of either that the kernel takes at a time.
  private static let channelsAtOnce = 4
  /// What the rows of the gradient, and what the sums of a task may take of the cache.
  private static let rowBytes = 64 << 10
  private static let sumBytes = 512 << 10
  private static let mostRowsAtOnce = 64

  /// One tap of some rows: the first samples of the input and of the gradient that meet, how many, and the weight.
  private struct Tap {
    var input: Int
    var gradient: Int
    var rows: Int
    var samples: Int
    var weight: Int
  }

  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, _ gradOutput: Tensor, _ input: Tensor, _ gradWeight: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    (self.gradOutput, self.input, self.gradWeight) = (gradOutput, input, gradWeight)
    self.format = format
    depth = request.axis(ofDimension: 0)
    height = request.axis(ofDimension: 1)
    width = request.axis(ofDimension: 2)
    groups = request.groups
    inputChannels = input.shape.channels / groups
    outputChannels = gradOutput.shape.channels / groups
    rows = try GradientRows(gradOutput, request, format, kernels, hasZeros: false)
    correlate = kernels.correlate(format)
    total = kernels.total(format)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    conversion = kernels.conversion(format.conversion)
    taps = try checkedProduct(depth.kernel, try checkedProduct(height.kernel, width.kernel))

    let size = format.sampleSize
    func isWhole(_ stride: Int) -> Bool { stride % size == 0 }
    readsInPlace =
      format.isDirect && (width.input == 1 || input.byteStride(ofDimension: 2) == size)
      && isWhole(input.byteStride(1)) && isWhole(input.byteStride(ofDimension: 1))
      && Int(bitPattern: input.origin) % size == 0 && isWhole(input.byteStride(0))
      && isWhole(input.byteStride(ofDimension: 0))
    let channels = min(outputChannels, ConvTransposeWeightGradient.channelsAtOnce)
    let phaseBytes = try checkedProduct(
      try checkedProduct(height.phasesRead, width.phasesRead), try checkedProduct(rows.pitch, size))
    rowsAtOnce = max(
      1,
      min(
        height.input, ConvTransposeWeightGradient.mostRowsAtOnce,
        ConvTransposeWeightGradient.rowBytes / max(channels * phaseBytes, 1)))
    let work = Double(input.shape.byteCount(sampleSize: size) ?? .max) * Double(outputChannels * taps)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    let blocks = groups * ((outputChannels + channels - 1) / channels)
    let divisions = threads == 1 ? 1 : (4 * threads + blocks - 1) / blocks
    let bytesOfFour = try checkedProduct(
      min(4, inputChannels) * channels, try checkedProduct(taps, Int(RSK_LANES) * size))
    let fours = min((inputChannels + 3) / 4, max(1, ConvTransposeWeightGradient.sumBytes / bytesOfFour))
    inputsPerTask = min(inputChannels, (fours + divisions - 1) / divisions * 4)

    var layout = WorkspaceLayout()
    loadedOffset = try layout.reserve(1, of: try rows.size(channels: channels, rows: rowsAtOnce))
    inputOffset = try layout.reserve(
      readsInPlace ? 0 : inputsPerTask, of: try checkedProduct(rowsAtOnce, try checkedProduct(width.input, size)))
    sumOffset = try layout.reserve((inputsPerTask + 3) / 4, of: bytesOfFour)
    totalOffset = try layout.reserve(1, of: bytesOfFour / Int(RSK_LANES))
    rowOffset = try layout.reserve(taps, of: size)
    tapOffset = try layout.reserve(taps, of: MemoryLayout<Tap>.stride)
    threadBytes = layout.bytes
    bytes = try checkedProduct(threads, threadBytes)
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    self.memory = memory
    let parts = (inputChannels + inputsPerTask - 1) / inputsPerTask
    let channels = ConvTransposeWeightGradient.channelsAtOnce
    let blocks = (outputChannels + channels - 1) / channels
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(tasks: groups * blocks * parts, threads: threads, UnsafeMutableRawPointer(mutating: execution)) {
        context, thread, index in
        context!.assumingMemoryBound(to: ConvTransposeWeightGradient.self).pointee.run(index, thread)
      }
    }
  }

  private func run(_ index: Int, _ thread: Int) {
    let parts = (inputChannels + inputsPerTask - 1) / inputsPerTask
    let blocks =
      (outputChannels + ConvTransposeWeightGradient.channelsAtOnce - 1) / ConvTransposeWeightGradient.channelsAtOnce
    let (part, block, group) = (index % parts, index / parts % blocks, index / parts / blocks)
    let inputs = part * inputsPerTask..<min((part + 1) * inputsPerTask, inputChannels)
    let first = block * ConvTransposeWeightGradient.channelsAtOnce
    let outputs = first..<min(first + ConvTransposeWeightGradient.channelsAtOnce, outputChannels)
    let scratch = memory! + thread * threadBytes
    let size = format.sampleSize
    // By four input channels, by tap, by input channel, by output channel.
    let sumsOfFour = min(4, inputChannels) * outputs.count * taps
    memset(scratch + sumOffset, 0, (inputs.count + 3) / 4 * sumsOfFour * Int(RSK_LANES) * size)
    for image in 0..<input.shape.batch {
      for z in 0..<depth.input {
        var row = 0
        while row < height.input {
          let taskRows = row..<min(row + rowsAtOnce, height.input)
          let start = group * outputChannels
          rows.load(
            image, start + outputs.lowerBound..<start + outputs.upperBound, z, taskRows, scratch + loadedOffset)
          addProducts(image, group, inputs, outputs.count, z, taskRows, scratch)
          row = taskRows.upperBound
        }
      }
    }
    var channel = inputs.lowerBound
    while channel < inputs.upperBound {
      let channels = min(4, inputs.upperBound - channel)
      total(
        scratch + sumOffset + (channel - inputs.lowerBound) / 4 * sumsOfFour * Int(RSK_LANES) * size,
        channels * outputs.count * taps, scratch + totalOffset)
      for a in 0..<channels {
        for b in outputs {
          let kernel =
            gradWeight.origin + (group * inputChannels + channel + a) * gradWeight.byteStride(0)
            + b * gradWeight.byteStride(1)
          storeKernel(
            scratch + totalOffset + (a * outputs.count + b - outputs.lowerBound) * size,
            channels * outputs.count * size, kernel, scratch + rowOffset)
        }
      }
      channel += channels
    }
  }

  /// Stores the weights of a pair of channels, whose totals are so many bytes apart.
  private func storeKernel(
    _ totals: UnsafeRawPointer, _ stride: Int, _ kernel: UnsafeMutableRawPointer, _ row: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    interleave(totals, stride, 0, row, size, 0, taps, 1)
    for kz in 0..<depth.kernel {
      for ky in 0..<height.kernel {
        conversion.store(
          row + (kz * height.kernel + ky) * width.kernel * size, width.kernel, 1, -.infinity, .infinity,
          kernel + kz * gradWeight.byteStride(ofDimension: 0) + ky * gradWeight.byteStride(ofDimension: 1),
          gradWeight.byteStride(ofDimension: 2))
      }
    }
  }

  /// Adds the products of some rows of the input with those of the gradient that are loaded.
  private func addProducts(
    _ image: Int, _ group: Int, _ inputs: Range<Int>, _ outputs: Int, _ z: Int, _ taskRows: Range<Int>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    let plane =
      input.origin + image * input.byteStride(0) + (group * inputChannels + inputs.lowerBound) * input.byteStride(1)
      + z * input.byteStride(ofDimension: 0) + taskRows.lowerBound * input.byteStride(ofDimension: 1)
    var (source, channelStride, rowStride) = (
      UnsafeRawPointer(plane), input.byteStride(1) / size, input.byteStride(ofDimension: 1) / size
    )
    if !readsInPlace {
      source = UnsafeRawPointer(scratch + inputOffset)
      (channelStride, rowStride) = (rowsAtOnce * width.input, width.input)
      for channel in 0..<inputs.count {
        for row in 0..<taskRows.count {
          conversion.load(
            plane + channel * input.byteStride(1) + row * input.byteStride(ofDimension: 1),
            input.byteStride(ofDimension: 2), width.input, 1,
            scratch + inputOffset + (channel * channelStride + row * rowStride) * size)
        }
      }
    }
    let tapCount = findTaps(z, taskRows, rowStride, scratch)
    let found = (scratch + tapOffset).assumingMemoryBound(to: Tap.self)
    var correlation = rsk_correlation()
    correlation.first_stride = channelStride
    correlation.first_row_stride = rowStride
    correlation.second_stride = rows.channelStride(slices: rows.sliceCount(of: z), rows: taskRows.count)
    correlation.second_row_stride = rows.pitch
    correlation.seconds = outputs
    // Four channels of the input at a time: their rows stay in the nearest cache for all taps.
    var channel = 0
    while channel < inputs.count {
      correlation.firsts = min(4, inputs.count - channel)
      let sums = scratch + sumOffset + channel * outputs * taps * Int(RSK_LANES) * size
      for index in 0..<tapCount {
        let tap = found[index]
        correlation.first = source + (channel * channelStride + tap.input) * size
        correlation.second = UnsafeRawPointer(scratch + loadedOffset + tap.gradient * size)
        correlation.rows = tap.rows
        correlation.samples = tap.samples
        correlate(&correlation, sums + tap.weight * correlation.firsts * outputs * Int(RSK_LANES) * size)
      }
      channel += correlation.firsts
    }
  }

  /// Writes the taps that meet anything in some rows, and returns their number.
  private func findTaps(
    _ z: Int, _ taskRows: Range<Int>, _ rowStride: Int, _ scratch: UnsafeMutableRawPointer
  ) -> Int {
    let found = (scratch + tapOffset).assumingMemoryBound(to: Tap.self)
    var count = 0
    rows.forEachSlice(of: z) { tapOfDepth, slot in
      for ky in height.meetingTaps {
        guard let y = height.gradientTap(ky) else { continue }
        let met = y.inputs.clamped(to: taskRows)
        if met.isEmpty { continue }
        for kx in width.meetingTaps {
          guard let x = width.gradientTap(kx) else { continue }
          found[count] = Tap(
            input: (met.lowerBound - taskRows.lowerBound) * rowStride + x.inputs.lowerBound,
            gradient: rows.offset(slot: slot, y, x, row: met.lowerBound, taskRows) + x.inputs.lowerBound,
            rows: met.count, samples: x.inputs.count,
            weight: (tapOfDepth.k * height.kernel + ky) * width.kernel + kx)
          count += 1
        }
      }
    }
    return count
  }
}
