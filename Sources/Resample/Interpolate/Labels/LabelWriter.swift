import CShims

/// The rows of labels (N, H, W), written from rows of numbers of the working type.
struct LabelWriter {
  /// A row is a channel of one row.
  private let planes: TargetPlanes
  private let dtype: Dtype
  private let isDouble: Bool
  private let bytes: rsk_conversion

  init(_ labels: Tensor, _ workingType: WorkingType, _ kernels: rsk_table) {
    planes = TargetPlanes(writing: labels)
    dtype = labels.dtype
    isDouble = workingType == .float64
    bytes = kernels.conversion(isDouble ? RSK_WIDENED + RSK_UINT8 : RSK_UINT8)
  }

  func store(_ row: UnsafeRawPointer, image: Int, y: Int) {
    let target = planes.row(image: image, channel: y, y: 0)
    if dtype == .uint8 {
      bytes.store(row, planes.width, 1, -.infinity, .infinity, target, planes.pixelStride)
    } else {
      for x in 0..<planes.width { store(label(row, x), at: target + x * planes.pixelStride) }
    }
  }

  private func label(_ row: UnsafeRawPointer, _ x: Int) -> Int {
    isDouble
      ? Int(row.load(fromByteOffset: 8 * x, as: Double.self)) : Int(row.load(fromByteOffset: 4 * x, as: Float.self))
  }

  private func store(_ label: Int, at target: UnsafeMutableRawPointer) {
    if dtype == .int32 {
      target.storeBytes(of: Int32(truncatingIfNeeded: label), as: Int32.self)
    } else {
      target.storeBytes(of: Int64(label), as: Int64.self)
    }
  }
}
