import CShims

/// One run of the gradient of conv_transpose's weight: for every tap the products of all samples of the input with those of
/// the gradient of the output that it meets.
///
/// A task makes those of a few output channels with some or all input channels of a group. It goes through all images, some
/// rows at a time, so that the sums do not depend on the number of threads.
struct ConvTransposeWeightGradient: ~Copyable, ThreadedWork {
  private let input: RowReader
  private let gradWeight: RowWriter
  private let depth: ConvTransposeAxis
  private let height: ConvTransposeAxis
  private let width: ConvTransposeAxis
  private let sampleSize: Int
  private let rows: GradientRows
  private let correlate: rsk_correlate
  private let total: rsk_total
  private let interleave: rsk_interleave
  private let taps: Int
  private let rowsAtOnce: Int
  /// The input channels of one call of the kernel.
  private let inputsAtOnce: Int
  /// Rows of the input can be read where they lie, and weights written.
  private let readsInPlace: Bool
  private let writesInPlace: Bool
  private let division: Division
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    /// The gradient of the output.
    var gradients: RowRegion
    /// By channel, by row.
    var input: RowRegion
    /// By `inputsAtOnce` input channels, by tap, by input channel, by output channel.
    var sums: RowRegion
    var totals: RowRegion
    /// By output channel, by tap.
    var kernels: RowRegion
    var pairs: Region<RowPair>
  }

  /// The channels of the output whose rows are chosen to be as many as the cache has room for. The instruction set has no
  /// part in it: it shows in the sums.
  private static let channelsOfRows = 4
  /// What these rows may take of the cache.
  private static let rowBytes = 64 << 10
  /// What the sums of a task may take. It may be more than the cache has: each is needed once for these rows, and for the input
  /// channels of another task the gradient is loaded again.
  private static let sumBytes = 1152 << 10
  private static let mostRowsAtOnce = 64

  /// The rows that a weight brings together: the first samples of the input and of the gradient that meet, and how many.
  private struct RowPair: BitwiseCopyable {
    var input: Int
    var gradient: Int
    var rows: Int
    var samples: Int
    var weight: Int
  }

  /// The division into tasks.
  private struct Division {
    let threads: Int
    let groups: Int
    let inputChannels: Int
    let outputChannels: Int
    let inputsPerTask: Int
    let outputsPerTask: Int

    private var parts: Int { (inputChannels + inputsPerTask - 1) / inputsPerTask }
    private var blocks: Int { (outputChannels + outputsPerTask - 1) / outputsPerTask }
    var count: Int { groups * blocks * parts }

    subscript(index: Int) -> (group: Int, inputs: Range<Int>, outputs: Range<Int>) {
      let (part, block) = (index % parts, index / parts % blocks)
      let (input, output) = (part * inputsPerTask, block * outputsPerTask)
      return (
        index / parts / blocks, input..<min(input + inputsPerTask, inputChannels),
        output..<min(output + outputsPerTask, outputChannels)
      )
    }
  }

  /// Fails when there is no memory for scratch.
  init(
    _ request: ConvTransposeRequest, _ format: SumFormat, gradOutput: Tensor, input: Tensor, gradWeight: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let (depth, height, width) = (
      request.axis(ofDimension: 0), request.axis(ofDimension: 1), request.axis(ofDimension: 2)
    )
    let (inputChannels, outputChannels) = (
      input.shape.channels / request.groups, gradOutput.shape.channels / request.groups
    )
    let rows = try GradientRows(gradOutput, request, format, kernels, hasZeros: false)
    let taps = try checkedProduct(depth.kernel, try checkedProduct(height.kernel, width.kernel))
    let work = Double(input.shape.byteCount(sampleSize: size) ?? .max) * Double(outputChannels * taps)
    let threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    // The input is read again for each block of channels. Several threads share out smaller ones: if they shared out the input,
    // each would load the whole gradient.
    let fewest = threads == 1 ? 16 : 6
    let seconds = kernels.correlations.seconds_at_once
    let channels = min(outputChannels, (fewest + seconds - 1) / seconds * seconds)
    let phaseBytes = try checkedProduct(
      try checkedProduct(height.phasesRead, width.phasesRead), try checkedProduct(rows.pitch, size))
    let rowsAtOnce = max(
      1,
      min(
        height.input, ConvTransposeWeightGradient.mostRowsAtOnce,
        ConvTransposeWeightGradient.rowBytes
          / max(min(outputChannels, ConvTransposeWeightGradient.channelsOfRows) * phaseBytes, 1)))
    let blocks = request.groups * ((outputChannels + channels - 1) / channels)
    let divisions = threads == 1 ? 1 : (4 * threads + blocks - 1) / blocks
    let inputsAtOnce = min(size == 4 ? kernels.correlations.firsts_of_float32 : 4, inputChannels)
    let sumsOfCall = try checkedProduct(inputsAtOnce * channels, taps)
    let bytesOfCall = try checkedProduct(sumsOfCall, kernels.correlations.sum_size)
    let calls = min(
      (inputChannels + inputsAtOnce - 1) / inputsAtOnce, max(1, ConvTransposeWeightGradient.sumBytes / bytesOfCall))
    let callsPerTask = (calls + divisions - 1) / divisions
    let inputsPerTask = min(inputChannels, callsPerTask * inputsAtOnce)
    let reader = RowReader(input, format, kernels)
    let readsInPlace = reader.readsInPlace
    let writer = RowWriter(gradWeight, format, kernels)
    let writesInPlace = format.isDirect && writer.planes.hasDensePlanes

    var layout = ScratchLayout()
    let sumsAfter = Int(RSK_TOTALS_AT_ONCE) - 1
    let regions = Regions(
      gradients: try rows.reserve(channels: channels, rows: rowsAtOnce, in: &layout),
      input: try layout.reserveRows(
        readsInPlace ? 0 : try checkedProduct(inputsPerTask, rowsAtOnce), of: try checkedProduct(width.input, size)),
      // Both have room for what `total` rounds up.
      sums: try layout.reserveRows(
        try checkedSum(try checkedProduct(callsPerTask, sumsOfCall), sumsAfter), of: kernels.correlations.sum_size),
      totals: try layout.reserveRows(try checkedSum(sumsOfCall, sumsAfter), of: size),
      kernels: try layout.reserveRows(try checkedProduct(channels, taps), of: size),
      pairs: try layout.reserve(taps, of: RowPair.self))
    let scratch = try Scratch(layout, threads: threads)
    self.regions = regions
    self.input = reader
    self.gradWeight = writer
    (self.depth, self.height, self.width) = (depth, height, width)
    sampleSize = size
    self.rows = rows
    correlate = kernels.correlate(format)
    total = kernels.total(format)
    interleave = kernels.interleave(sampleSize: size)
    self.taps = taps
    (self.rowsAtOnce, self.inputsAtOnce) = (rowsAtOnce, inputsAtOnce)
    (self.readsInPlace, self.writesInPlace) = (readsInPlace, writesInPlace)
    division = Division(
      threads: threads, groups: request.groups, inputChannels: inputChannels, outputChannels: outputChannels,
      inputsPerTask: inputsPerTask, outputsPerTask: channels)
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: division.count, threads: division.threads) }

  func run(task: Int, thread: Int) {
    let ((group, inputs, outputs), memory) = (division[task], scratch[thread])
    memset(memory[regions.sums], 0, inputs.count * outputs.count * taps * regions.sums.stride)
    let first = group * division.outputChannels
    for image in 0..<input.planes.images {
      for z in 0..<depth.input {
        for row in stride(from: 0, to: height.input, by: rowsAtOnce) {
          let taskRows = row..<min(row + rowsAtOnce, height.input)
          rows.load(
            taskRows, z: z, image: image, channels: first + outputs.lowerBound..<first + outputs.upperBound,
            into: memory[regions.gradients])
          let pairCount = findPairs(z, taskRows, memory)
          let firstInput = group * division.inputChannels + inputs.lowerBound
          let planes = loadInput(
            taskRows, z: z, image: image, channels: firstInput..<firstInput + inputs.count, memory)
          // Those of the next slice are not looked for.
          let next = taskRows.upperBound..<min(taskRows.upperBound + rowsAtOnce, height.input)
          let read = rows.upcoming(
            next, z: z, image: image, channels: first + outputs.lowerBound..<first + outputs.upperBound)
          addProducts(
            planes, pairs: pairCount, gradientStride: rows.channelStride(of: z, rows: taskRows.count),
            outputs: outputs.count, read: next.isEmpty ? rsk_upcoming() : read, memory)
        }
      }
    }
    for input in stride(from: 0, to: inputs.count, by: inputsAtOnce) {
      let channels = min(inputsAtOnce, inputs.count - input)
      total(
        memory[regions.sums, input * outputs.count * taps], channels * outputs.count * taps, memory[regions.totals])
      for a in 0..<channels {
        storeKernels(
          memory[regions.totals, a * outputs.count], distance: channels * outputs.count * sampleSize,
          ofInput: group * division.inputChannels + inputs.lowerBound + input + a, outputs: outputs, memory)
      }
    }
  }

  /// Stores the weights of an input channel, whose totals are `distance` bytes apart from tap to tap.
  private func storeKernels(
    _ totals: UnsafeRawPointer, distance: Int, ofInput input: Int, outputs: Range<Int>, _ memory: ScratchMemory
  ) {
    let target = writesInPlace ? gradWeight.planes.row(image: input, channel: outputs.lowerBound, y: 0) : nil
    interleave(
      totals, distance, sampleSize, target ?? memory[regions.kernels], sampleSize,
      target == nil ? taps * sampleSize : gradWeight.planes.channelStride, taps, outputs.count)
    guard target == nil else { return }
    for output in outputs {
      for z in 0..<depth.kernel {
        for y in 0..<height.kernel {
          let row = (z * height.kernel + y) * width.kernel
          gradWeight.store(
            memory[regions.kernels, (output - outputs.lowerBound) * taps + row], image: input, channel: output, z: z,
            y: y)
        }
      }
    }
  }

  // MARK: Products

  /// Rows of some channels of the input, with strides in samples.
  private struct InputRows {
    let first: UnsafeRawPointer
    let channels: Int
    let channelStride: Int
    let rowStride: Int
  }

  /// From a row of the input to the next, in samples.
  private var rowStride: Int { readsInPlace ? input.planes.rowStride / sampleSize : width.input }

  /// Some rows of some channels of the input: where they lie, or loaded.
  private func loadInput(
    _ taskRows: Range<Int>, z: Int, image: Int, channels: Range<Int>, _ memory: ScratchMemory
  ) -> InputRows {
    guard !readsInPlace else {
      return InputRows(
        first: input.planes.row(image: image, channel: channels.lowerBound, z: z, y: taskRows.lowerBound),
        channels: channels.count, channelStride: input.planes.channelStride / sampleSize, rowStride: rowStride)
    }
    for channel in channels {
      for y in taskRows {
        input.load(
          image: image, channel: channel, z: z, y: y,
          into: memory[
            regions.input, (channel - channels.lowerBound) * rowsAtOnce + y - taskRows.lowerBound])
      }
    }
    return InputRows(
      first: UnsafeRawPointer(memory[regions.input]), channels: channels.count,
      channelStride: rowsAtOnce * width.input, rowStride: rowStride)
  }

  /// Adds the products of some rows of the input with those of the gradient that are loaded.
  private func addProducts(
    _ inputs: InputRows, pairs pairCount: Int, gradientStride: Int, outputs: Int, read: rsk_upcoming,
    _ memory: ScratchMemory
  ) {
    let pairs = memory[regions.pairs]
    var correlation = rsk_correlation()
    correlation.first_stride = inputs.channelStride
    correlation.first_row_stride = inputs.rowStride
    correlation.second_stride = gradientStride
    correlation.second_row_stride = rows.pitch
    correlation.seconds = outputs
    // A few channels of the input at a time: their rows stay in the nearest cache for all taps.
    for channel in stride(from: 0, to: inputs.channels, by: inputsAtOnce) {
      correlation.firsts = min(inputsAtOnce, inputs.channels - channel)
      for index in 0..<pairCount {
        let pair = pairs[index]
        correlation.first = inputs.first + (channel * inputs.channelStride + pair.input) * sampleSize
        correlation.second = UnsafeRawPointer(memory[regions.gradients, pair.gradient])
        correlation.rows = pair.rows
        correlation.samples = pair.samples
        let sums = channel * outputs * taps + pair.weight * correlation.firsts * outputs
        correlation.read = read.part(
          channel / inputsAtOnce * pairCount + index,
          of: (inputs.channels + inputsAtOnce - 1) / inputsAtOnce * pairCount)
        correlate(&correlation, memory[regions.sums, sums])
      }
    }
  }

  /// Writes the pairs that have anything in some rows, and returns how many there are.
  private func findPairs(_ z: Int, _ taskRows: Range<Int>, _ memory: ScratchMemory) -> Int {
    let found = memory[regions.pairs]
    var count = 0
    rows.forEachSlice(of: z) { tapOfDepth, slot in
      // By phase of the gradient, so that its rows stay in the nearest cache, too.
      for phaseY in 0..<height.phasesRead {
        for phaseX in 0..<width.phasesRead {
          for ky in height.meetingTaps(ofPhase: phaseY) {
            guard let y = height.gradientTap(ky) else { continue }
            let met = y.inputs.clamped(to: taskRows)
            if met.isEmpty { continue }
            for kx in width.meetingTaps(ofPhase: phaseX) {
              guard let x = width.gradientTap(kx) else { continue }
              found[count] = RowPair(
                input: (met.lowerBound - taskRows.lowerBound) * rowStride + x.inputs.lowerBound,
                gradient: rows.offset(slot: slot, y, x, row: met.lowerBound, taskRows) + x.inputs.lowerBound,
                rows: met.count, samples: x.inputs.count,
                weight: (tapOfDepth.k * height.kernel + ky) * width.kernel + kx)
              count += 1
            }
          }
        }
      }
    }
    return count
  }
}

extension rsk_table {
  /// The kernel that sums the products of rows of two tensors of a format.
  func correlate(_ format: SumFormat) -> rsk_correlate {
    format.sampleSize == 8 ? correlations.float64! : correlations.float32!
  }

  func total(_ format: SumFormat) -> rsk_total {
    format.sampleSize == 8 ? correlations.total_float64! : correlations.total_float32!
  }
}
