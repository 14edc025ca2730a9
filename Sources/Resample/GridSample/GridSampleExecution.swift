import CShims

/// One run of grid_sample that reads each sample by itself. A task makes some rows of the output: the taps of some points of
/// a row are computed once, and serve all channels.
struct GridSampleExecution: ~Copyable, ThreadedWork {
  private let input: SourcePlanes
  private let output: RowWriter
  private let sampling: rsk_sampling
  private let sample: rsk_sample
  private let located: LocatedPoints
  private let blocks: BlockGrid
  private let writesInPlace: Bool
  private let scratch: Scratch
  private let row: RowRegion

  /// Fails when there is no memory for scratch, before anything is written.
  init(
    _ options: GridSampleOptions, _ format: SumFormat, input: Tensor, grid: Tensor, output: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let planes = SourcePlanes(reading: input)
    let dimensions = input.shape.spatialRank
    let points = GridPoints(grid, format, kernels)
    let tapCount = options.tapCount(dimensions: dimensions)
    var layout = ScratchLayout()
    let located = try LocatedPoints(points, tapCount: tapCount, format, in: &layout)
    let row = try layout.reserveRows(1, of: located.pointsAtOnce * format.sampleSize)
    let blocks = BlockGrid(
      planes: output.shape.batch, height: points.rows, rowCost: GridSampleExecution.rowCost(output, taps: tapCount))
    let scratch = try Scratch(layout, threads: blocks.threads)
    self.input = planes
    // Not read from self below: && makes a closure, and Swift 6.3 releases what a closure sees of a half-made self.
    let writer = RowWriter(output, format, kernels)
    self.output = writer
    writesInPlace = format.isDirect && writer.planes.hasDenseRows
    let size = planes.sampleSize
    sampling = rsk_sampling(
      options, planes, dimensions: dimensions,
      strides: (planes.pixelStride / size, planes.rowStride / size, planes.depthStride / size))
    sample = kernels.sample(format)
    (self.located, self.blocks, self.row) = (located, blocks, row)
    self.scratch = scratch
  }

  /// The bytes that a row of the output reads, of all channels.
  static func rowCost(_ output: Tensor, taps: Int) -> Int {
    let width = output.shape[output.shape.rank - 1]
    return cost(Double(width) * Double(taps * output.sampleSize) * Double(output.shape.channels))
  }

  func run() { ThreadPool.run(self, tasks: blocks.count, threads: blocks.threads) }

  func run(task: Int, thread: Int) {
    let (block, memory) = (blocks[task], scratch[thread])
    let width = output.planes.width
    for image in block.planes {
      for row in block.rows {
        for x in stride(from: 0, to: width, by: located.pointsAtOnce) {
          sample(image: image, row: row, points: x..<min(x + located.pointsAtOnce, width), memory)
        }
      }
    }
  }

  /// Some points of a row, all channels.
  private func sample(image: Int, row: Int, points: Range<Int>, _ memory: ScratchMemory) {
    var taps = located.taps(image: image, row: row, points: points, sampling, memory)
    for channel in 0..<input.channels {
      let plane = input.row(image: image, channel: channel, y: 0)
      let target =
        output.planes.row(image: image, channel: channel, index: row) + points.lowerBound * output.planes.pixelStride
      if writesInPlace {
        sample(plane, points.count, &taps, target)
      } else {
        sample(plane, points.count, &taps, memory[self.row])
        output.store(memory[self.row], samples: points.count, to: target)
      }
    }
  }
}

extension rsk_table {
  /// The kernel that computes samples of a format at points.
  func sample(_ format: SumFormat) -> rsk_sample {
    switch format.conversion {
    case Int(RSK_FLOAT64): samplings.float64!
    case Int(RSK_FLOAT16): samplings.float16!
    case Int(RSK_BFLOAT16): samplings.bfloat16!
    default: samplings.float32!
    }
  }
}
