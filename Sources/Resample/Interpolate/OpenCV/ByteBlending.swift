import CShims
import ResampleGeometry

/// Two taps of bytes on each axis as OpenCV computes them: the width exactly; the height as well, or each product cut by
/// itself.
struct ByteBlending: ~Copyable {
  let outputShape: Shape
  private let width: Int
  private let channels: Int
  /// The bytes of a row before the first tap of each output sample, and its two weights.
  private let first: Buffer<Int32>
  private let columnWeights: Buffer<Int16>
  /// Both rows of each output row, and their weights.
  private let rows: Buffer<Int32>
  private let rowWeights: Buffer<Int16>
  private let isExact: Bool
  private let kernels: rsk_byte_blending

  /// Weights have 8 bits where it `isExact`, and 11 otherwise.
  init(
    _ shape: Shape, _ outputShape: Shape, rows rowAxis: Axis, columns columnAxis: Axis, isExact: Bool,
    _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    let (height, width, channels) = (shape[0], shape[1], shape.rank == 3 ? shape[2] : 1)
    guard shape.byteCount(sampleSize: 1) != nil, outputShape.byteCount(sampleSize: 1) != nil else {
      throw .invalidValue("an image of shape \(shape), or its output, is too large")
    }
    let first = try Buffer<Int32>(count: outputShape[1])
    let columnWeights = try Buffer<Int16>(count: try checkedProduct(2, outputShape[1]))
    let rows = try Buffer<Int32>(count: try checkedProduct(2, outputShape[0]))
    let rowWeights = try Buffer<Int16>(count: try checkedProduct(2, outputShape[0]))
    let bits: Int32 = isExact ? 8 : 11
    let columnPairs = BytePairs(columnAxis, bits: bits, movesInside: true)
    for x in 0..<outputShape[1] {
      var (sample, weights) = columnPairs.pair(of: x)
      // The second tap is always the sample after the first.
      if sample == width - 1 && width > 1 {
        sample -= 1
        weights = (0, weights.0)
      }
      first.start[x] = Int32(truncatingIfNeeded: sample)
      (columnWeights.start[2 * x], columnWeights.start[2 * x + 1]) = weights
    }
    // What OpenCV does at the ends of a width alone.
    let rowPairs = BytePairs(rowAxis, bits: bits, movesInside: false)
    for y in 0..<outputShape[0] {
      let (sample, weights) = rowPairs.pair(of: y)
      rows.start[2 * y] = Int32(truncatingIfNeeded: max(sample, 0))
      rows.start[2 * y + 1] = Int32(truncatingIfNeeded: min(sample + 1, height - 1))
      (rowWeights.start[2 * y], rowWeights.start[2 * y + 1]) = weights
    }
    (self.outputShape, self.width, self.channels) = (outputShape, width, channels)
    self.first = first
    self.columnWeights = columnWeights
    self.rows = rows
    self.rowWeights = rowWeights
    self.isExact = isExact
    kernels = instructionSet.table.pointee.byte_blending
  }

  func run(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    let samples = outputShape[1] * channels
    let blocks = BlockGrid(planes: 1, height: outputShape[0], rowCost: 4 * samples + 2 * width * channels)
    var layout = ScratchLayout()
    let between = try layout.reserveAlignedRows(2, of: try checkedProduct(samples, 2), shift: 0)
    let (source, target) = (ByteRows(input), ByteRows(output))
    let packed = try layout.reserveRows(source.isDense ? 0 : 1, of: try checkedProduct(width, channels))
    let made = try layout.reserveRows(target.isDense ? 0 : 1, of: samples)
    let scratch = try Scratch(layout, threads: blocks.threads)
    let regions = Regions(between: between, packed: packed, made: made)
    withUnsafePointer(to: self) { blending in
      withUnsafePointer(to: scratch) { scratch in
        ThreadPool.run(
          Tasks(blending: blending, source: source, target: target, blocks: blocks, scratch: scratch, regions: regions),
          tasks: blocks.count, threads: blocks.threads)
      }
    }
  }

  private struct Regions {
    /// Two rows of int16: sums of the width.
    let between: RowRegion
    /// A row of the input, and one of the output, where their samples lie apart.
    let packed: RowRegion
    let made: RowRegion
  }

  private struct Tasks: ThreadedWork {
    let blending: UnsafePointer<ByteBlending>
    let source: ByteRows
    let target: ByteRows
    let blocks: BlockGrid
    let scratch: UnsafePointer<Scratch>
    let regions: Regions

    func run(task: Int, thread: Int) {
      let memory = scratch.pointee[thread]
      let (rows, weights) = (blending.pointee.rows.start, blending.pointee.rowWeights.start)
      let samples = blending.pointee.outputShape[1] * blending.pointee.channels
      let kernels = blending.pointee.kernels
      let vertical = blending.pointee.isExact ? kernels.vertical_exact : kernels.vertical
      // The rows that both places hold.
      var held: (Int32, Int32) = (-1, -1)
      for y in blocks[task].rows {
        let needed = (rows[2 * y], rows[2 * y + 1])
        // A row lies in the place of its parity: neighbours are in different ones.
        let following = y + 1 < blending.pointee.outputShape[0] ? rows[2 * y + 2] : needed.1
        fill(needed.0, &held, memory, following: needed.1)
        fill(needed.1, &held, memory, following: following)
        let row = target.isDense ? target.row(y) : memory[regions.made]
        vertical!(
          memory[regions.between, Int(needed.0 & 1)], memory[regions.between, Int(needed.1 & 1)], weights + 2 * y,
          samples, row)
        if !target.isDense { target.write(row, y) }
      }
    }

    @inline(never)
    private func fill(
      _ row: Int32, _ held: inout (Int32, Int32), _ memory: ScratchMemory, following: Int32
    ) {
      if row & 1 == 0 {
        if held.0 == row { return }
        held.0 = row
      } else {
        if held.1 == row { return }
        held.1 = row
      }
      var bytes = UnsafeRawPointer(source.row(Int(row)))
      if !source.isDense {
        source.read(Int(row), into: memory[regions.packed])
        bytes = UnsafeRawPointer(memory[regions.packed])
      }
      let blending = blending
      var line = rsk_byte_line(
        source: bytes, first: blending.pointee.first.start, weights: blending.pointee.columnWeights.start,
        pixels: blending.pointee.outputShape[1], samples_per_pixel: blending.pointee.channels,
        next: blending.pointee.width == 1 ? 0 : blending.pointee.channels,
        samples: blending.pointee.width * blending.pointee.channels, shift: blending.pointee.isExact ? 0 : 4,
        following: source.isDense ? source.row(Int(following)) - source.row(Int(row)) : 0)
      blending.pointee.kernels.horizontal(&line, memory[regions.between, Int(row & 1)])
    }
  }
}

/// The rows of an image (H, W) or (H, W, C) of bytes.
private struct ByteRows {
  private let origin: UnsafeMutableRawPointer
  private let rowStride: Int
  private let pixelStride: Int
  private let sampleStride: Int
  private let width: Int
  private let channels: Int
  /// The samples of a row lie side by side.
  let isDense: Bool

  init(_ image: Tensor) {
    origin = image.mutableOrigin
    width = image.shape[1]
    channels = image.shape.rank == 3 ? image.shape[2] : 1
    (rowStride, pixelStride) = (image.byteStride(0), image.byteStride(1))
    sampleStride = image.shape.rank == 3 ? image.byteStride(2) : 1
    isDense = (pixelStride == channels || width == 1) && (sampleStride == 1 || channels == 1)
  }

  func row(_ y: Int) -> UnsafeMutableRawPointer { origin + y * rowStride }

  func read(_ y: Int, into target: UnsafeMutableRawPointer) {
    let row = row(y)
    for x in 0..<width {
      for channel in 0..<channels {
        let sample = row.load(fromByteOffset: x * pixelStride + channel * sampleStride, as: UInt8.self)
        target.storeBytes(of: sample, toByteOffset: x * channels + channel, as: UInt8.self)
      }
    }
  }

  func write(_ source: UnsafeMutableRawPointer, _ y: Int) {
    let row = row(y)
    for x in 0..<width {
      for channel in 0..<channels {
        let sample = source.load(fromByteOffset: x * channels + channel, as: UInt8.self)
        row.storeBytes(of: sample, toByteOffset: x * pixelStride + channel * sampleStride, as: UInt8.self)
      }
    }
  }
}
