import CShims

/// What a plan that copies samples knows of tensors of one memory format.
///
/// Pixels of an odd size, as the three bytes of a colour, are copied in as many equal parts that there is a kernel for; the
/// table has an entry for each part then.
struct CopyPlan: ~Copyable {
  let samplesPerPixel: Int
  let parts: Int
  private let expanded: UnsafeMutablePointer<ExpandedTaps>?

  /// The bytes from which on a pixel is copied as a block.
  private static let blockSize = 32

  init(_ plan: borrowing InterpolatePlan, samplesPerPixel: Int) throws(ResampleError) {
    let width = plan.axis(ofDimension: 2)
    let pixelSize = samplesPerPixel * plan.request.sampleSize
    let part = pixelSize & -pixelSize
    let isInParts =
      !width.pointee.isIdentity && pixelSize < CopyPlan.blockSize && part <= 8
      && ExpandedTaps.canExpand(
        width.pointee.kernelTaps, samplesPerPixel: pixelSize / part, nil, most: CopyPlan.blockSize)
    let expanded =
      isInParts
      ? try Owned.make(ExpandedTaps(width.pointee.kernelTaps, samplesPerPixel: pixelSize / part, nil)) : nil
    self.expanded = expanded
    self.samplesPerPixel = samplesPerPixel
    parts = isInParts ? pixelSize / part : 1
  }

  deinit { Owned.destroy(expanded) }

  /// The table for parts of pixels, if there are any.
  var partTaps: UnsafePointer<rsk_taps>? { expanded?.pointee.taps }
}
