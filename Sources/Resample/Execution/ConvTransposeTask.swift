import CShims

/// Some rows of a slice of the output, some or all channels of one group.
struct ConvTransposeTask {
  private let execution: UnsafePointer<ConvTransposeExecution>
  private let scratch: ConvTransposeWorkspace.Part
  private var image = 0
  private var group = 0
  private var z = 0
  private var rows = 0..<0
  private var channels = 0..<0
  /// The rows of the input that are loaded of each slice; those outside it are zeros.
  private var inputRows = 0..<0
  /// The slices of the input that are loaded.
  private var slices = 0

  init(_ execution: UnsafePointer<ConvTransposeExecution>, _ scratch: ConvTransposeWorkspace.Part) {
    self.execution = execution
    self.scratch = scratch
  }

  private var shared: ConvTransposeExecution {
    _read { yield execution.pointee }
  }

  private var sampleSize: Int { shared.format.sampleSize }

  // MARK: Rows of a phase

  /// The rows of the task are so many phases of rows a stride apart.
  private var rowPhases: Int { min(shared.height.stride, rows.count) }

  /// The rows of a phase; the first of them is the phase-th of the task.
  private func rowCount(ofPhase phase: Int) -> Int {
    (rows.count - phase + shared.height.stride - 1) / shared.height.stride
  }

  /// From one phase, of height or width, to the next, and from one output channel, in samples.
  private var phaseStride: Int {
    (rowCount(ofPhase: 0) * shared.pitch + Int(RSK_LANES) - 1) & -Int(RSK_LANES)
  }
  private var sumStride: Int { rowPhases * shared.width.phases * phaseStride }

  /// The sums of an output channel.
  private func sums(_ channel: Int, _ rowPhase: Int, _ phase: Int) -> UnsafeMutableRawPointer {
    scratch.sums
      + ((channel - channels.lowerBound) * sumStride + (rowPhase * shared.width.phases + phase) * phaseStride)
      * sampleSize
  }

  mutating func run(_ index: Int) {
    let rowBlocks = (shared.height.output + shared.rowsPerTask - 1) / shared.rowsPerTask
    var rest = index
    let first = rest % rowBlocks * shared.rowsPerTask
    rest /= rowBlocks
    let parts = (shared.outputChannels + shared.channelsPerTask - 1) / shared.channelsPerTask
    let firstChannel = rest % parts * shared.channelsPerTask
    channels = firstChannel..<min(firstChannel + shared.channelsPerTask, shared.outputChannels)
    rest /= parts
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
      for rowPhase in 0..<rowPhases {
        for phase in 0..<shared.width.phases { addProducts(rowPhase, phase, channel, channels) }
      }
      channel += channels
    }
    storeSums()
  }

  /// Sums begin with the bias.
  private func startSums() {
    // The kernel rounds the channels of the last block up.
    let padded = channels.upperBound == shared.outputChannels ? shared.paddedOutputChannels : channels.upperBound
    memset(scratch.sums, 0, (padded - channels.lowerBound) * sumStride * sampleSize)
    guard let bias = shared.bias else { return }
    for output in channels {
      let source = bias.origin + (group * shared.outputChannels + output) * bias.byteStride(0)
      // The same sample again and again.
      shared.conversion.load(source, 0, sumStride, 1, sums(output, 0, 0))
    }
  }

  // MARK: Input

  private mutating func findInputRows() {
    slices = 0
    for k in 0..<shared.depth.kernel where shared.depth.input(of: z, k) != nil { slices += 1 }
    inputRows = 0..<0
    for phase in 0..<rowPhases {
      let count = rowCount(ofPhase: phase)
      for k in 0..<shared.height.kernel {
        guard let first = shared.height.input(ofPhase: rows.lowerBound + phase, k), shared.height.reads(first, count)
        else { continue }
        inputRows =
          inputRows.isEmpty
          ? first..<first + count
          : min(inputRows.lowerBound, first)..<max(inputRows.upperBound, first + count)
      }
    }
  }

  /// From a slice that is loaded to the next, and from a channel, in samples.
  private var sliceStride: Int { inputRows.count * shared.pitch }
  private var channelStride: Int { slices * sliceStride }

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

  /// Rows of `pitch` samples: those of the input, and zeros up to the next. Before the first there are zeros, too.
  private func loadInput(_ first: Int, _ channels: Int) {
    let input = shared.input
    let (width, pitch) = (shared.width.input, shared.pitch)
    let zeros = shared.leftZeros
    memset(scratch.input, 0, zeros * sampleSize)
    let samples = scratch.input + zeros * sampleSize
    for channel in 0..<channels {
      let plane =
        input.origin + image * input.byteStride(0)
        + (group * shared.inputChannels + first + channel) * input.byteStride(1)
      for kz in 0..<shared.depth.kernel {
        guard let iz = shared.depth.input(of: z, kz) else { continue }
        let slice = samples + (channel * channelStride + slot(ofSlice: iz) * sliceStride) * sampleSize
        for iy in inputRows {
          let row = slice + (iy - inputRows.lowerBound) * pitch * sampleSize
          guard iy >= 0, iy < shared.height.input else {
            memset(row, 0, pitch * sampleSize)
            continue
          }
          shared.conversion.load(
            plane + iz * input.byteStride(ofDimension: 0) + iy * input.byteStride(ofDimension: 1),
            input.byteStride(ofDimension: 2), width, 1, row)
          memset(row + width * sampleSize, 0, (pitch - width) * sampleSize)
        }
      }
    }
  }

  // MARK: Products

  /// Adds the products of some input channels to the sums of a phase, all output channels.
  private func addProducts(_ rowPhase: Int, _ phase: Int, _ channel: Int, _ channels: Int) {
    let count = rowCount(ofPhase: rowPhase)
    let length = shared.width.length(ofPhase: phase)
    var tapCount = 0
    for kz in 0..<shared.depth.kernel {
      guard let iz = shared.depth.input(of: z, kz) else { continue }
      let slice = slot(ofSlice: iz) * sliceStride
      for ky in 0..<shared.height.kernel {
        guard let iy = shared.height.input(ofPhase: rows.lowerBound + rowPhase, ky), shared.height.reads(iy, count)
        else { continue }
        let row = slice + (iy - inputRows.lowerBound) * shared.pitch + shared.leftZeros
        for kx in 0..<shared.width.kernel {
          guard let ix = shared.width.input(ofPhase: phase, kx), shared.width.reads(ix, length) else { continue }
          let tap = (kz * shared.height.kernel + ky) * shared.width.kernel + kx
          scratch.taps[tapCount] = rsk_convolution_tap(input: row + ix, weights: tap)
          tapCount += 1
        }
      }
    }
    guard tapCount > 0 else { return }
    let kernelTaps = shared.depth.kernel * shared.height.kernel * shared.width.kernel
    // Between the rows the sums are of no use.
    let samples = (count - 1) * shared.pitch + length
    var weightStride = 1
    var first = self.channels.lowerBound
    while first < self.channels.upperBound {
      let block = first / shared.blockLength
      let stride = shared.weightStride(ofBlock: block)
      // Weights of a tap lie as far apart as the block is wide.
      for tap in 0..<tapCount { scratch.taps[tap].weights = scratch.taps[tap].weights / weightStride * stride }
      weightStride = stride
      var convolution = rsk_convolution(
        input: scratch.input, input_stride: channelStride,
        weights: shared.weights(ofGroup: group, block: block) + channel * kernelTaps * stride * sampleSize,
        weight_stride: kernelTaps * stride, channels: channels, taps: scratch.taps, tap_count: tapCount)
      shared.convolve(
        &convolution, min(shared.blockLength, self.channels.upperBound - first), samples, sums(first, rowPhase, phase),
        sumStride)
      first += shared.blockLength
    }
  }

  // MARK: Output

  /// Puts the phases of each row together.
  private func storeSums() {
    let output = shared.output
    let phases = shared.width.phases
    let stride = output.byteStride(ofDimension: 2)
    let writesInPlace = shared.format.isDirect && (stride == sampleSize || shared.width.output == 1)
    for channel in channels {
      let plane =
        output.origin + image * output.byteStride(0)
        + (group * shared.outputChannels + channel) * output.byteStride(1) + z * output.byteStride(ofDimension: 0)
      for y in rows {
        let row = plane + y * output.byteStride(ofDimension: 1)
        let (place, rowPhase) = (y - rows.lowerBound).quotientAndRemainder(dividingBy: shared.height.stride)
        let sums = sums(channel, rowPhase, 0) + place * shared.pitch * sampleSize
        var joined = sums
        if phases > 1 {
          joined = writesInPlace ? row : scratch.row
          let whole = shared.width.output / phases
          let phaseBytes = phaseStride * sampleSize
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
