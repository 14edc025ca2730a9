import CShims

extension InterpolatePlan {
  /// Resamples `logits`, and writes which channel is greatest to `labels`. Both have been checked.
  @inline(never)
  func label(_ logits: Tensor, _ labels: Tensor) throws(ResampleError) {
    let format = request.format!
    try withPasses(format, samplesPerPixel: 1) { passes throws(ResampleError) in
      let execution = try LabelExecution(self, format, passes, source(of: logits), labels)
      execution.run()
    }
  }
}

/// One run that labels pixels. A task makes some rows of an image, of one channel after the other, and then compares the
/// channels: no more of the resampled logits is ever there.
struct LabelExecution: ~Copyable {
  private let resampling: WeightedExecution
  fileprivate let format: SampleFormat
  fileprivate let label: rsk_label
  fileprivate let writer: LabelWriter
  fileprivate let channels: Int
  fileprivate let width: Int
  fileprivate let blocks: BlockGrid
  private let threads: Int
  /// Rows of the input are resampled along the width and wait in rings, to be combined as they are compared.
  private let combines: Bool
  fileprivate let rowsAtOnce: Int
  /// The rows of a channel that are compared, or combined and compared.
  fileprivate let rows: RowRegion
  /// Labels as numbers, and a row of the dtype.
  fileprivate let numbers: RowRegion
  fileprivate let rounded: RowRegion
  /// For each channel, and for each thread.
  private let channelRows: Scratch
  private let scratch: Scratch

  /// What waits to be compared is to stay in a near cache.
  private static let cachedScores = 256 << 10

  /// Fails when there is no memory for scratch, before anything is written. The plan has to outlive this.
  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ passes: UnsafePointer<PassPlan>, _ logits: Tensor,
    _ labels: Tensor
  ) throws(ResampleError) {
    let channels = logits.shape.channels
    // Has the lengths of the resampled logits, and no memory: their rows go to scratch memory.
    let resampled = Tensor(logits, offset: 0, plan.request.outputShape, InlineArray<8, Int>(repeating: 0))
    let resampling = try WeightedExecution(plan, format, passes, input: logits, output: resampled, writesRows: false)
    let blocks = BlockGrid(
      planes: logits.shape.batch, height: labels.shape[1],
      rowCost: try checkedProduct(passes.pointee.rowCost, channels))
    let threads = min(blocks.threads, resampling.blocks.threads)

    let height = resampling.heightTaps.pointee
    let combines =
      resampling.order == .widthFirst && format.memoryAccess == .direct && resampling.packedPlanes == nil
      && height.most_taps <= 2 && height.fewest_taps > 0
    let rowSize = passes.pointee.rowSize
    let cachedRows = LabelExecution.cachedScores / (try checkedProduct(channels, rowSize))
    let rowsAtOnce = combines ? 8 : max(4, min(16, cachedRows & -4))
    let places = combines ? resampling.ringPlaces : rowsAtOnce
    var ofChannel = ScratchLayout()
    let rows = try ofChannel.reserveAlignedRows(places, of: rowSize, shift: 0)
    // An odd number of cache lines, so that the channels do not drive each other from the cache.
    _ = try ofChannel.reserve((ofChannel.byteCount / ScratchLayout.cacheLine + 1) % 2, of: UInt8.self)
    let channelRows = try Scratch(ofChannel, threads: try checkedProduct(threads, channels))
    var others = ScratchLayout()
    let numbers = try others.reserveAlignedRows(rowsAtOnce, of: rowSize, shift: 0)
    let rounded = try others.reserveRows(format.memoryAccess == .direct ? 0 : 1, of: rowSize)
    let scratch = try Scratch(others, threads: threads)
    // Kernels compare whole vectors.
    for memory in 0..<threads * channels {
      for place in 0..<places { memset(channelRows[memory][rows, place] + rowSize, 0, rows.stride - rowSize) }
    }
    self.resampling = resampling
    self.format = format
    label = format.workingType == .float64 ? plan.kernels.labels.float64! : plan.kernels.labels.float32!
    writer = LabelWriter(labels, format.workingType, plan.kernels)
    (self.channels, width) = (channels, labels.shape[2])
    (self.blocks, self.threads) = (blocks, threads)
    (self.combines, self.rowsAtOnce) = (combines, rowsAtOnce)
    (self.rows, self.numbers, self.rounded) = (rows, numbers, rounded)
    self.channelRows = channelRows
    self.scratch = scratch
  }

  func run() {
    if combines {
      return withPointers { ThreadPool.run(CombinedLabels($0, $1), tasks: blocks.count, threads: threads) }
    }
    switch resampling.order {
    case .none: run(NoPass.self)
    case .width: run(WidthPass.self)
    case .height, .widthFirst: run(HeightPass.self)
    case .heightFirst: run(HeightFirstPass.self)
    case .bothAtOnce, .planewise: preconditionFailure("rows of one plane after the other are asked for")
    }
  }

  private func run<Slice: SlicePass>(_ slice: Slice.Type) {
    withPointers { ThreadPool.run(ComparedLabels<Slice>($0, $1), tasks: blocks.count, threads: threads) }
  }

  private func withPointers(_ body: (UnsafePointer<LabelExecution>, UnsafePointer<WeightedExecution>) -> Void) {
    withUnsafePointer(to: self) { execution in
      withUnsafePointer(to: resampling) { body(execution, $0) }
    }
  }

  /// The memory of a thread for the rows of a channel.
  fileprivate func memory(ofThread thread: Int, channel: Int) -> ScratchMemory { channelRows[thread * channels + channel] }

  /// Compares rows of scores, and writes the labels.
  fileprivate func write(
    _ sources: rsk_source_rows, taps: UnsafePointer<rsk_taps>?, _ rows: Range<Int>, image: Int, thread: Int
  ) {
    let memory = scratch[thread]
    var scores = rsk_scores(
      rows: sources, channel_stride: channelRows.bytesPerThread, channels: channels, taps: taps)
    var targets = memory.targets(numbers, rows: rows)
    label(&scores, width, &targets)
    for y in rows { writer.store(memory[numbers, y - rows.lowerBound], image: image, y: y) }
  }

  /// Rounds rows of a channel to the dtype of the logits.
  fileprivate func round(
    _ scores: ScratchMemory, _ count: Int, by resampling: UnsafePointer<WeightedExecution>, _ thread: Int
  ) {
    if format.memoryAccess == .direct { return }
    let (row, size) = (scratch[thread][rounded], resampling.pointee.destination.sampleSize)
    for index in 0..<count {
      resampling.pointee.writtenConversion.store(scores[rows, index], width, 1, -.infinity, .infinity, row, size)
      resampling.pointee.conversion.load(row, size, width, 1, scores[rows, index])
    }
  }
}

/// Rows of the input wait in a ring for each channel: they are combined as they are compared.
private struct CombinedLabels: ThreadedWork {
  let execution: UnsafePointer<LabelExecution>
  let resampling: UnsafePointer<WeightedExecution>

  init(_ execution: UnsafePointer<LabelExecution>, _ resampling: UnsafePointer<WeightedExecution>) {
    (self.execution, self.resampling) = (execution, resampling)
  }

  func run(task: Int, thread: Int) {
    let block = execution.pointee.blocks[task]
    let (channels, rowsAtOnce) = (execution.pointee.channels, execution.pointee.rowsAtOnce)
    // That of the first channel: all of them are in its state.
    var ring = RowRing(resampling, resampling.pointee.memory(ofThread: thread), isResampled: true)
    for image in block.planes {
      var left = block.rows
      while !left.isEmpty {
        let group = ring.nextGroup(of: left)
        var sources = rsk_source_rows()
        for channel in (0..<channels).reversed() {
          sources = ring.rows(
            group, z: 0, of: resampling.pointee.source[image * channels + channel],
            in: execution.pointee.memory(ofThread: thread, channel: channel), execution.pointee.rows)
        }
        for start in stride(from: group.outputs.lowerBound, to: group.outputs.upperBound, by: rowsAtOnce) {
          let rows = start..<min(start + rowsAtOnce, group.outputs.upperBound)
          execution.pointee.write(
            sources, taps: resampling.pointee.heightTaps, rows, image: image, thread: thread)
        }
        left = group.outputs.upperBound..<left.upperBound
      }
    }
  }
}

/// Some rows of every channel are made as those of an output are, and then compared.
private struct ComparedLabels<Slice: SlicePass>: ThreadedWork {
  let execution: UnsafePointer<LabelExecution>
  let resampling: UnsafePointer<WeightedExecution>

  init(_ execution: UnsafePointer<LabelExecution>, _ resampling: UnsafePointer<WeightedExecution>) {
    (self.execution, self.resampling) = (execution, resampling)
  }

  func run(task: Int, thread: Int) {
    let block = execution.pointee.blocks[task]
    let (channels, rowsAtOnce) = (execution.pointee.channels, execution.pointee.rowsAtOnce)
    let memory = resampling.pointee.memory(ofThread: thread)
    var slice = Slice(resampling, memory)
    for image in block.planes {
      for start in stride(from: block.rows.lowerBound, to: block.rows.upperBound, by: rowsAtOnce) {
        let rows = start..<min(start + rowsAtOnce, block.rows.upperBound)
        let part = Block(planes: image * channels..<(image + 1) * channels, rows: rows)
        var planes = PlaneReader(resampling, part, memory)
        for channel in 0..<channels {
          let scores = execution.pointee.memory(ofThread: thread, channel: channel)
          slice.fill(
            scores.targets(execution.pointee.rows, rows: rows), z: 0, from: planes.plane(image * channels + channel))
          execution.pointee.round(scores, rows.count, by: resampling, thread)
        }
        var sources = execution.pointee.memory(ofThread: thread, channel: 0).sources(execution.pointee.rows)
        sources.start -= rows.lowerBound * sources.stride
        execution.pointee.write(sources, taps: nil, rows, image: image, thread: thread)
      }
    }
  }
}
