import CShims
import ResampleGeometry

/// Writes the output (N, C, H, W): levels become samples, and what no image covers is filled.
struct LevelPass: ~Copyable, ThreadedWork {
  private let options: PreprocessOptions
  private let levels: UnsafePointer<LevelTable>
  private let execution: UnsafePointer<PreprocessExecution>
  private let output: Tensor
  private let lookUp: rsk_look_up
  private let blocks: BlockGrid

  init(
    _ options: PreprocessOptions, _ instructionSet: InstructionSet, _ levels: UnsafePointer<LevelTable>,
    _ execution: UnsafePointer<PreprocessExecution>, _ output: Tensor
  ) {
    (self.options, self.levels, self.execution, self.output) = (options, levels, execution, output)
    lookUp = instructionSet.kernels.lookUp(sampleSize: output.sampleSize)
    blocks = BlockGrid(
      planes: output.shape[0], height: output.shape[2],
      rowCost: output.shape[1] * output.shape[3] * (output.sampleSize + 1))
  }

  func run() { ThreadPool.run(self, tasks: blocks.count, threads: blocks.threads) }

  func run(task: Int, thread: Int) {
    let block = blocks[task]
    for index in block.planes {
      for channel in 0..<output.shape[1] { write(index, channel, block.rows) }
    }
  }

  /// Rows of a channel of an image.
  private func write(_ index: Int, _ channel: Int, _ rows: Range<Int>) {
    let (placement, image) = execution.pointee.shown(index)
    let samples = levels.pointee.samples(ofChannel: channel)
    // A grey image is repeated; what is left of alpha comes last.
    let colours = image.shape[2] <= 2 ? 1 : 3
    let colour = colours == 1 ? 0 : options.reversesColours ? colours - 1 - channel : channel
    let (width, isEdge) = (output.shape[3], options.border == .edge)
    let columns = placement.columns
    for y in rows {
      let target =
        output.mutableOrigin + index * output.byteStride(0) + channel * output.byteStride(1) + y * output.byteStride(2)
      /// Columns, `stride` bytes apart in the source.
      func write(_ columns: Range<Int>, _ source: UnsafeRawPointer, stride: Int, _ samples: UnsafeRawPointer) {
        guard !columns.isEmpty else { return }
        lookUp(
          source, stride, columns.count, samples, target + columns.lowerBound * output.byteStride(3),
          output.byteStride(3))
      }
      /// Columns that all are the border's sample, or that of a byte of the image.
      func fill(_ columns: Range<Int>, with edge: UnsafeRawPointer?) {
        if let edge {
          write(columns, edge, stride: 0, samples)
        } else {
          // The table of the border has but one sample, which a level of 0 stands for.
          withUnsafeBytes(of: 0 as UInt8) {
            write(columns, $0.baseAddress!, stride: 0, levels.pointee.border(ofChannel: channel))
          }
        }
      }
      guard isEdge || placement.rows.contains(y) else {
        fill(0..<width, with: nil)
        continue
      }
      let line = min(max(y, placement.rows.lowerBound), placement.rows.upperBound - 1) - placement.rows.lowerBound
      let row = image.origin + (line * image.byteStride(0) + colour * image.byteStride(2))
      fill(0..<columns.lowerBound, with: isEdge ? row : nil)
      write(columns, row, stride: image.byteStride(1), samples)
      fill(columns.upperBound..<width, with: isEdge ? row + (columns.count - 1) * image.byteStride(1) : nil)
    }
  }
}
