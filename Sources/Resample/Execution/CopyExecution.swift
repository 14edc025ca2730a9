import CShims
import ResampleGeometry

/// One run of a plan that copies samples: nearest and nearest-exact.
struct CopyExecution {
  private let source: Volume
  private let destination: Volume
  private let depth: rsk_taps
  private let height: rsk_taps
  private let width: rsk_taps
  /// Pixels of an odd size, as the three bytes of a colour, are copied in as many equal parts that there is a kernel for.
  private let parts: Int
  private let partSize: Int
  private let sourceStride: Int
  private let destinationStride: Int
  /// While tasks run: the table of a row of such parts.
  private var rowTaps: UnsafePointer<rsk_taps>?
  private let rowSize: Int
  private let copiesWholeRows: Bool
  private let select: rsk_select
  private let grid: TaskGrid

  init(_ plan: borrowing InterpolatePlan, _ input: Tensor, _ output: Tensor) {
    let lanes = Volume.lanes(input, output)
    source = Volume(input, lanes: lanes)
    destination = Volume(output, lanes: lanes)
    depth = plan.axis(ofDimension: 0).pointee.kernelTaps
    height = plan.axis(ofDimension: 1).pointee.kernelTaps
    width = plan.axis(ofDimension: 2).pointee.kernelTaps
    rowSize = destination.width * destination.pixelSize
    copiesWholeRows = plan.axis(ofDimension: 2).pointee.isIdentity && source.hasDenseRows && destination.hasDenseRows
    let part = source.pixelSize & -source.pixelSize
    let isInParts =
      !copiesWholeRows && source.hasDenseRows && destination.hasDenseRows && source.pixelSize < CopyExecution.blockSize
      && part <= 8
      && ExpandedTaps.canExpand(width, samplesOfPixel: source.pixelSize / part, nil, most: CopyExecution.blockSize)
    parts = isInParts ? source.pixelSize / part : 1
    partSize = isInParts ? part : source.pixelSize
    (sourceStride, destinationStride) = isInParts ? (part, part) : (source.pixelStride, destination.pixelStride)
    select = plan.kernels.select(pixelSize: partSize)
    grid = TaskGrid(
      planes: destination.planes, height: destination.height, rowCost: 2 * destination.depth * rowSize)
  }

  /// Fails when there is no memory for the table, before anything is written.
  mutating func run() throws(ResampleError) {
    if parts > 1 {
      let expanded = try ExpandedTaps(width, samplesOfPixel: parts, nil)
      runTasks(expanded.taps)
      // Tasks have the address alone: the memory has to live until here.
      withExtendedLifetime(expanded) {}
    } else {
      runTasks(width)
    }
  }

  /// The bytes from which on a pixel is copied as a block.
  private static let blockSize = 32

  private mutating func runTasks(_ taps: rsk_taps) {
    withUnsafePointer(to: taps) { taps in
      rowTaps = taps
      withUnsafePointer(to: self) { execution in
        ThreadPool.run(tasks: grid.count, threads: grid.threads, UnsafeMutableRawPointer(mutating: execution)) {
          context, _, index in
          let execution = context!.assumingMemoryBound(to: CopyExecution.self)
          execution.pointee.run(execution.pointee.grid[index])
        }
      }
    }
  }

  private func run(_ task: Task) {
    for plane in task.planes {
      for z in 0..<destination.depth {
        copyRows(task.rows, of: plane, z)
      }
    }
  }

  private func copyRows(_ rows: Range<Int>, of plane: Int, _ z: Int) {
    let (source, destination) = (source.plane(plane), self.destination.plane(plane))
    var sourceBefore = -1
    var rowBefore = destination.row(z, rows.lowerBound)
    for y in rows {
      let sourceRow = Int(height.first[y])
      let output = destination.row(z, y)
      if sourceRow == sourceBefore && self.destination.hasDenseRows {
        memcpy(output, rowBefore, rowSize)
        continue
      }
      (sourceBefore, rowBefore) = (sourceRow, output)
      let input = source.row(Int(depth.first[z]), sourceRow)
      if copiesWholeRows {
        memcpy(output, input, rowSize)
      } else {
        select(input, sourceStride, rowTaps, partSize, output, destinationStride)
      }
    }
  }
}
