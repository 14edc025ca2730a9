import CShims

/// Some rows of the resampled logits of an image, all channels of them; and the labels of all images, which nobody sees before
/// they are complete, because the next band may fail.
struct LabelBand {
  /// The parts of the memory. Their sums need no checks: what they are about are tensors, whose sizes have been checked.
  struct Layout {
    let channelStride: Int
    let labels: Int
    /// A row of labels as numbers, and of every channel as floats where they are halves: for each thread.
    let numbers: Int
    let bytesPerThread: Int
    let byteCount: Int

    init(_ logits: Tensor, _ labels: Tensor, rows: Int) {
      func lines(_ bytes: Int) -> Int { (bytes + ScratchLayout.cacheLine - 1) & -ScratchLayout.cacheLine }
      let (channels, width) = (logits.shape.channels, labels.shape[2])
      let rowSize = width * logits.sampleSize
      // An odd number of cache lines, so that channels do not drive each other from the cache.
      channelStride = lines(rows * rowSize) | ScratchLayout.cacheLine
      self.labels = channels * channelStride
      numbers = self.labels + lines(labels.shape.batch * labels.shape[1] * width * labels.sampleSize)
      bytesPerThread = lines(((logits.sampleSize == 2 ? channels : 0) + 1) * width * 4)
      let threads = BlockGrid(planes: 1, height: rows, rowCost: channels * rowSize).threads
      byteCount = numbers + threads * bytesPerThread
    }
  }

  private let layout: Layout
  private let memory: UnsafeMutablePointer<UInt8>
  private let logits: Tensor
  private let height: Int
  private let width: Int
  private let labelSize: Int
  private let kernels: UnsafePointer<rsk_table>

  init(
    _ layout: Layout, at memory: UnsafeMutablePointer<UInt8>, _ logits: Tensor, _ labels: Tensor,
    _ kernels: UnsafePointer<rsk_table>
  ) {
    (self.layout, self.memory, self.logits, self.kernels) = (layout, memory, logits, kernels)
    (height, width, labelSize) = (labels.shape[1], labels.shape[2], labels.sampleSize)
  }

  private var channels: Int { logits.shape.channels }

  /// The first rows of the memory, to be filled.
  func tensor(rows: Int) -> Tensor {
    var (shape, strides) = (logits.shape, InlineArray<8, Int>(repeating: 0))
    (shape[0], shape[2], shape[3]) = (1, rows, width)
    (strides[1], strides[2], strides[3]) = (layout.channelStride, width * logits.sampleSize, logits.sampleSize)
    // Of the dtype of the logits, elsewhere.
    return Tensor(logits, offset: UnsafeRawPointer(memory) - logits.origin, shape, strides)
  }

  /// Compares the channels of the rows that are there, which are `rows` of an image.
  func label(_ rows: Range<Int>, ofImage image: Int) {
    let blocks = BlockGrid(planes: 1, height: rows.count, rowCost: channels * width * logits.sampleSize)
    withUnsafePointer(to: self) {
      ThreadPool.run(
        LabelTasks(band: $0, blocks: blocks, firstRow: image * height + rows.lowerBound), tasks: blocks.count,
        threads: blocks.threads)
    }
  }

  /// Labels one of the rows that are there, which is one of all images.
  fileprivate func label(row: Int, as index: Int, _ thread: Int) {
    let rowSize = width * logits.sampleSize
    let numbers = UnsafeMutableRawPointer(memory + layout.numbers + thread * layout.bytesPerThread)
    var (scores, stride) = (UnsafeMutableRawPointer(memory) + row * rowSize, layout.channelStride)
    if logits.sampleSize == 2 {
      let load = kernels.pointee.conversion(SumFormat(logits.dtype)!.conversion).load!
      for channel in 1...channels {
        load(scores + (channel - 1) * stride, 2, width, 1, numbers + channel * width * 4)
      }
      (scores, stride) = (numbers + width * 4, width * 4)
    }
    let labels = numbers.assumingMemoryBound(to: Float.self)
    if logits.sampleSize == 8 || !kernels.pointee.label(scores, stride, channels, width, labels) {
      compareOneByOne(scores, stride, labels)
    }
    let target = UnsafeMutableRawPointer(memory + layout.labels + index * width * labelSize)
    switch labelSize {
    case 1: kernels.pointee.conversion(Int(RSK_UINT8)).store(labels, width, 1, -.infinity, .infinity, target, 1)
    case 4: for x in 0..<width { target.storeBytes(of: Int32(labels[x]), toByteOffset: 4 * x, as: Int32.self) }
    default: for x in 0..<width { target.storeBytes(of: Int64(labels[x]), toByteOffset: 8 * x, as: Int64.self) }
    }
  }

  /// Of equal scores the first is greatest, and the first NaN is greater than any number.
  @inline(never)
  private func compareOneByOne(_ scores: UnsafeRawPointer, _ stride: Int, _ labels: UnsafeMutablePointer<Float>) {
    func score(_ channel: Int, _ x: Int) -> Double {
      let row = scores + channel * stride
      return logits.sampleSize == 8
        ? row.loadUnaligned(fromByteOffset: 8 * x, as: Double.self)
        : Double(row.loadUnaligned(fromByteOffset: 4 * x, as: Float.self))
    }
    for x in 0..<width {
      var (label, channel, greatest) = (0, 1, score(0, x))
      while channel < channels && !greatest.isNaN {
        let next = score(channel, x)
        if !(next <= greatest) { (label, greatest) = (channel, next) }
        channel += 1
      }
      labels[x] = Float(label)
    }
  }

  /// Writes the labels of all images.
  func write(_ target: Tensor) {
    let move = kernels.pointee.interleave(sampleSize: labelSize)
    for image in 0..<target.shape.batch {
      move(
        memory + layout.labels + image * height * width * labelSize, labelSize, width * labelSize,
        target.mutableOrigin + image * target.byteStride(0), target.byteStride(2), target.byteStride(1), width, height)
    }
  }
}

private struct LabelTasks: ThreadedWork {
  let band: UnsafePointer<LabelBand>
  let blocks: BlockGrid
  /// That of the band, of all images.
  let firstRow: Int

  func run(task: Int, thread: Int) {
    for row in blocks[task].rows { band.pointee.label(row: row, as: firstRow + row, thread) }
  }
}
