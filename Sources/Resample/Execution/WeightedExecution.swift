import CShims
import ResampleGeometry

/// One run of a plan that weights samples: everything that its tasks share.
struct WeightedExecution {
  /// The planes that the passes read: those of the input, or copies of them.
  let source: Volume
  let packedPlanes: PackedPlanes?
  let destination: Volume
  let depth: Pass
  let height: Pass
  let width: Pass
  let arithmetic: Arithmetic
  let conversion: rsk_conversion
  /// The bounds of the result.
  let low: Double
  let high: Double
  /// The samples of a pixel.
  let lanes: Int
  /// While tasks run: the table of the width pass, and the samples that it takes for a pixel.
  private(set) var rowTaps: UnsafePointer<rsk_taps>?
  private(set) var rowLanes = 1
  /// The bytes of a row of the output, and of the input, in the arithmetic.
  let rowSize: Int
  let sourceRowSize: Int
  /// Rows are combined before they are resampled: docs/architecture.md#order-of-the-passes.
  let isHeightFirst: Bool
  /// The rows of a plane pass the kernels together.
  let isPlanewise: Bool
  /// The kernel that does width and height at once, where that is possible.
  let bilinear: rsk_bilinear?
  /// The width pass takes a pixel of several samples as so many pixels of one.
  private let isExpanded: Bool
  /// Rows of the input can be read, and rows of the output written, by the passes themselves.
  let readsInPlace: Bool
  let writesInPlace: Bool
  /// The output is larger than what a cache could keep for its reader: rows of it go past the caches.
  let streams: Bool
  let workspace: Workspace
  /// Rows of rings and slices lie as rows of the output do, so that loads and stores of a vertical pass are aligned alike.
  let rowShift: Int
  /// Rows from the start of a window on may be resampled with those that it reads, because kernels take several at once.
  let rowsAhead: Int
  let grid: TaskGrid
  private static let cachedOutput = 32 << 20
  /// Planes of so few samples between the passes, and so many of them, are worth a table for all their rows.
  private static let smallPlane = 2048
  private static let manyPlanes = 16
  private var memory: UnsafeMutableRawPointer?

  /// The pass along one axis.
  struct Pass {
    let taps: rsk_taps
    fileprivate(set) var kernels: rsk_passes
    let isIdentity: Bool
    private let weightStride: Int
    /// The rows, or slices, that a ring keeps for the pass: a power of two, so that the place of one is some of its bits.
    let ringLength: Int

    /// `rowsAhead`: what the ring has room for besides the window of an output sample.
    init(_ taps: borrowing AxisTaps, _ kernels: rsk_passes, _ arithmetic: Arithmetic, rowsAhead: Int = 0) {
      self.taps = taps.kernelTaps
      self.kernels = kernels
      isIdentity = taps.isIdentity
      weightStride = self.taps.sample_stride * arithmetic.weightSize
      var ringLength = 1
      while ringLength < self.taps.most_taps + rowsAhead { ringLength *= 2 }
      self.ringLength = ringLength
    }

    func window(of output: Int) -> Range<Int> {
      let first = Int(taps.first[output])
      return first..<first + Int(taps.count[output])
    }

    /// The rows of the input from the first to the last that some rows of the output read.
    func rows(readBy outputs: Range<Int>) -> Range<Int> {
      let start = window(of: outputs.lowerBound).lowerBound
      // An empty window ends before those in front of it.
      let last = outputs.last { !window(of: $0).isEmpty } ?? outputs.lowerBound
      return start..<max(start, window(of: last).upperBound)
    }

    /// The most of them that a task reads.
    fileprivate func mostRows(ofTasks grid: TaskGrid) -> Int {
      var most = 0
      for start in stride(from: 0, to: taps.length, by: grid.rowsPerTask) {
        most = max(most, rows(readBy: start..<min(start + grid.rowsPerTask, taps.length)).count)
      }
      return most
    }

    func weights(of output: Int) -> UnsafeRawPointer { taps.weights + output * weightStride }

    /// Combines the rows that row, or slice, `output` reads.
    func combine(
      _ rows: UnsafePointer<UnsafeRawPointer?>, for output: Int, samples: Int, _ row: UnsafeMutableRawPointer,
      _ streams: Bool
    ) {
      kernels.vertical(
        rows, weights(of: output), Int(taps.count[output]), taps.precision, samples, row, streams)
    }
  }

  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, _ input: Tensor, _ output: Tensor
  ) throws(ResampleError) {
    lanes = Volume.lanes(input, output)
    let planes = Volume(input, lanes: lanes)
    // Nearly always; a small call would notice what the other way costs.
    if planes.hasDenseRows {
      packedPlanes = nil
      source = planes
    } else {
      packedPlanes = PackedPlanes(
        planes, height: plan.axis(ofDimension: 1).pointee.kernelTaps,
        depth: plan.axis(ofDimension: 0).pointee.kernelTaps, plan.kernels)
      source = packedPlanes?.packed ?? planes
    }
    destination = Volume(output, lanes: lanes)
    let passes = plan.kernels.passes(of: format.arithmetic)
    var depth = Pass(plan.axis(ofDimension: 0).pointee, passes, format.arithmetic)
    var height = Pass(
      plan.axis(ofDimension: 1).pointee, passes, format.arithmetic,
      rowsAhead: format.arithmetic == .fixedPoint ? Int(RSK_ROWS_AT_ONCE) - 1 : 0)
    // Not where windows lie apart: it would be for rows that nothing reads.
    let leavesNoRows = height.taps.source_length <= height.taps.length * height.taps.fewest_taps
    rowsAhead = format.arithmetic == .fixedPoint && leavesNoRows ? height.ringLength : 0
    var width = Pass(plan.axis(ofDimension: 2).pointee, passes, format.arithmetic)
    arithmetic = format.arithmetic
    conversion = plan.kernels.conversion(format.conversion)
    low = plan.request.low
    high = plan.request.high

    let sampleSize = format.arithmetic.sampleSize
    let isClamped = low > -.infinity || high < .infinity
    let isDirect = format.memoryAccess == .direct
    // Passes convert at one end alone: there has to be another for the other end.
    let passCount = (depth.isIdentity ? 0 : 1) + (height.isIdentity ? 0 : 1) + (width.isIdentity ? 0 : 1)
    let canRead = (isDirect || passCount > 1) && source.hasDenseRows && source.isAligned(to: input.sampleSize)
    let canWrite =
      (isDirect || passCount > 0) && destination.hasDenseRows && destination.isAligned(to: output.sampleSize)
      && !isClamped
    isHeightFirst = format.arithmetic != .fixedPoint && WeightedExecution.isHeightFirstCheaper(height, width)
    let reading = canRead ? plan.kernels.passes(from: format) : nil
    if let reading {
      if !width.isIdentity && !isHeightFirst {
        width.kernels = reading
      } else if !height.isIdentity {
        height.kernels = reading
      } else {
        depth.kernels = reading
      }
    }
    let writing = canWrite ? plan.kernels.passes(to: format) : nil
    if let writing {
      if !depth.isIdentity {
        depth.kernels = writing
      } else if !height.isIdentity && !isHeightFirst {
        height.kernels = writing
      } else {
        width.kernels = writing
      }
    }
    readsInPlace = reading != nil
    writesInPlace = writing != nil

    // A sample is as far behind a cache line as that of the output, in samples of the arithmetic.
    rowShift =
      writesInPlace ? destination.rowShift / output.sampleSize * sampleSize & (Workspace.cacheLine - 1) : 0
    streams =
      writesInPlace && (output.shape.byteCount(sampleSize: output.sampleSize) ?? 0) >= WeightedExecution.cachedOutput
    // Rows of the arithmetic may be wider than those of the dtype, whose size has been checked.
    let pixelSize = try checkedProduct(lanes, sampleSize)
    sourceRowSize = try checkedProduct(source.width, pixelSize)
    rowSize = try checkedProduct(destination.width, pixelSize)
    let isBilinear =
      isDirect && readsInPlace && !isHeightFirst && lanes > passes.most_expanded && !height.isIdentity
      && !width.isIdentity
      && height.taps.most_taps <= 2 && width.taps.most_taps <= 2
      && height.taps.fewest_taps > 0 && width.taps.fewest_taps > 0
    bilinear = isBilinear ? passes.bilinear : nil
    isExpanded =
      !width.isIdentity
      && ExpandedTaps.canExpand(width.taps, samplesOfPixel: lanes, format.arithmetic, most: passes.most_expanded)
    // A plane takes a few kernel calls then, instead of a few for each row.
    let planeSamples = source.height * destination.width
    isPlanewise =
      passes.vertical_plane != nil && isDirect && readsInPlace && writesInPlace && !streams && !isHeightFirst
      && lanes == 1
      && depth.isIdentity && source.depth == 1 && !height.isIdentity && !width.isIdentity
      && source.hasDenseSlices && destination.hasDenseSlices
      && ExpandedTaps.fits(width.taps, samplesOfPixel: 1, rows: source.height)
      && planeSamples <= WeightedExecution.smallPlane && destination.planes >= WeightedExecution.manyPlanes
    // The slices of a task are to stay in the cache between the passes, but a task also begins by resampling the rows
    // of a whole height window: it takes several times as many.
    let sliceBytes = 256 << 10
    let rowsInCache = sliceBytes / max(rowSize, 1) / depth.ringLength
    let longestTask = min(
      packedPlanes?.longestTask ?? .max, depth.isIdentity ? .max : max(rowsInCache, 4 * height.taps.most_taps))
    let sourceBytes = Double(source.depth) * Double(source.height) * Double(sourceRowSize)
    grid = TaskGrid(
      planes: destination.planes, height: destination.height,
      rowCost: Int(Double(destination.depth) * Double(rowSize) + sourceBytes / Double(destination.height)),
      longestTask: longestTask, dividesPlanes: !isPlanewise, planesTogether: packedPlanes?.planesTogether ?? 1)
    workspace = try Workspace(
      packedPlanes: packedPlanes?.byteCount(rows: height.mostRows(ofTasks: grid)) ?? 0,
      unpackedRowSize: width.isIdentity || readsInPlace ? 0 : sourceRowSize,
      ringRows: height.isIdentity ? 0 : isPlanewise ? max(height.ringLength, source.height) : height.ringLength,
      ringRowSize: bilinear != nil ? 0 : isHeightFirst ? sourceRowSize : rowSize,
      combinedRowSize: isHeightFirst ? sourceRowSize : 0,
      slices: depth.isIdentity ? 0 : depth.ringLength, rowsPerSlice: grid.rowsPerTask,
      outputRows: writesInPlace ? 0 : 1, rowSize: rowSize)
    self.depth = depth
    self.height = height
    self.width = width
  }

  /// Compares the products of both orders; one along a row takes about twice the time of one across rows. The tables
  /// alone decide, because both orders round differently and the bits must not depend on the memory format.
  private static func isHeightFirstCheaper(_ height: Pass, _ width: Pass) -> Bool {
    guard !height.isIdentity, !width.isIdentity else { return false }
    func cost(combinedLength: Int, resampledRows: Int) -> Double {
      let across = Double(height.taps.length) * Double(combinedLength) * Double(height.taps.most_taps)
      let along = Double(resampledRows) * Double(width.taps.length) * Double(width.taps.most_taps)
      return across + 2 * along
    }
    return cost(combinedLength: width.taps.source_length, resampledRows: height.taps.length)
      < cost(combinedLength: width.taps.length, resampledRows: height.taps.source_length)
  }

  /// Fails when there is no memory for the workspace, before anything is written.
  mutating func run() throws(ResampleError) {
    if isExpanded || isPlanewise {
      let expanded = try ExpandedTaps(
        width.taps, samplesOfPixel: lanes, rows: isPlanewise ? source.height : 1, arithmetic)
      try runTasks(expanded.taps, 1)
      // Tasks have the address alone: the memory has to live until here.
      withExtendedLifetime(expanded) {}
    } else {
      try runTasks(width.taps, lanes)
    }
  }

  private mutating func runTasks(_ rowTaps: rsk_taps, _ rowLanes: Int) throws(ResampleError) {
    self.rowLanes = rowLanes
    let memory = try Buffer<UInt8>(count: try checkedProduct(grid.threads, workspace.bytes))
    self.memory = UnsafeMutableRawPointer(memory.start)
    withUnsafePointer(to: rowTaps) {
      self.rowTaps = $0
      withUnsafePointer(to: self) { execution in
        ThreadPool.run(tasks: grid.count, threads: grid.threads, UnsafeMutableRawPointer(mutating: execution)) {
          context, thread, index in
          let execution = context!.assumingMemoryBound(to: WeightedExecution.self)
          var task = WeightedTask(execution, thread: thread)
          task.run(execution.pointee.grid[index])
        }
      }
    }
    withExtendedLifetime(memory) {}
  }

  func memory(ofThread thread: Int) -> UnsafeMutableRawPointer { memory! + thread * workspace.bytes }
}
