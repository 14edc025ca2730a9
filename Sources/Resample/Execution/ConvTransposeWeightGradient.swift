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
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?

  /// As many as the kernel takes at a time.
  private static let channelsAtOnce = 4
  private static let cacheBytes = 128 << 10

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
        height.input, ConvTransposeExecution.mostRowsPerTask,
        ConvTransposeWeightGradient.cacheBytes / max(channels * phaseBytes, 1)))
    let work = Double(input.shape.byteCount(sampleSize: size) ?? .max) * Double(outputChannels * taps)
    threads = max(1, min(ThreadPool.threadCount, Int(min(work / Double(512 << 10), 1024))))
    let blocks = groups * ((outputChannels + channels - 1) / channels)
    let divisions = threads == 1 ? 1 : (4 * threads + blocks - 1) / blocks
    // A multiple of what the kernel takes, so that what it sums together does not depend on the number of threads.
    let fours = (inputChannels + 3) / 4
    inputsPerTask = min(inputChannels, (fours + divisions - 1) / divisions * 4)

    var layout = WorkspaceLayout()
    loadedOffset = try layout.reserve(1, of: try rows.size(channels: channels, rows: rowsAtOnce))
    inputOffset = try layout.reserve(
      readsInPlace ? 0 : inputsPerTask, of: try checkedProduct(rowsAtOnce, try checkedProduct(width.input, size)))
    sumOffset = try layout.reserve(
      try checkedProduct(inputsPerTask, channels), of: try checkedProduct(taps, size))
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
    memset(scratch + sumOffset, 0, inputs.count * outputs.count * taps * size)
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
    for a in inputs {
      for b in outputs {
        let sums =
          scratch + sumOffset + ((a - inputs.lowerBound) * outputs.count + b - outputs.lowerBound) * taps * size
        let kernel =
          gradWeight.origin + (group * inputChannels + a) * gradWeight.byteStride(0) + b * gradWeight.byteStride(1)
        for kz in 0..<depth.kernel {
          for ky in 0..<height.kernel {
            conversion.store(
              sums + (kz * height.kernel + ky) * width.kernel * size, width.kernel, 1, -.infinity, .infinity,
              kernel + kz * gradWeight.byteStride(ofDimension: 0) + ky * gradWeight.byteStride(ofDimension: 1),
              gradWeight.byteStride(ofDimension: 2))
          }
        }
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
    let loadedStride = rows.channelStride(slices: rows.sliceCount(of: z), rows: taskRows.count)
    // Four channels of the input at a time: their rows stay in the nearest cache for all taps.
    var channel = 0
    while channel < inputs.count {
      let channels = min(4, inputs.count - channel)
      rows.forEachSlice(of: z) { tapOfDepth, slot in
        for ky in 0..<height.kernel {
          guard let y = height.gradientTap(ky) else { continue }
          let met = y.inputs.clamped(to: taskRows)
          if met.isEmpty { continue }
          for kx in 0..<width.kernel {
            guard let x = width.gradientTap(kx) else { continue }
            let read =
              channel * channelStride + (met.lowerBound - taskRows.lowerBound) * rowStride + x.inputs.lowerBound
            let loaded = rows.offset(slot: slot, y, x, row: met.lowerBound, taskRows) + x.inputs.lowerBound
            var correlation = rsk_correlation(
              first: source + read * size, first_stride: channelStride, first_row_stride: rowStride,
              second: scratch + loadedOffset + loaded * size, second_stride: loadedStride,
              second_row_stride: rows.pitch, rows: met.count, samples: x.inputs.count, firsts: channels,
              seconds: outputs, first_sum_stride: outputs * taps, second_sum_stride: taps)
            let tap = (tapOfDepth.k * height.kernel + ky) * width.kernel + kx
            correlate(&correlation, scratch + sumOffset + (channel * outputs * taps + tap) * size)
          }
        }
      }
      channel += channels
    }
  }
}
