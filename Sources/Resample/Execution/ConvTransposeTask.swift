import CShims

/// Some rows of a slice of the output, all channels of one group.
struct ConvTransposeTask {
  private let execution: UnsafePointer<ConvTransposeExecution>
  private let scratch: ConvTransposeWorkspace.Part
  private var image = 0
  private var group = 0
  private var z = 0
  private var rows = 0..<0
  /// The rows of the input that are loaded of each slice.
  private var inputRows = 0

  init(_ execution: UnsafePointer<ConvTransposeExecution>, _ scratch: ConvTransposeWorkspace.Part) {
    self.execution = execution
    self.scratch = scratch
  }

  private var shared: ConvTransposeExecution {
    _read { yield execution.pointee }
  }

  private var sampleSize: Int { shared.format.sampleSize }
  /// From the sums of one output channel to those of the next, and from one row of the output, in samples.
  private var sumStride: Int { shared.width.phases * shared.phaseLength }
  private var rowStride: Int { shared.paddedOutputChannels * sumStride }

  mutating func run(_ index: Int) {
    let rowBlocks = (shared.height.output + shared.rowsPerTask - 1) / shared.rowsPerTask
    var rest = index
    let first = rest % rowBlocks * shared.rowsPerTask
    rest /= rowBlocks
    z = rest % shared.depth.output
    rest /= shared.depth.output
    group = rest % shared.groups
    image = rest / shared.groups
    rows = first..<min(first + shared.rowsPerTask, shared.height.output)

    startSums()
    findInputRows()
    var channel = 0
    while channel < shared.inputChannels {
      let channels = min(shared.channelsAtOnce, shared.inputChannels - channel)
      loadInput(channel, channels)
      for y in rows {
        for phase in 0..<shared.width.phases { addProducts(y, phase, channel, channels) }
      }
      channel += channels
    }
    storeSums()
  }

  /// Sums begin with the bias.
  private func startSums() {
    let count = rows.count * rowStride
    memset(scratch.sums, 0, count * sampleSize)
    guard let bias = shared.bias else { return }
    for output in 0..<shared.outputChannels {
      let source = bias.origin + (group * shared.outputChannels + output) * bias.byteStride(0)
      let first = scratch.sums + output * sumStride * sampleSize
      // The same sample again and again.
      shared.conversion.load(source, 0, sumStride, 1, first)
      for row in 1..<max(rows.count, 1) {
        memcpy(first + row * rowStride * sampleSize, first, sumStride * sampleSize)
      }
    }
  }

  // MARK: Input

  /// Gives a place to each row of the input that the rows of the output read.
  private mutating func findInputRows() {
    for row in 0..<shared.height.input { scratch.slots[row] = -1 }
    inputRows = 0
    for y in rows {
      for k in 0..<shared.height.kernel {
        guard let row = shared.height.input(of: y, k), scratch.slots[row] < 0 else { continue }
        scratch.slots[row] = Int32(inputRows)
        inputRows += 1
      }
    }
  }

  /// From a slice that is loaded to the next, and from a channel, in samples.
  private var sliceStride: Int { inputRows * shared.inputRowLength }
  private var channelStride: Int { min(shared.depth.kernel, shared.depth.input) * sliceStride }

  /// The place of slice `iz` of the input among those that are loaded.
  private func slot(ofSlice iz: Int) -> Int {
    var slot = 0
    for k in 0..<shared.depth.kernel {
      guard let other = shared.depth.input(of: z, k) else { continue }
      if other == iz { return slot }
      slot += 1
    }
    return slot
  }

  private func loadInput(_ first: Int, _ channels: Int) {
    let input = shared.input
    let (left, length) = (shared.leftZeros, shared.inputRowLength)
    for channel in 0..<channels {
      let plane =
        input.origin + image * input.byteStride(0)
        + (group * shared.inputChannels + first + channel) * input.byteStride(1)
      for kz in 0..<shared.depth.kernel {
        guard let iz = shared.depth.input(of: z, kz) else { continue }
        let slice = scratch.input + (channel * channelStride + slot(ofSlice: iz) * sliceStride) * sampleSize
        for iy in 0..<shared.height.input where scratch.slots[iy] >= 0 {
          let row = slice + Int(scratch.slots[iy]) * length * sampleSize
          memset(row, 0, left * sampleSize)
          shared.conversion.load(
            plane + iz * input.byteStride(ofDimension: 0) + iy * input.byteStride(ofDimension: 1),
            input.byteStride(ofDimension: 2), shared.width.input, 1, row + left * sampleSize)
          let end = left + shared.width.input
          memset(row + end * sampleSize, 0, (length - end) * sampleSize)
        }
      }
    }
  }

  // MARK: Products

  /// Adds the products of some input channels to the sums of a phase of a row, all output channels.
  private func addProducts(_ y: Int, _ phase: Int, _ channel: Int, _ channels: Int) {
    var tapCount = 0
    for kz in 0..<shared.depth.kernel {
      guard let iz = shared.depth.input(of: z, kz) else { continue }
      let slice = slot(ofSlice: iz) * sliceStride
      for ky in 0..<shared.height.kernel {
        guard let iy = shared.height.input(of: y, ky) else { continue }
        let row = slice + Int(scratch.slots[iy]) * shared.inputRowLength + shared.leftZeros
        for kx in 0..<shared.width.kernel {
          guard let ix = shared.width.input(ofPhase: phase, kx),
            ConvTransposeExecution.reads(ix, phase, shared.width)
          else { continue }
          let tap = (kz * shared.height.kernel + ky) * shared.width.kernel + kx
          scratch.taps[tapCount] = rsk_convolution_tap(input: row + ix, weights: tap)
          tapCount += 1
        }
      }
    }
    guard tapCount > 0 else { return }
    let kernelTaps = shared.depth.kernel * shared.height.kernel * shared.width.kernel
    var weightStride = 1
    var block = 0
    while block * shared.blockLength < shared.outputChannels {
      let first = block * shared.blockLength
      let stride = shared.weightStride(ofBlock: block)
      // Weights of a tap lie as far apart as the block is wide.
      for tap in 0..<tapCount { scratch.taps[tap].weights = scratch.taps[tap].weights / weightStride * stride }
      weightStride = stride
      var convolution = rsk_convolution(
        input: scratch.input, input_stride: channelStride,
        weights: shared.weights(ofGroup: group, block: block) + channel * kernelTaps * stride * sampleSize,
        weight_stride: kernelTaps * stride, channels: channels, taps: scratch.taps, tap_count: tapCount)
      let sums =
        scratch.sums
        + ((y - rows.lowerBound) * rowStride + first * sumStride + phase * shared.phaseLength) * sampleSize
      shared.convolve(
        &convolution, min(shared.blockLength, shared.outputChannels - first), shared.width.length(ofPhase: phase), sums,
        sumStride)
      block += 1
    }
  }

  // MARK: Output

  /// Puts the phases of each row together.
  private func storeSums() {
    let output = shared.output
    let phases = shared.width.phases
    let stride = output.byteStride(ofDimension: 2)
    let writesInPlace = shared.format.isDirect && (stride == sampleSize || shared.width.output == 1)
    for channel in 0..<shared.outputChannels {
      let plane =
        output.origin + image * output.byteStride(0)
        + (group * shared.outputChannels + channel) * output.byteStride(1) + z * output.byteStride(ofDimension: 0)
      for y in rows {
        let row = plane + y * output.byteStride(ofDimension: 1)
        let sums = scratch.sums + ((y - rows.lowerBound) * rowStride + channel * sumStride) * sampleSize
        var joined = sums
        if phases > 1 {
          joined = writesInPlace ? row : scratch.row
          let whole = shared.width.output / phases
          let phaseBytes = shared.phaseLength * sampleSize
          shared.interleave(sums, sampleSize, phaseBytes, joined, phases * sampleSize, sampleSize, whole, phases)
          // The first phases may have a sample more.
          let rest = shared.width.output % phases
          shared.interleave(
            sums + whole * sampleSize, sampleSize, phaseBytes, joined + whole * phases * sampleSize,
            phases * sampleSize,
            sampleSize, 1, rest)
        }
        if joined != row {
          shared.conversion.store(joined, shared.width.output, 1, -.infinity, .infinity, row, stride)
        }
      }
    }
  }
}
