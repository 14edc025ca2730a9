/// A strided array in the caller's memory, checked: every byte offset of an element is an Int.
package struct Tensor {
  /// The element whose indices are all zero.
  package let origin: UnsafeRawPointer
  package let dtype: Dtype
  package let sampleSize: Int
  package let shape: Shape
  private var byteStrides = InlineArray<8, Int>(repeating: 0)
  /// The lowest and the highest byte of an element, as offsets from the origin; the latter exclusive.
  package let extent: Range<Int>

  /// `strides` counts elements; without it the tensor is contiguous. `name` is for messages: "input" or "output".
  @export(interface) package init(
    _ name: StaticString, data: UnsafeMutableRawPointer?, byteOffset: UInt64, dtype: Dtype, shape: Shape,
    strides: UnsafePointer<Int64>?
  ) throws(ResampleError) {
    guard let sampleSize = dtype.size else { throw .invalidType("\(name) has \(dtype), which is no dtype known here") }
    guard shape.byteCount(sampleSize: sampleSize) != nil else {
      throw .invalidValue("\(name) of shape \(shape) is too large")
    }
    self.dtype = dtype
    self.sampleSize = sampleSize
    self.shape = shape

    var low = 0
    var high = 0
    var dense = sampleSize
    for axis in (0..<shape.rank).reversed() {
      let length = shape[axis]
      guard let stride = strides.map({ Int(clamping: $0[axis]) }) else {
        byteStrides[axis] = dense
        high += max(length - 1, 0) * dense
        dense *= max(length, 1)
        continue
      }
      // The stride of an axis of one element says nothing: callers put anything there.
      guard length > 1 else { continue }
      let (bytes, overflow) = stride.multipliedReportingOverflow(by: sampleSize)
      let (span, spanOverflow) = bytes.multipliedReportingOverflow(by: length - 1)
      let (end, endOverflow) = (span < 0 ? low : high).addingReportingOverflow(span)
      guard !overflow, !spanOverflow, !endOverflow else {
        throw .invalidValue("\(name) has a stride of \(stride) elements on axis \(axis), which is too large")
      }
      byteStrides[axis] = bytes
      if span < 0 { low = end } else { high = end }
    }
    let (end, endOverflow) = high.addingReportingOverflow(sampleSize)
    // Both bounds are small enough for sums of several extents.
    guard !endOverflow, low >= -Shape.addressSpace, end <= Shape.addressSpace + min(low, 0),
      let offset = Int(exactly: byteOffset)
    else { throw .invalidValue("\(name) has an offset or strides that are too large") }
    if shape.isEmpty {
      // Never read or written: any address will do.
      extent = 0..<0
      origin = UnsafeRawPointer(data) ?? UnsafeRawPointer(bitPattern: 64)!
      return
    }
    guard let data else { throw .invalidValue("\(name) has no data: its pointer is NULL") }
    // Addresses are signed here: those of a process are positive.
    let (address, addressOverflow) = Int(bitPattern: data).addingReportingOverflow(offset)
    let (lowest, lowOverflow) = address.addingReportingOverflow(low)
    guard !addressOverflow, !lowOverflow, lowest >= 0, !address.addingReportingOverflow(end).overflow else {
      throw .invalidValue("\(name) reaches beyond the address space")
    }
    extent = low..<end
    origin = UnsafeRawPointer(data + offset)
  }

  /// Whether there is no element: every element has a byte.
  package var isEmpty: Bool { extent.isEmpty }

  /// The origin of a tensor that is written.
  package var mutableOrigin: UnsafeMutableRawPointer { UnsafeMutableRawPointer(mutating: origin) }

  /// The same elements with the last axis where channels are, after the batch: (N, H, W, 2) as (N, 2, H, W).
  init(channelsFirst tensor: Tensor) {
    let rank = tensor.shape.rank
    var shape = tensor.shape
    byteStrides = tensor.byteStrides
    shape[1] = tensor.shape[rank - 1]
    byteStrides[1] = tensor.byteStrides[rank - 1]
    for axis in 2..<rank {
      shape[axis] = tensor.shape[axis - 1]
      byteStrides[axis] = tensor.byteStrides[axis - 1]
    }
    self.shape = shape
    (origin, extent, dtype, sampleSize) = (tensor.origin, tensor.extent, tensor.dtype, tensor.sampleSize)
  }

  /// Elements of another, `offset` bytes after its first on.
  init(_ tensor: Tensor, offset: Int, _ shape: Shape, _ byteStrides: InlineArray<8, Int>) {
    self.shape = shape
    self.byteStrides = byteStrides
    (dtype, sampleSize) = (tensor.dtype, tensor.sampleSize)
    var (low, high) = (0, 0)
    for axis in 0..<shape.rank where shape[axis] > 1 {
      let span = byteStrides[axis] * (shape[axis] - 1)
      if span < 0 { low += span } else { high += span }
    }
    origin = tensor.origin + offset
    extent = shape.isEmpty ? 0..<0 : low..<high + sampleSize
  }

  /// Bytes (H, W, C) of the library's own, one after another.
  init(contiguous start: UnsafeMutablePointer<UInt8>, _ shape: Shape) {
    self.shape = shape
    (origin, dtype, sampleSize) = (UnsafeRawPointer(start), .uint8, 1)
    var stride = 1
    for axis in (0..<shape.rank).reversed() {
      byteStrides[axis] = stride
      stride *= shape[axis]
    }
    extent = 0..<stride
  }

  /// A part of another, of depth, height and width from these indices on.
  init(_ tensor: Tensor, from start: InlineArray<3, Int>, _ shape: Shape) {
    var offset = 0
    for dimension in 0..<3 { offset += start[dimension] * tensor.byteStride(ofDimension: dimension) }
    self.init(tensor, offset: offset, shape, tensor.byteStrides)
  }

  /// Bytes from one element to the next along an axis.
  package func byteStride(_ axis: Int) -> Int { byteStrides[axis] }

  /// Bytes from one element to the next along depth (0), height (1) or width (2).
  package func byteStride(ofDimension dimension: Int) -> Int {
    if let axis = shape.axis(ofDimension: dimension) { byteStrides[axis] } else { 0 }
  }

  /// Whether no two elements share memory: every axis, from the smallest stride on, steps over those before it.
  package var elementsAreApart: Bool {
    var reach = sampleSize
    var remaining = 0
    for axis in 0..<shape.rank where shape[axis] > 1 { remaining |= 1 << axis }
    while remaining != 0 {
      var nearest = -1
      for axis in 0..<shape.rank where remaining & (1 << axis) != 0 {
        if nearest < 0 || byteStrides[axis].magnitude < byteStrides[nearest].magnitude { nearest = axis }
      }
      let stride = byteStrides[nearest].magnitude
      guard stride >= UInt(reach) else { return false }
      // Within the extent that init has checked.
      reach += Int(stride) * (shape[nearest] - 1)
      remaining &= ~(1 << nearest)
    }
    return true
  }
}
