import CShims

/// What a plan that weights samples knows of tensors of one memory format: the order of the passes, and the table of rows of
/// such pixels.
struct PassPlan: ~Copyable {
  let samplesPerPixel: Int
  let order: PassOrder
  /// Bytes of a row of the input, and of the output, in the working type.
  let sourceRowSize: Int
  let rowSize: Int
  /// Those that scratch memory has room for, between two passes.
  let sourceRowsAtOnce: Int
  let rowsAtOnce: Int
  /// Some samples of rows are combined after those before them, because their windows do not stay in the nearest cache.
  let combinesTiles: Bool
  /// The rows that a ring for the height has room for, a power of two: more than a window of them.
  let ringPlaces: Int
  /// Those that a kernel of the width takes at a time.
  let rowsTogether: Int
  /// Rows of the output in a block at most: its slices are to stay in the cache between the passes.
  let longestBlock: Int
  /// Bytes that a row of the output reads and writes.
  let rowCost: Int
  /// The width comes first and reads so little of a row that it converts what it reads.
  let readsSparsely: Bool
  /// The width pass takes pixels of three or four samples as they are, without a table for each sample.
  let takesColours: Bool
  /// The output is larger than what a cache could keep for its reader: its rows go past the caches.
  let isLarge: Bool
  /// The output is larger than a near cache, and its rows are no short ones: the width pass writes them one by one. uint8
  /// gains more by several at once, and so do the pixels above.
  let writesFar: Bool
  /// The table of the width pass where it has an entry for each sample of a pixel, or of a plane.
  private let expanded: UnsafeMutablePointer<ExpandedTaps>?

  private static let cachedOutput = 32 << 20
  private static let nearOutput = 12 << 20
  private static let shortRow = 512
  private static let cachedSlices = 256 << 10
  /// What waits for the next pass is to stay in the nearest cache.
  private static let cachedRows = 4 << 10
  /// Four rows that share much of what they read.
  private static let cachedTiles = 32 << 10

  init(
    _ plan: borrowing InterpolatePlan, _ format: SampleFormat, samplesPerPixel: Int
  ) throws(ResampleError) {
    let request = plan.request
    let (depth, height, width) = (
      plan.axis(ofDimension: 0), plan.axis(ofDimension: 1), plan.axis(ofDimension: 2)
    )
    let kernels = plan.kernels.passes(of: format.workingType)
    let written = request.writtenShape
    let writtenBytes = written.byteCount(sampleSize: request.sampleSize) ?? .max
    let isLarge = writtenBytes >= PassPlan.cachedOutput
    let order = PassOrder(
      PassOrder.Candidates(
        height: height, width: width, planes: written.batch * written.channels / samplesPerPixel,
        samplesPerPixel: samplesPerPixel, format: format, preference: request.order, kernels: kernels,
        endsWithPlanes: depth.pointee.isIdentity && depth.pointee.kernelTaps.length == 1 && !isLarge
          && !request.isClamped))
    let taps = width.pointee.kernelTaps
    let readsSparsely =
      format.convertsBytes && (order == .width || order == .widthFirst)
      && PassPlan.isSparse(taps, samplesPerPixel: samplesPerPixel)
    self.readsSparsely = readsSparsely
    takesColours = PassPlan.takesColours(
      taps, samplesPerPixel: samplesPerPixel, format.workingType, vectorWidth: kernels.most_expanded + 1)
    var expanded: UnsafeMutablePointer<ExpandedTaps>?
    if order.isPlanewise {
      let rows = height.pointee.rowsResampled(heightFirst: order.isHeightFirst)
      expanded = try Owned.make(ExpandedTaps(taps, samplesPerPixel: 1, rows: rows, format.workingType))
    } else if !width.pointee.isIdentity && !readsSparsely && !takesColours
      && ExpandedTaps.canExpand(
        taps, samplesPerPixel: samplesPerPixel, format.workingType, most: kernels.most_expanded)
    {
      expanded = try Owned.make(ExpandedTaps(taps, samplesPerPixel: samplesPerPixel, format.workingType))
    }
    self.expanded = expanded
    self.samplesPerPixel = samplesPerPixel
    self.order = order
    self.isLarge = isLarge
    // Rows of the working type may be wider than those of the dtype, whose size has been checked.
    let pixelSize = samplesPerPixel * format.workingType.sampleSize
    sourceRowSize = taps.source_length * pixelSize
    rowSize = taps.length * pixelSize
    writesFar =
      writtenBytes >= PassPlan.nearOutput && rowSize >= PassPlan.shortRow && format.workingType != .fixedPoint
      && !takesColours
    var heightTaps = height.pointee.kernelTaps
    let isTall = order == .heightFirst && rsk_is_tall(&heightTaps, sourceRowSize)
    let tileRows = isTall ? min(4, PassPlan.cachedTiles / sourceRowSize) : 1
    combinesTiles = tileRows > 1
    sourceRowsAtOnce = max(tileRows, PassPlan.rowsAtOnce(of: sourceRowSize))
    rowsAtOnce = PassPlan.rowsAtOnce(of: rowSize)
    rowsTogether = format.workingType == .fixedPoint ? 8 : 4
    ringPlaces = PassPlan.ringPlaces(
      heightTaps, rowSize: order == .heightFirst ? sourceRowSize : rowSize, rowsTogether: rowsTogether)
    // A block also begins by resampling the rows of a whole height window: it takes several times that many.
    let rowsInCache = PassPlan.cachedSlices / max(rowSize, 1) / depth.pointee.ringPlaces
    longestBlock = depth.pointee.isIdentity ? .max : max(rowsInCache, 4 * heightTaps.most_taps)
    let depthTaps = depth.pointee.kernelTaps
    let sourceBytes = Double(depthTaps.source_length) * Double(heightTaps.source_length) * Double(sourceRowSize)
    rowCost = cost(Double(depthTaps.length) * Double(rowSize) + sourceBytes / Double(max(heightTaps.length, 1)))
  }

  deinit { Owned.destroy(expanded) }

  /// Whether pixels of colours are farther apart than windows of vectors reach, and there are few taps, or are drawn together
  /// and there are four: rsk_table.sparse_bytes
  private static func isSparse(_ width: rsk_taps, samplesPerPixel: Int) -> Bool {
    let hasFourTaps = width.fewest_taps == 4 && width.most_taps == 4
    return (samplesPerPixel == 3 || samplesPerPixel == 4) && width.fewest_taps > 0 && width.most_taps <= 8
      && width.source_length > (hasFourTaps ? 1 : 2) * width.length
  }

  /// Whether a vector of each pixel takes less time than vectors of several, which are brought together from windows: where
  /// windows do not reach, or are as narrow as a pixel. Two taps are hardly worth a window of eight floats.
  private static func takesColours(
    _ width: rsk_taps, samplesPerPixel: Int, _ workingType: WorkingType, vectorWidth: Int
  ) -> Bool {
    guard samplesPerPixel == 3 || samplesPerPixel == 4 else { return false }
    let isFar = 2 * width.source_length >= 3 * width.length
    let hasTwoTaps = width.fewest_taps == 2 && width.most_taps == 2
    return switch workingType {
    case .float32: isFar || vectorWidth <= 4 || vectorWidth == 8 && hasTwoTaps
    case .float64: (isFar || vectorWidth <= 4) && !hasTwoTaps
    case .fixedPoint: false
    }
  }

  /// The rows of so many bytes that a kernel takes at a time.
  private static func rowsAtOnce(of bytes: Int) -> Int { max(1, min(cachedRows / max(bytes, 1), 64)) }

  /// Kernels of the width share what they read of their table among `rowsTogether` rows.
  private static func ringPlaces(_ height: rsk_taps, rowSize: Int, rowsTogether: Int) -> Int {
    var places = 1
    while places < height.most_taps + rowsTogether - 1 { places *= 2 }
    while places < height.source_length && 2 * places * rowSize <= cachedRows { places *= 2 }
    return places
  }

  /// The table of the width pass in some order, and the samples that it takes for a pixel.
  func rowTaps(in order: PassOrder, _ plan: borrowing InterpolatePlan) -> (UnsafePointer<rsk_taps>, Int) {
    // Where the rows of a plane cannot be taken at once, they are single rows.
    if order == self.order, let expanded { return (expanded.pointee.taps, 1) }
    return (plan.kernelTaps(ofDimension: 2), samplesPerPixel)
  }
}
