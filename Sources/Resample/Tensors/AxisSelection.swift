/// Some axes of a tensor of any rank, one to three, ascending: how it is seen as (N, C, spatial axes).
///
/// The last of the other axes is C, and those before it are N: `SelectedViews` has one view of them where they are one axis
/// in memory, and otherwise one for each of their indices.
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

  /// The bytes from one image to the next, or nil where that differs.
  fileprivate func batchStride(of tensor: Tensor) -> Int? {
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

  /// The bits of all strides between images: what they are aligned to, so is every image.
  fileprivate func batchStrideBits(of tensor: Tensor) -> Int {
    var bits = 0
    for axis in 0..<rank where isBatch(axis) && tensor.shape[axis] != 1 { bits |= tensor.byteStride(axis) }
    return bits
  }

  fileprivate func batchOffset(_ index: Int, of tensor: Tensor) -> Int {
    var (offset, rest) = (0, index)
    for axis in (0..<rank).reversed() where isBatch(axis) {
      offset += rest % tensor.shape[axis] * tensor.byteStride(axis)
      rest /= tensor.shape[axis]
    }
    return offset
  }

  fileprivate func view(of tensor: Tensor, offset: Int, images: Int, _ imageStride: Int, reversing: Bool) -> Tensor {
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

/// An input and an output as an `AxisSelection` sees them. Views differ in nothing but where they begin, and are aligned
/// alike.
struct SelectedViews {
  private let selection: AxisSelection
  private let input: Tensor
  private let output: Tensor
  private let images: Int
  private let inputStride: Int
  private let outputStride: Int
  let count: Int

  init(_ selection: AxisSelection, _ input: Tensor, _ output: Tensor) {
    (self.selection, self.input, self.output) = (selection, input, output)
    let batch = selection.planes(ofShape: input.shape).batch
    if let inputStride = selection.batchStride(of: input), let outputStride = selection.batchStride(of: output) {
      (images, count, self.inputStride, self.outputStride) = (batch, 1, inputStride, outputStride)
    } else {
      // A single image has no stride: this one tells how all of them are aligned.
      (images, count) = (1, batch)
      (inputStride, outputStride) = (selection.batchStrideBits(of: input), selection.batchStrideBits(of: output))
    }
  }

  func input(_ index: Int) -> Tensor {
    let offset = count == 1 ? 0 : selection.batchOffset(index, of: input)
    return selection.view(of: input, offset: offset, images: images, inputStride, reversing: true)
  }

  func output(_ index: Int) -> Tensor {
    let offset = count == 1 ? 0 : selection.batchOffset(index, of: output)
    return selection.view(of: output, offset: offset, images: images, outputStride, reversing: false)
  }
}

extension InlineArray<8, Bool> {
  /// A table of more samples, all of them copied, costs more than it gains.
  private static var longestNeighbour: Int { 1 << 20 }

  /// Axes that keep their length are spatial axes as well where that makes rows of those that do not, which are true: those
  /// between them, and the one after them unless it is the last, which is better the samples of a pixel. One is where none is
  /// true.
  mutating func selectNeighbours(of shape: Shape) {
    let rank = shape.rank
    guard let first = (0..<rank).first(where: { self[$0] }), let last = (0..<rank).last(where: { self[$0] }) else {
      let isShort = shape[rank - 1] <= InlineArray.longestNeighbour
      self[isShort ? rank - 1 : (0..<rank).min { shape[$0] < shape[$1] }!] = true
      return
    }
    func isNeighbour(_ axis: Int) -> Bool { self[axis] || shape[axis] <= InlineArray.longestNeighbour }
    guard last - first < AxisSelection.most, (first...last).allSatisfy(isNeighbour) else { return }
    let hasRoom = last - first + 1 < AxisSelection.most && last + 2 < rank && isNeighbour(last + 1)
    for axis in first...(hasRoom ? last + 1 : last) { self[axis] = true }
  }
}
