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

  /// `next` is the task that the thread is likely to do after this one.
  func run(next: ConvTransposeTask?) {
    let read = next?.firstInput ?? rsk_upcoming()
    let written = shared.output.planes.upcoming(
      image: task.image, channels: outputChannels, z: task.z, rows: task.rows)
    let count = (shared.inputChannels - 1) / shared.channelsAtOnce + 1
    let parts = count * rowPhases.count * shared.width.phases
    var part = 0
    for number in 0..<count {
      let channels = channels(number)
      loadInput(channels)
      for rowPhase in 0..<rowPhases.count {
        for phase in 0..<shared.width.phases {
          addProducts(
            rowPhase, phase, channels, read: read.part(part, of: parts), written: written.part(part, of: parts))
          part += 1
        }
      }
    }
    storeSums()
  }

  /// The channels of the input that are loaded at a time.
  private func channels(_ number: Int) -> Range<Int> {
    let first = number * shared.channelsAtOnce
    return first..<min(first + shared.channelsAtOnce, shared.inputChannels)
  }

  private var outputChannels: Range<Int> {
    let first = task.group * shared.outputChannels
    return first + task.channels.lowerBound..<first + task.channels.upperBound
  }

  /// What is loaded first: of several slices the first.
  private var firstInput: rsk_upcoming {
    var slices = slicesOfTaps
    guard let slice = slices.next() else { return rsk_upcoming() }
    let (channels, first) = (channels(0), task.group * shared.inputChannels)
    return shared.input.planes.upcoming(
      image: task.image, channels: first + channels.lowerBound..<first + channels.upperBound, z: slice.input,
      rows: inputRows)
  }

  // MARK: Input

  /// The taps along the depth; each reads a slice of the input, and these are loaded in their order.
  private var slicesOfTaps: ConvTransposeAxis.Taps { shared.depth.taps(ofPhase: task.z, 1) }

  /// From a slice that is loaded to the next, and from a channel, in samples.
  private var sliceStride: Int { inputRows.count * shared.pitch }
  private var channelStride: Int { slices * sliceStride }

  /// Rows of `pitch` samples: those of the input, and zeros up to the next. Before the first there are zeros, too.
  private func loadInput(_ channels: Range<Int>) {
    let (region, pitch) = (shared.regions.input, shared.pitch)
    memset(memory[region], 0, shared.leftZeros * shared.sampleSize)
    var start = shared.leftZeros
    for channel in channels {
      for tap in slicesOfTaps {
        for y in inputRows {
          let row = memory[region, start]
          start += pitch
          guard y >= 0, y < shared.height.input else {
            memset(row, 0, pitch * shared.sampleSize)
            continue
          }
          shared.input.load(
            image: task.image, channel: task.group * shared.inputChannels + channel, z: tap.input, y: y, length: pitch,
            into: row)
        }
      }
    }
  }

  // MARK: Products

  /// Adds the products of some input channels to the sums of a phase, all output channels.
  private func addProducts(
    _ rowPhase: Int, _ phase: Int, _ channels: Range<Int>, read: rsk_upcoming, written: rsk_upcoming
  ) {
    let length = shared.width.length(ofPhase: phase)
    let tapCount = findTaps(rowPhase, phase, length, channels)
    // Sums start at the bias, also those without a tap.
    let isFirst = channels.lowerBound == 0
    guard isFirst || tapCount > 0 else { return }
    let first = task.channels.lowerBound
    var convolution = rsk_convolution(
      input: memory[shared.regions.input],
      weights: shared.weights.weights(ofGroup: task.group, block: first / shared.weights.blockLength),
      block_stride: shared.weights.blockStride, taps: memory[shared.regions.taps], tap_count: tapCount,
      start: isFirst ? shared.bias(ofGroup: task.group, first) : nil, read: read, written: written)
    // Between the rows the sums are of no use.
    let samples = (rowPhases.rowCount(ofPhase: rowPhase) - 1) * shared.pitch + length
    shared.convolve(&convolution, task.channels.count, samples, sums(first, rowPhase, phase), sumStride)
  }

  /// Writes the taps of a phase, those of some channels, and returns how many there are.
  private func findTaps(_ rowPhase: Int, _ phase: Int, _ length: Int, _ channels: Range<Int>) -> Int {
    let taps = memory[shared.regions.taps]
    var (count, weightStride) = (0, 0)
    var slice = shared.leftZeros
    for z in slicesOfTaps {
      for y in rowPhases.taps(ofPhase: rowPhase) {
        let row = slice + (rowPhases.firstRow(of: y, rowPhase) - inputRows.lowerBound) * shared.pitch
        for x in shared.width.taps(ofPhase: phase, length) {
          let place = shared.weights.place(ofTap: z.k, y.k, x.k)
          // The same for all taps of a phase.
          weightStride = place.channelStride
          taps[count] = rsk_tap(
            input: row + x.input, weights: place.first + channels.lowerBound * weightStride)
          count += 1
        }
      }
      slice += sliceStride
    }
    return taps.repeatTaps(count, channels: channels.count, inputStride: channelStride, weightStride: weightStride)
  }

  // MARK: Output

  /// Puts the phases of each row together.
  private func storeSums() {
    let output = shared.output
    for channel in task.channels {
      let outputChannel = task.group * shared.outputChannels + channel
      for y in task.rows {
        let row = output.planes.row(image: task.image, channel: outputChannel, z: task.z, y: y)
        let (place, rowPhase) = (y - task.rows.lowerBound).quotientAndRemainder(dividingBy: shared.height.stride)
        let sums = sums(channel, rowPhase, 0) + place * shared.pitch * shared.sampleSize
        var joined = sums
        if shared.width.phases > 1 {
          joined = shared.writesInPlace ? row : memory[shared.regions.row]
          join(sums, into: joined)
        }
        if joined != row { output.store(joined, samples: output.planes.width, to: row) }
      }
    }
  }

  /// Interleaves the phases of a row.
  private func join(_ sums: UnsafeRawPointer, into row: UnsafeMutableRawPointer) {
    let (size, phases) = (shared.sampleSize, shared.width.phases)
    let (whole, rest) = shared.width.output.quotientAndRemainder(dividingBy: phases)
    let phaseBytes = phaseStride * size
    shared.interleave(sums, size, phaseBytes, row, phases * size, size, whole, phases)
    // The first phases may have a sample more.
    shared.interleave(
      sums + whole * size, size, phaseBytes, row + whole * phases * size, phases * size, size, 1, rest)
  }
}
