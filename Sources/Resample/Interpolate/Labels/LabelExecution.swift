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
  private let label: rsk_label
  private let writer: LabelWriter
  private let channels: Int
  private let width: Int
  private let blocks: BlockGrid
  private let threads: Int
  /// Rows of the input are resampled along the width and wait in rings, to be combined as they are compared. Otherwise rows are
  /// made as those of an output are.
  private let combines: Bool
  private let readsInPlace: Bool
  private let rowsAtOnce: Int
  /// For each channel and thread, the rows that are compared, and the same in the dtype where that is not what they are
  /// computed in.
  private let rows: RowRegion
  private let unconverted: RowRegion
  private let channelRows: Scratch
  /// For each thread, labels as numbers.
  private let numbers: RowRegion
  private let labelRows: Scratch

  /// What waits to be compared is to stay in a near cache.
  private static let cachedRows = 256 << 10

  /// Fails when there is no memory for scratch, before anything is written. The plan has to outlive this.
  @_optimize(size)
  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ passes: UnsafePointer<PassPlan>, _ logits: Tensor,
    _ labels: Tensor
  ) throws(ResampleError) {
    let channels = logits.shape.channels
    let lengths = try Tensor(
      "the resampled logits", data: UnsafeMutableRawPointer(bitPattern: ScratchLayout.cacheLine), byteOffset: 0,
      dtype: logits.dtype, shape: plan.request.outputShape, strides: nil)
    let resampling = try WeightedExecution(plan, format, passes, input: logits, output: lengths, inParts: true)
    let blocks = BlockGrid(
      planes: logits.shape.batch, height: labels.shape[1],
      rowCost: try checkedProduct(passes.pointee.rowCost, channels))
    let threads = min(blocks.threads, resampling.blocks.threads)

    let (height, isDirect) = (resampling.heightTaps.pointee, format.memoryAccess == .direct)
    let combines =
      resampling.order == .widthFirst && isDirect && resampling.packedPlanes == nil && height.most_taps <= 2
      && height.fewest_taps > 0
    let rowSize = passes.pointee.rowSize
    let cached = LabelExecution.cachedRows / (try checkedProduct(channels, rowSize))
    let rowsAtOnce = combines ? 8 : max(4, min(16, cached & -4))
    let places = combines ? resampling.ringPlaces : rowsAtOnce
    var ofChannel = ScratchLayout()
    let rows = try ofChannel.reserveAlignedRows(places, of: rowSize, shift: 0)
    let unconverted = try ofChannel.reserveAlignedRows(isDirect ? 0 : places, of: rowSize, shift: 0)
    // An odd number of cache lines, so that channels do not drive each other from the cache.
    _ = try ofChannel.reserveRows((ofChannel.byteCount / ScratchLayout.cacheLine + 1) % 2, of: 1)
    let channelRows = try Scratch(ofChannel, threads: try checkedProduct(threads, channels))
    var ofThread = ScratchLayout()
    let numbers = try ofThread.reserveAlignedRows(rowsAtOnce, of: rowSize, shift: 0)
    let labelRows = try Scratch(ofThread, threads: threads)
    // Kernels compare whole vectors.
    for memory in 0..<threads * channels {
      for place in 0..<places { memset(channelRows[memory][rows, place] + rowSize, 0, rows.stride - rowSize) }
    }
    self.resampling = resampling
    label = format.workingType == .float64 ? plan.kernels.labels.float64! : plan.kernels.labels.float32!
    writer = LabelWriter(labels, format.workingType, plan.kernels)
    (self.channels, width) = (channels, labels.shape[2])
    (self.blocks, self.threads) = (blocks, threads)
    (self.combines, readsInPlace, self.rowsAtOnce) = (combines, isDirect, rowsAtOnce)
    (self.rows, self.unconverted, self.numbers) = (rows, unconverted, numbers)
    self.channelRows = channelRows
    self.labelRows = labelRows
  }

  func run() {
    withUnsafePointer(to: self) { execution in
      withUnsafePointer(to: resampling) {
        ThreadPool.run(
          LabelTasks(execution: execution, resampling: $0), tasks: blocks.count, threads: threads)
      }
    }
  }

  fileprivate func run(_ task: Int, _ thread: Int, _ resampling: UnsafePointer<WeightedExecution>) {
    let block = blocks[task]
    for image in block.planes {
      if combines {
        combine(block.rows, image: image, thread, resampling)
      } else {
        for start in stride(from: block.rows.lowerBound, to: block.rows.upperBound, by: rowsAtOnce) {
          compare(start..<min(start + rowsAtOnce, block.rows.upperBound), image: image, thread, resampling)
        }
      }
    }
  }

  /// The memory of a thread for the rows of a channel.
  private func memory(ofThread thread: Int, channel: Int = 0) -> ScratchMemory {
    channelRows[thread * channels + channel]
  }

  /// Rows of the input wait in a ring for each channel. All rings are in the state of the first.
  private func combine(
    _ rows: Range<Int>, image: Int, _ thread: Int, _ resampling: UnsafePointer<WeightedExecution>
  ) {
    var ring = RowRing(resampling, resampling.pointee.memory(ofThread: thread), isResampled: true)
    var left = rows
    while !left.isEmpty {
      let group = ring.nextGroup(of: left)
      var sources = rsk_source_rows()
      for channel in (0..<channels).reversed() {
        sources = ring.rows(
          group, z: 0, of: resampling.pointee.source[image * channels + channel],
          in: memory(ofThread: thread, channel: channel), self.rows)
      }
      for start in stride(from: group.outputs.lowerBound, to: group.outputs.upperBound, by: rowsAtOnce) {
        write(
          start..<min(start + rowsAtOnce, group.outputs.upperBound), image: image, thread, sources,
          resampling.pointee.heightTaps)
      }
      left = group.outputs.upperBound..<left.upperBound
    }
  }

  /// Rows of every channel are made as those of an output are.
  private func compare(
    _ rows: Range<Int>, image: Int, _ thread: Int, _ resampling: UnsafePointer<WeightedExecution>
  ) {
    let (made, first) = (readsInPlace ? self.rows : unconverted, memory(ofThread: thread))
    let planes = TargetPlanes(
      resampling.pointee.destination, at: first[made] - rows.lowerBound * made.stride,
      channelStride: channelRows.bytesPerThread, rowStride: made.stride)
    WeightedExecution.fill(
      resampling, Block(planes: image * channels..<(image + 1) * channels, rows: rows), of: planes,
      resampling.pointee.memory(ofThread: thread))
    if !readsInPlace {
      for channel in 0..<channels {
        let memory = memory(ofThread: thread, channel: channel)
        for index in 0..<rows.count {
          resampling.pointee.conversion.load(
            memory[unconverted, index], planes.sampleSize, width, 1, memory[self.rows, index])
        }
      }
    }
    var sources = first.sources(self.rows)
    sources.start -= rows.lowerBound * sources.stride
    write(rows, image: image, thread, sources, nil)
  }

  /// Compares rows of the channels, and writes the labels.
  private func write(
    _ rows: Range<Int>, image: Int, _ thread: Int, _ sources: rsk_source_rows, _ taps: UnsafePointer<rsk_taps>?
  ) {
    let memory = labelRows[thread]
    var scores = rsk_scores(
      rows: sources, channel_stride: channelRows.bytesPerThread, channels: channels, taps: taps)
    var targets = memory.targets(numbers, rows: rows)
    label(&scores, width, &targets)
    for y in rows { writer.store(memory[numbers, y - rows.lowerBound], image: image, y: y) }
  }
}

private struct LabelTasks: ThreadedWork {
  let execution: UnsafePointer<LabelExecution>
  let resampling: UnsafePointer<WeightedExecution>

  func run(task: Int, thread: Int) { execution.pointee.run(task, thread, resampling) }
}
