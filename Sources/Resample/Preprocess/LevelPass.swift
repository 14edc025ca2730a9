import ResampleGeometry

/// Writes the output (N, C, H, W): levels become samples, and what no image covers is filled.
struct LevelPass: ~Copyable, ThreadedWork {
  private let border: PreprocessOptions.Border
  private let reversesColours: Bool
  private let sampleSize: Int
  private let levels: UnsafePointer<LevelTable>
  private let execution: UnsafePointer<PreprocessExecution>
  private let output: Tensor
  private let blocks: BlockGrid

  init(
    _ options: PreprocessOptions, _ levels: UnsafePointer<LevelTable>,
    _ execution: UnsafePointer<PreprocessExecution>, _ output: Tensor
  ) {
    (border, reversesColours) = (options.border, options.reversesColours)
    (self.levels, self.execution, self.output) = (levels, execution, output)
    sampleSize = output.sampleSize
    blocks = BlockGrid(
      planes: output.shape[0], height: output.shape[2],
      rowCost: output.shape[1] * output.shape[3] * (sampleSize + 1))
  }

  func run() { ThreadPool.run(self, tasks: blocks.count, threads: blocks.threads) }

  func run(task: Int, thread: Int) {
    let block = blocks[task]
    for index in block.planes {
      switch sampleSize {
      case 1: write(index, block.rows, as: UInt8.self)
      case 2: write(index, block.rows, as: UInt16.self)
      default: write(index, block.rows, as: UInt32.self)
      }
    }
  }

  private func write<Sample: BitwiseCopyable>(_ index: Int, _ rows: Range<Int>, as type: Sample.Type) {
    let (placement, image) = execution.pointee.shown(index)
    for channel in 0..<output.shape[1] {
      let samples = levels.pointee.samples(ofChannel: channel, as: type)
      // A grey image is repeated; what is left of alpha comes last.
      let colours = image.shape[2] <= 2 ? 1 : 3
      let colour = colours == 1 ? 0 : reversesColours ? colours - 1 - channel : channel
      let source = image.origin + colour * image.byteStride(2)
      for y in rows {
        let target = OutputRow<Sample>(
          start: output.mutableOrigin
            + (index * output.byteStride(0) + channel * output.byteStride(1) + y * output.byteStride(2)),
          stride: output.byteStride(3))
        let isEdge = border == .edge
        guard isEdge || placement.rows.contains(y) else {
          target.fill(0..<output.shape[3], with: samples[LevelTable.border])
          continue
        }
        let line = min(max(y, placement.rows.lowerBound), placement.rows.upperBound - 1) - placement.rows.lowerBound
        let (row, columns) = (source + line * image.byteStride(0), placement.columns)
        target.write(columns, of: row, stride: image.byteStride(1), samples)
        func borderSample(_ column: Int) -> Sample {
          samples[isEdge ? Int(row.load(fromByteOffset: column * image.byteStride(1), as: UInt8.self)) : LevelTable.border]
        }
        if columns.lowerBound > 0 { target.fill(0..<columns.lowerBound, with: borderSample(0)) }
        if columns.upperBound < output.shape[3] {
          target.fill(columns.upperBound..<output.shape[3], with: borderSample(columns.count - 1))
        }
      }
    }
  }
}

/// A row of the caller's output, whose samples need not be aligned.
private struct OutputRow<Sample: BitwiseCopyable> {
  let start: UnsafeMutableRawPointer
  let stride: Int

  func fill(_ columns: Range<Int>, with sample: Sample) {
    for x in columns { (start + x * stride).storeBytes(of: sample, as: Sample.self) }
  }

  func write(_ columns: Range<Int>, of row: UnsafeRawPointer, stride pixel: Int, _ samples: UnsafePointer<Sample>) {
    var (source, target) = (row, start + columns.lowerBound * stride)
    for _ in columns {
      target.storeBytes(of: samples[Int(source.load(as: UInt8.self))], as: Sample.self)
      source += pixel
      target += stride
    }
  }
}
