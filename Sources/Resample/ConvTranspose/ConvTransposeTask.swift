import CShims

/// Some rows of a slice of the output, some or all channels of one group.
struct ConvTransposeTask {
  private let execution: UnsafePointer<ConvTransposeExecution>
  private let task: ConvolutionTasks.Task
  private let memory: ScratchMemory
  /// The rows of the input that are loaded of each slice; those outside it are zeros.
  private let inputRows: Range<Int>
  /// The slices of the input that are loaded.
  private let slices: Int

  init(_ execution: UnsafePointer<ConvTransposeExecution>, _ task: ConvolutionTasks.Task, _ memory: ScratchMemory) {
    self.execution = execution
    self.task = task
    self.memory = memory
    var slices = 0
    for _ in execution.pointee.depth.taps(ofPhase: task.z, 1) { slices += 1 }
    self.slices = slices
    let phases = RowPhases(execution.pointee.height, task.rows)
    var inputRows = 0..<0
    for phase in 0..<phases.count {
      for tap in phases.taps(ofPhase: phase) {
        let first = phases.firstRow(of: tap, phase)
        let read = first..<first + phases.rowCount(ofPhase: phase)
        inputRows =
          inputRows.isEmpty
          ? read : min(inputRows.lowerBound, read.lowerBound)..<max(inputRows.upperBound, read.upperBound)
      }
    }
    self.inputRows = inputRows
  }

  private var shared: ConvTransposeExecution {
    _read { yield execution.pointee }
  }

  /// The rows of a task as phases of rows a stride apart.
  private struct RowPhases {
    private let height: ConvTransposeAxis
    private let rows: Range<Int>

    init(_ height: ConvTransposeAxis, _ rows: Range<Int>) {
      self.height = height
      self.rows = rows
    }

    var count: Int { min(height.stride, rows.count) }

    /// The rows of a phase; the first of them is the phase-th of the task.
    func rowCount(ofPhase phase: Int) -> Int { (rows.count - phase + height.stride - 1) / height.stride }

    /// The taps along the height that read anything for any row of the phase, be it of this task or not: where a weight is
    /// infinite, tasks must not show.
    func taps(ofPhase phase: Int) -> ConvTransposeAxis.Taps {
      let phase = (rows.lowerBound + phase) % height.stride
      return height.taps(ofPhase: phase, height.length(ofPhase: phase))
    }

    /// The row of the input that such a tap reads for the first row of the phase in this task. Rows outside are zeros, as
    /// far away as they may be.
    func firstRow(of tap: ConvTransposeAxis.Tap, _ phase: Int) -> Int {
      let first = tap.input + (rows.lowerBound + phase) / height.stride
      return max(-rowCount(ofPhase: phase), min(first, height.input))
    }
  }

  private var rowPhases: RowPhases { RowPhases(shared.height, task.rows) }

  /// From one phase, of height or width, to the next, and from one output channel, in samples.
  private var phaseStride: Int { (rowPhases.rowCount(ofPhase: 0) * shared.pitch).roundedUpToVector }
  private var sumStride: Int { rowPhases.count * shared.width.phases * phaseStride }

  /// The sums of an output channel.
  private func sums(_ channel: Int, _ rowPhase: Int, _ phase: Int) -> UnsafeMutableRawPointer {
    let plane = (channel - task.channels.lowerBound) * sumStride
    return memory[shared.regions.sums, plane + (rowPhase * shared.width.phases + phase) * phaseStride]
  }

  func run() {
    var channel = 0
    while channel < shared.inputChannels {
      let channels = channel..<min(channel + shared.channelsAtOnce, shared.inputChannels)
      loadInput(channels)
      for rowPhase in 0..<rowPhases.count {
        for phase in 0..<shared.width.phases { addProducts(rowPhase, phase, channels) }
      }
      channel = channels.upperBound
    }
    storeSums()
  }

  // MARK: Input

  /// The taps along the depth; each reads a slice of the input, and these are loaded in their order.
  private var slicesOfTaps: ConvTransposeAxis.Taps { shared.depth.taps(ofPhase: task.z, 1) }

  /// From a slice that is loaded to the next, and from a channel, in samples.
  private var sliceStride: Int { inputRows.count * shared.pitch }
  private var channelStride: Int { slices * sliceStride }

  /// Rows of `pitch` samples: those of the input, and zeros up to the next. Before the first there are zeros, too.
  private func loadInput(_ channels: Range<Int>) {
    let (input, size, pitch) = (shared.input, shared.sampleSize, shared.pitch)
    let rows = inputRows.clamped(to: 0..<shared.height.input)
    let (above, below) = (rows.lowerBound - inputRows.lowerBound, inputRows.upperBound - rows.upperBound)
    // Without zeros between them, rows that lie one after the other are one.
    let isOneRow = pitch == input.planes.width && input.planes.hasJoinedRows
    memset(memory[shared.regions.input], 0, shared.leftZeros * size)
    var row = memory[shared.regions.input, shared.leftZeros]
    for channel in channels {
      let inputChannel = task.group * shared.inputChannels + channel
      for tap in slicesOfTaps {
        memset(row, 0, above * pitch * size)
        row += above * pitch * size
        if isOneRow {
          let source = input.planes.row(image: task.image, channel: inputChannel, z: tap.input, y: rows.lowerBound)
          input.load(source, samples: rows.count * pitch, into: row)
          row += rows.count * pitch * size
        } else {
          for y in rows {
            input.load(image: task.image, channel: inputChannel, z: tap.input, y: y, length: pitch, into: row)
            row += pitch * size
          }
        }
        memset(row, 0, below * pitch * size)
        row += below * pitch * size
      }
    }
  }

  // MARK: Products

  /// Adds the products of some input channels to the sums of a phase, all output channels.
  private func addProducts(_ rowPhase: Int, _ phase: Int, _ channels: Range<Int>) {
    let length = shared.width.length(ofPhase: phase)
    let tapCount = findTaps(rowPhase, phase, length)
    // Sums start at the bias, also those without a tap.
    let isFirst = channels.lowerBound == 0
    guard isFirst || tapCount > 0 else { return }
    let taps = memory[shared.regions.taps]
    // Between the rows the sums are of no use.
    let samples = (rowPhases.rowCount(ofPhase: rowPhase) - 1) * shared.pitch + length
    var tapStride = 1
    var first = task.channels.lowerBound
    while first < task.channels.upperBound {
      let block = first / shared.weights.blockLength
      // The taps of a narrower block are closer.
      let stride = shared.weights.tapStride(ofBlock: block)
      for tap in 0..<tapCount { taps[tap].weights = taps[tap].weights / tapStride * stride }
      tapStride = stride
      var convolution = rsk_convolution(
        input: memory[shared.regions.input], input_stride: channelStride,
        weights: shared.weights.weights(ofGroup: task.group, block: block, input: channels.lowerBound),
        weight_stride: shared.weights.stride(ofBlock: block), channels: channels.count, taps: taps, tap_count: tapCount,
        start: isFirst ? shared.bias(ofGroup: task.group, first) : nil)
      shared.convolve(
        &convolution, min(shared.weights.blockLength, task.channels.upperBound - first), samples,
        sums(first, rowPhase, phase), sumStride)
      first += shared.weights.blockLength
    }
  }

  /// Writes the taps of a phase, and returns how many there are.
  private func findTaps(_ rowPhase: Int, _ phase: Int, _ length: Int) -> Int {
    let taps = memory[shared.regions.taps]
    var count = 0
    var slice = shared.leftZeros
    let (tapsOfHeight, tapsOfWidth) = (
      rowPhases.taps(ofPhase: rowPhase), shared.width.taps(ofPhase: phase, length)
    )
    for z in slicesOfTaps {
      for y in tapsOfHeight {
        let row = slice + (rowPhases.firstRow(of: y, rowPhase) - inputRows.lowerBound) * shared.pitch
        for x in tapsOfWidth {
          let weight = (z.k * shared.height.kernel + y.k) * shared.width.kernel + x.k
          taps[count] = rsk_convolution_tap(input: row + x.input, weights: weight)
          count += 1
        }
      }
      slice += sliceStride
    }
    return count
  }

  // MARK: Output

  /// Puts the phases of each row together.
  private func storeSums() {
    // Read once: stores might change what a pointer shares.
    let (output, size, pitch, stride) = (shared.output, shared.sampleSize, shared.pitch, shared.height.stride)
    let join = RowJoin(self)
    let (phases, isInPlace) = (shared.width.phases, shared.writesInPlace)
    let rowPhaseBytes = phases * phaseStride * size
    for channel in task.channels {
      let outputChannel = task.group * shared.outputChannels + channel
      let first = sums(channel, 0, 0)
      var (place, rowPhase) = (0, 0)
      for y in task.rows {
        let row = output.planes.row(image: task.image, channel: outputChannel, z: task.z, y: y)
        let sums = first + (rowPhase * rowPhaseBytes + place * pitch * size)
        var joined = sums
        if phases > 1 {
          joined = isInPlace ? row : memory[shared.regions.row]
          join(sums, into: joined)
        }
        if joined != row { output.store(joined, samples: output.planes.width, to: row) }
        rowPhase += 1
        if rowPhase == stride { (place, rowPhase) = (place + 1, 0) }
      }
    }
  }

  /// Interleaves the phases of a row.
  private struct RowJoin {
    private let interleave: rsk_interleave
    private let size: Int
    private let phases: Int
    private let phaseBytes: Int
    private let whole: Int
    /// The first phases may have a sample more.
    private let rest: Int

    init(_ task: borrowing ConvTransposeTask) {
      interleave = task.shared.interleave
      (size, phases) = (task.shared.sampleSize, task.shared.width.phases)
      phaseBytes = task.phaseStride * size
      (whole, rest) = task.shared.width.output.quotientAndRemainder(dividingBy: phases)
    }

    func callAsFunction(_ sums: UnsafeRawPointer, into row: UnsafeMutableRawPointer) {
      interleave(sums, size, phaseBytes, row, phases * size, size, whole, phases)
      if rest == 0 { return }
      interleave(
        sums + whole * size, size, phaseBytes, row + whole * phases * size, phases * size, size, 1, rest)
    }
  }
}
