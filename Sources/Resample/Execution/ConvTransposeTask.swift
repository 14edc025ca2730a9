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

  // MARK: Input

  /// The taps along the height that read anything for any row of the phase, be it of this task or not: where a weight is
  /// infinite, tasks must not show.
  private func heightTaps(_ rowPhase: Int) -> ConvTransposeAxis.Taps {
    let phase = (rows.lowerBound + rowPhase) % shared.height.stride
    return shared.height.taps(ofPhase: phase, shared.height.length(ofPhase: phase))
  }

  /// The row of the input that such a tap reads for the first row of the phase in this task. Rows outside are zeros, as far
  /// away as they may be.
  private func firstRow(_ tap: ConvTransposeAxis.Tap, _ rowPhase: Int) -> Int {
    let first = tap.input + (rows.lowerBound + rowPhase) / shared.height.stride
    return max(-rowCount(ofPhase: rowPhase), min(first, shared.height.input))
  }

  /// The taps along the depth; each reads a slice of the input, and these are loaded in their order.
  private var slicesOfTaps: ConvTransposeAxis.Taps { shared.depth.taps(ofPhase: z, 1) }

  private mutating func findInputRows() {
    slices = 0
    for _ in slicesOfTaps { slices += 1 }
    inputRows = 0..<0
    for phase in 0..<rowPhases {
      let count = rowCount(ofPhase: phase)
      for tap in heightTaps(phase) {
        let first = firstRow(tap, phase)
        let read = first..<first + count
        inputRows =
          inputRows.isEmpty
          ? read : min(inputRows.lowerBound, read.lowerBound)..<max(inputRows.upperBound, read.upperBound)
      }
    }
  }

  /// From a slice that is loaded to the next, and from a channel, in samples.
  private var sliceStride: Int { inputRows.count * shared.pitch }
  private var channelStride: Int { slices * sliceStride }

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
      var slice = samples + channel * channelStride * sampleSize
      for tap in slicesOfTaps {
        for iy in inputRows {
          let row = slice + (iy - inputRows.lowerBound) * pitch * sampleSize
          guard iy >= 0, iy < shared.height.input else {
            memset(row, 0, pitch * sampleSize)
            continue
          }
          shared.conversion.load(
            plane + tap.input * input.byteStride(ofDimension: 0) + iy * input.byteStride(ofDimension: 1),
            input.byteStride(ofDimension: 2), width, 1, row)
          memset(row + width * sampleSize, 0, (pitch - width) * sampleSize)
        }
        slice += sliceStride * sampleSize
      }
    }
  }

  // MARK: Products

  /// Adds the products of some input channels to the sums of a phase, all output channels.
  private func addProducts(_ rowPhase: Int, _ phase: Int, _ channel: Int, _ channels: Int) {
    let count = rowCount(ofPhase: rowPhase)
    let length = shared.width.length(ofPhase: phase)
    var tapCount = 0
    var slice = shared.leftZeros
    for z in slicesOfTaps {
      for y in heightTaps(rowPhase) {
        let row = slice + (firstRow(y, rowPhase) - inputRows.lowerBound) * shared.pitch
        for x in shared.width.taps(ofPhase: phase, length) {
          let weight = (z.k * shared.height.kernel + y.k) * shared.width.kernel + x.k
          scratch.taps[tapCount] = rsk_convolution_tap(input: row + x.input, weights: weight)
          tapCount += 1
        }
      }
      slice += sliceStride
    }
    // Sums start at the bias, also those without a tap.
    let isFirst = channel == 0
    guard isFirst || tapCount > 0 else { return }
    let kernelTaps = shared.depth.kernel * shared.height.kernel * shared.width.kernel
    // Between the rows the sums are of no use.
    let samples = (count - 1) * shared.pitch + length
    var weightStride = 1
    var first = self.channels.lowerBound
    while first < self.channels.upperBound {
      let block = first / shared.weights.blockLength
      let stride = shared.weights.stride(ofBlock: block)
      // Weights of a tap lie as far apart as the block is wide.
      for tap in 0..<tapCount { scratch.taps[tap].weights = scratch.taps[tap].weights / weightStride * stride }
      weightStride = stride
      var convolution = rsk_convolution(
        input: scratch.input, input_stride: channelStride,
        weights: shared.packedWeights! + shared.weights.offset(ofGroup: group, block: block)
          + channel * kernelTaps * stride * sampleSize,
        weight_stride: kernelTaps * stride, channels: channels, taps: scratch.taps, tap_count: tapCount,
        start: isFirst ? shared.bias(ofGroup: group, first) : nil)
      shared.convolve(
        &convolution, min(shared.weights.blockLength, self.channels.upperBound - first), samples,
        sums(first, rowPhase, phase),
        sumStride)
      first += shared.weights.blockLength
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
