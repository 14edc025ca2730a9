import CShims

/// Some rows of the resampled logits of an image, all channels of them, and the labels of all images, which nobody sees before
/// they are complete: the next band may fail.
struct LabelBand: ~Copyable {
  private let shape: Shape
  private let strides: InlineArray<8, Int>
  /// Its first sample.
  private let origin: Tensor
  private let isDouble: Bool
  /// Into rows of float, where the kernel needs that.
  private let conversion: rsk_conversion?
  private let compare: rsk_label
  private let storeBytes: rsk_conversion
  private let move: rsk_interleave
  private let labelSize: Int
  private let labelHeight: Int
  /// Of a thread: a row of every channel as floats, and labels as numbers.
  private let converted: RowRegion
  private let numbers: RowRegion
  private let scratch: Scratch
  private let scores: Buffer<UInt8>
  private let labels: Buffer<UInt8>

  /// For up to `rows` rows.
  @_optimize(size)
  init(_ logits: Tensor, _ labels: Tensor, rows: Int, _ kernels: rsk_table) throws(ResampleError) {
    let (channels, width, size) = (logits.shape.channels, labels.shape[2], logits.sampleSize)
    var (shape, strides) = (logits.shape, InlineArray<8, Int>(repeating: 0))
    (shape[0], shape[2], shape[3]) = (1, rows, width)
    (strides[2], strides[3]) = (width * size, size)
    // An odd number of cache lines, so that channels do not drive each other from the cache.
    let line = ScratchLayout.cacheLine
    strides[1] = (rows * width * size + line - 1) & -line | line
    let scores = try Buffer<UInt8>(count: try checkedProduct(channels, strides[1]), isFilled: true)
    var first = shape
    (first[1], first[2], first[3]) = (1, 1, 1)
    let origin = try Tensor(
      "the resampled logits", data: scores.start, byteOffset: 0, dtype: logits.dtype, shape: first, strides: nil)
    let isHalf = size == 2
    var layout = ScratchLayout()
    let converted = try layout.reserveRows(isHalf ? channels : 0, of: width * 4)
    let numbers = try layout.reserveRows(1, of: width * 4)
    let grid = BlockGrid(planes: 1, height: rows, rowCost: LabelBand.rowCost(shape, size))
    let scratch = try Scratch(layout, threads: grid.threads)
    let map = try Buffer<UInt8>(count: labels.shape.byteCount(sampleSize: labels.sampleSize)!, isFilled: true)
    (self.shape, self.strides, self.origin) = (shape, strides, origin)
    isDouble = size == 8
    conversion = isHalf ? kernels.conversion(SumFormat(logits.dtype)!.conversion) : nil
    compare = kernels.label
    storeBytes = kernels.conversion(Int(RSK_UINT8))
    move = kernels.interleave(sampleSize: labels.sampleSize)
    (labelSize, labelHeight) = (labels.sampleSize, labels.shape[1])
    (self.converted, self.numbers) = (converted, numbers)
    self.scratch = scratch
    self.scores = scores
    self.labels = map
  }

  /// The bytes of a row of all channels.
  private static func rowCost(_ shape: Shape, _ size: Int) -> Int { shape.channels * shape[3] * size }

  /// The first rows of the memory, to be filled.
  func tensor(rows: Int) -> Tensor {
    var shape = shape
    shape[2] = rows
    return Tensor(origin, offset: 0, shape, strides)
  }

  /// Compares the channels of the rows that are there, which are `rows` of an image.
  func label(_ rows: Range<Int>, ofImage image: Int) {
    let blocks = BlockGrid(planes: 1, height: rows.count, rowCost: LabelBand.rowCost(shape, origin.sampleSize))
    withUnsafePointer(to: self) {
      let first = (image * labelHeight + rows.lowerBound) * shape[3] * labelSize
      ThreadPool.run(
        LabelTasks(band: $0, blocks: blocks, labels: labels.start + first), tasks: blocks.count,
        threads: blocks.threads)
    }
  }

  /// Labels one of the rows that are there.
  fileprivate func label(row: Int, _ thread: Int, to labels: UnsafeMutablePointer<UInt8>) {
    let (memory, channels, width) = (scratch[thread], shape.channels, shape[3])
    let numbers = memory[self.numbers].assumingMemoryBound(to: Float.self)
    var (scores, stride) = (UnsafeRawPointer(scores.start) + row * strides[2], strides[1])
    if let conversion {
      for channel in 0..<channels {
        conversion.load(scores + channel * stride, strides[3], width, 1, memory[converted, channel])
      }
      (scores, stride) = (UnsafeRawPointer(memory[converted]), converted.stride)
    }
    if isDouble || !compare(scores, stride, channels, width, numbers) { compareOneByOne(scores, stride, numbers) }
    let target = UnsafeMutableRawPointer(labels) + row * width * labelSize
    switch labelSize {
    case 1: storeBytes.store(numbers, width, 1, -.infinity, .infinity, target, 1)
    case 4: for x in 0..<width { target.storeBytes(of: Int32(numbers[x]), toByteOffset: 4 * x, as: Int32.self) }
    default: for x in 0..<width { target.storeBytes(of: Int64(numbers[x]), toByteOffset: 8 * x, as: Int64.self) }
    }
  }

  /// Of equal scores the first is greatest, and the first NaN is greater than any number.
  @inline(never)
  private func compareOneByOne(_ scores: UnsafeRawPointer, _ stride: Int, _ labels: UnsafeMutablePointer<Float>) {
    func score(_ channel: Int, _ x: Int) -> Double {
      let row = scores + channel * stride
      return isDouble
        ? row.loadUnaligned(fromByteOffset: 8 * x, as: Double.self)
        : Double(row.loadUnaligned(fromByteOffset: 4 * x, as: Float.self))
    }
    for x in 0..<shape[3] {
      var (label, channel, greatest) = (0, 1, score(0, x))
      while channel < shape.channels && !greatest.isNaN {
        let next = score(channel, x)
        if !(next <= greatest) { (label, greatest) = (channel, next) }
        channel += 1
      }
      labels[x] = Float(label)
    }
  }

  /// Writes the labels of all images.
  func write(_ target: Tensor) {
    let row = shape[3] * labelSize
    for image in 0..<target.shape.batch {
      move(
        labels.start + image * labelHeight * row, labelSize, row, target.mutableOrigin + image * target.byteStride(0),
        target.byteStride(2), target.byteStride(1), shape[3], labelHeight)
    }
  }
}

private struct LabelTasks: ThreadedWork {
  let band: UnsafePointer<LabelBand>
  let blocks: BlockGrid
  let labels: UnsafeMutablePointer<UInt8>

  func run(task: Int, thread: Int) {
    for row in blocks[task].rows { band.pointee.label(row: row, thread, to: labels) }
  }
}
