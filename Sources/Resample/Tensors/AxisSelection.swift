/// Some axes of a tensor of any rank, one to three, ascending: how it is seen as (N, C, spatial axes).
///
/// The last of the other axes is C, and those before it are N: one axis where they are one in memory, and otherwise one
/// view for each of their indices.
struct AxisSelection {
  private let rank: Int
  private let count: Int
  private let axes: InlineArray<3, Int>
  /// Such an axis is read from its end.
  private var isReversed = InlineArray<3, Bool>(repeating: false)

  static let most = 3

  /// `isSelected` tells of each axis; at most three are.
  init(rank: Int, _ isSelected: (Int) -> Bool) {
    var (axes, count) = (InlineArray<3, Int>(repeating: 0), 0)
    for axis in 0..<rank where isSelected(axis) {
      axes[count] = axis
      count += 1
    }
    (self.rank, self.count, self.axes) = (rank, count, axes)
  }

  mutating func reverse(_ axis: Int) {
    for index in 0..<count where axes[index] == axis { isReversed[index] = true }
  }

  /// The axis of the tensor that is depth (0), height (1) or width (2), or nil where none is.
  func axis(ofDimension dimension: Int) -> Int? {
    let index = dimension - (3 - count)
    return index >= 0 ? axes[index] : nil
  }

  private func isSelected(_ axis: Int) -> Bool { (0..<count).contains { axes[$0] == axis } }

  /// The axis that is C, or nil where all are selected.
  private var channelAxis: Int? { (0..<rank).last { !isSelected($0) } }

  private func isBatch(_ axis: Int) -> Bool { !isSelected(axis) && axis != channelAxis }

  /// The shape of a view of a tensor that is one.
  func planes(ofShape shape: Shape) -> Shape {
    var planes = Shape(rank: 2 + count)
    for axis in 0..<rank where isBatch(axis) { planes[0] *= shape[axis] }
    if let channelAxis { planes[1] = shape[channelAxis] }
    for index in 0..<count { planes[2 + index] = shape[axes[index]] }
    return planes
  }

  /// The shape of a tensor that has the other axes of `shape`, and the selected ones of `planes`.
  func tensorShape(ofPlanes planes: Shape, like shape: Shape) -> Shape {
    var shape = shape
    for index in 0..<count { shape[axes[index]] = planes[2 + index] }
    return shape
  }

  /// Calls `body` with views of both tensors.
  func forEachView(
    _ input: Tensor, _ output: Tensor, _ body: (Tensor, Tensor) throws(ResampleError) -> Void
  ) throws(ResampleError) {
    if let inputStride = batchStride(of: input), let outputStride = batchStride(of: output) {
      let images = planes(ofShape: input.shape).batch
      return try body(
        view(of: input, offset: 0, images: images, inputStride, reversing: true),
        view(of: output, offset: 0, images: images, outputStride, reversing: false))
    }
    for index in 0..<planes(ofShape: input.shape).batch {
      try body(
        view(of: input, offset: batchOffset(index, of: input), images: 1, 0, reversing: true),
        view(of: output, offset: batchOffset(index, of: output), images: 1, 0, reversing: false))
    }
  }

  /// The bytes from one image to the next, or nil where that differs.
  private func batchStride(of tensor: Tensor) -> Int? {
    var (stride, next) = (0, Int?.none)
    for axis in (0..<rank).reversed() where isBatch(axis) && tensor.shape[axis] != 1 {
      if let next {
        guard tensor.byteStride(axis) == next else { return nil }
      } else {
        stride = tensor.byteStride(axis)
      }
      next = tensor.byteStride(axis) * tensor.shape[axis]
    }
    return stride
  }

  private func batchOffset(_ index: Int, of tensor: Tensor) -> Int {
    var (offset, rest) = (0, index)
    for axis in (0..<rank).reversed() where isBatch(axis) {
      offset += rest % tensor.shape[axis] * tensor.byteStride(axis)
      rest /= tensor.shape[axis]
    }
    return offset
  }

  private func view(of tensor: Tensor, offset: Int, images: Int, _ imageStride: Int, reversing: Bool) -> Tensor {
    var (shape, start) = (planes(ofShape: tensor.shape), offset)
    shape[0] = images
    var strides = InlineArray<8, Int>(repeating: 0)
    strides[0] = imageStride
    if let channelAxis { strides[1] = tensor.byteStride(channelAxis) }
    for index in 0..<count {
      let stride = tensor.byteStride(axes[index])
      let isReversed = reversing && isReversed[index]
      if isReversed { start += stride * (shape[2 + index] - 1) }
      strides[2 + index] = isReversed ? -stride : stride
    }
    return Tensor(tensor, offset: start, shape, strides)
  }
}

extension InlineArray<8, Bool> {
  /// Axes that keep their length are spatial axes as well where that makes rows of those that do not, which are true: those
  /// between them, and the one after them unless it is the last, which is better the samples of a pixel. The last axis where
  /// none is true.
  mutating func selectNeighbours(rank: Int) {
    guard let first = (0..<rank).first(where: { self[$0] }), let last = (0..<rank).last(where: { self[$0] }) else {
      self[rank - 1] = true
      return
    }
    guard last - first < AxisSelection.most else { return }
    for axis in first...last { self[axis] = true }
    if last - first + 1 < AxisSelection.most && last + 2 < rank { self[last + 1] = true }
  }
}
