/// Fills `grid` with the points of an output of its size, from -1 to 1, times the matrices `theta`.
package func affineGrid(_ theta: Tensor, alignCorners: Bool, _ grid: Tensor) throws(ResampleError) {
  guard theta.dtype == .float32 || theta.dtype == .float64 else {
    throw .invalidType("theta must be float32 or float64, got \(theta.dtype)")
  }
  guard grid.dtype == theta.dtype else { throw .invalidType("grid must be \(theta.dtype), got \(grid.dtype)") }
  let dimensions = grid.shape.rank - 2
  guard dimensions == 2 || dimensions == 3, grid.shape[grid.shape.rank - 1] == dimensions else {
    throw .invalidValue("grid must have shape (N, H, W, 2) or (N, D, H, W, 3), got \(grid.shape)")
  }
  var shape = Shape(rank: 3)
  (shape[0], shape[1], shape[2]) = (grid.shape[0], dimensions, dimensions + 1)
  try theta.require("theta", shape, grid.dtype)
  try grid.requireApart(from: theta, "theta")
  guard !grid.shape.isEmpty else { return }
  if grid.dtype == .float32 {
    fillAffineGrid(Float.self, theta, alignCorners, grid)
  } else {
    fillAffineGrid(Double.self, theta, alignCorners, grid)
  }
}

private func fillAffineGrid<R: BinaryFloatingPoint & BitwiseCopyable>(
  _ scalar: R.Type, _ theta: Tensor, _ alignCorners: Bool, _ grid: Tensor
) {
  let rank = grid.shape.rank
  let dimensions = rank - 2
  var points = 1
  for axis in 1..<rank - 1 { points *= grid.shape[axis] }
  for image in 0..<grid.shape[0] {
    for point in 0..<points {
      // x, y and z of the point, and where it lies.
      var coordinates = InlineArray<3, R>(repeating: 0)
      var rest = point
      var element = grid.mutableOrigin + image * grid.byteStride(0)
      for dimension in 0..<dimensions {
        let axis = rank - 2 - dimension
        let length = grid.shape[axis]
        let index = rest % length
        rest /= length
        element += index * grid.byteStride(axis)
        coordinates[dimension] = coordinate(R.self, of: index, length, alignCorners)
      }
      for row in 0..<dimensions {
        let matrix = theta.origin + image * theta.byteStride(0) + row * theta.byteStride(1)
        var sum = (matrix + dimensions * theta.byteStride(2)).loadUnaligned(as: R.self)
        for dimension in (0..<dimensions).reversed() {
          sum += coordinates[dimension] * (matrix + dimension * theta.byteStride(2)).loadUnaligned(as: R.self)
        }
        (element + row * grid.byteStride(rank - 1)).storeBytes(of: sum, as: R.self)
      }
    }
  }
}

/// The `index`-th of `length` points from -1 to 1: at the centres of the outer samples or at their edges. A single one is in
/// the middle.
private func coordinate<R: BinaryFloatingPoint>(
  _ scalar: R.Type, of index: Int, _ length: Int, _ alignCorners: Bool
) -> R {
  guard length > 1 else { return 0 }
  // From the nearer end, as PyTorch's linspace: both halves are mirror images.
  let step = 2 / R(length - 1)
  let position = index < length / 2 ? -1 + step * R(index) : 1 - step * R(length - 1 - index)
  return alignCorners ? position : position * R(length - 1) / R(length)
}
