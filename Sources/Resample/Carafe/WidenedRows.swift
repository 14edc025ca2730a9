import CShims

/// Rows of carafe's features as wide as its output, each sample `scale` times, with zeros around: a tap of neighbouring
/// output samples reads neighbours.
struct WidenedRows {
  private let reader: RowReader
  private let scale: Int
  private let sampleSize: Int
  private let interleave: rsk_interleave
  /// Rows can be widened where they lie.
  private let readsInPlace: Bool
  /// The zeros before the first sample.
  private let zeros: Int
  /// Samples of a row of the output, rounded up to a vector.
  let rowLength: Int
  /// Samples of a widened row: zeros on either side, and what a vector reads after them.
  let length: Int

  init(
    _ features: Tensor, _ request: CarafeRequest, _ format: SumFormat, _ kernels: rsk_table
  ) throws(ResampleError) {
    reader = RowReader(features, format, kernels)
    readsInPlace = format.isDirect && reader.planes.hasDenseRows
    scale = request.scale
    sampleSize = format.sampleSize
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    zeros = request.radius * scale
    rowLength = (features.shape[3] * scale).roundedUpToVector
    length = try checkedSum(rowLength, try request.samplesAround)
  }

  /// Bytes of a row before it is widened.
  var unwidenedSize: Int { reader.planes.width * sampleSize }

  /// Loads some rows of a channel, `length` samples apart; `unwidened` has room for one before it is widened.
  @inline(never) func load(
    image: Int, channel: Int, rows: Range<Int>, unwidened: UnsafeMutableRawPointer, into memory: UnsafeMutableRawPointer
  ) {
    let (size, width) = (sampleSize, reader.planes.width)
    for y in rows {
      let row = memory + (y - rows.lowerBound) * length * size
      if !readsInPlace { reader.load(image: image, channel: channel, y: y, into: unwidened) }
      let source = readsInPlace ? reader.planes.row(image: image, channel: channel, y: y) : UnsafeRawPointer(unwidened)
      memset(row, 0, zeros * size)
      interleave(source, size, 0, row + zeros * size, scale * size, size, width, scale)
      let end = zeros + width * scale
      memset(row + end * size, 0, (length - end) * size)
    }
  }
}

extension CarafeRequest {
  /// The zeros on either side of a row that the kernel reads beyond, together.
  var samplesAround: Int {
    get throws(ResampleError) {
      let zeros = try checkedProduct(kernel - 1, scale)
      guard zeros <= Shape.addressSpace else { throw .outOfMemory(bytes: .max) }
      return zeros
    }
  }
}
