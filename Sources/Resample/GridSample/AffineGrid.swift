/// Fills `grid` with the points of an output of its size, from -1 to 1, times the matrices `theta`.
@export(interface) package func affineGrid(_ theta: Tensor, alignCorners: Bool, _ grid: Tensor) throws(ResampleError) {
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
  let points = TargetPlanes(writing: Tensor(channelsFirst: grid))
  let columns = PointLine<R>(length: points.width, alignCorners)
  let rows = PointLine<R>(length: points.height, alignCorners)
  let slices = PointLine<R>(length: points.depth, alignCorners)
  // A matrix has a row for each coordinate of a point.
  let (rowStride, columnStride) = (theta.byteStride(1), theta.byteStride(2))
  let dimensions = points.channels
  for image in 0..<points.images {
    let matrix = theta.origin + image * theta.byteStride(0)
    for z in 0..<points.depth {
      for y in 0..<points.height {
        for row in 0..<dimensions {
          let entries = matrix + row * rowStride
          func entry(_ column: Int) -> R { (entries + column * columnStride).loadUnaligned(as: R.self) }
          // What a row of points has in common; x comes last.
          var sum = entry(dimensions)
          if dimensions == 3 { sum += slices[z] * entry(2) }
          sum += rows[y] * entry(1)
          let factor = entry(0)
          var point = points.row(image: image, channel: row, z: z, y: y)
          for x in 0..<points.width {
            point.storeBytes(of: sum + columns[x] * factor, as: R.self)
            point += points.pixelStride
          }
        }
      }
    }
  }
}

/// Points from -1 to 1: at the centres of the outer samples or at their edges. A single one is in the middle.
private struct PointLine<R: BinaryFloatingPoint> {
  private let length: Int
  private let alignCorners: Bool
  private let step: R

  init(length: Int, _ alignCorners: Bool) {
    (self.length, self.alignCorners) = (length, alignCorners)
    step = length > 1 ? 2 / R(length - 1) : 0
  }

  subscript(index: Int) -> R {
    guard length > 1 else { return 0 }
    // From the nearer end, as PyTorch's linspace: both halves are mirror images.
    let position = index < length / 2 ? -1 + step * R(index) : 1 - step * R(length - 1 - index)
    return alignCorners ? position : position * R(length - 1) / R(length)
  }
}
