/// PyTorch's nearest and nearest-exact, with the roundings of its kernels for contiguous tensors:
/// docs/exactness.md#nearest.
struct NearestRule<R: Real> {
  let inputLength: Int
  let outputLength: Int
  let isExact: Bool
  let isSmallImage: Bool
  let isLong: Bool
  let coordinate: SourceCoordinate<R>

  init(_ axis: Axis, isExact: Bool) {
    inputLength = axis.inputLength
    outputLength = axis.outputLength
    self.isExact = isExact
    isSmallImage = axis.isSmallImage
    isLong = axis.isLong
    coordinate = SourceCoordinate(axis)
  }

  func position(of index: Int) -> R {
    isExact ? coordinate.position(of: index, isFused: true) : coordinate.scale * R(index)
  }

  /// The source sample that output sample `index` copies.
  func source(of index: Int) -> Int {
    if isSmallImage && !isExact {
      if outputLength == inputLength { return index }
      if outputLength == 2 * inputLength { return index >> 1 }
    }
    let position: R
    if !isExact {
      position = coordinate.scale * R(index)
    } else if isSmallImage || isLong {
      position = coordinate.centre(of: index)
    } else {
      // By way of the half-pixel position, whose rounding shows: 2 -> 41 samples.
      position = coordinate.position(of: index, isFused: true) + 0.5
    }
    return min(isLong ? position.floor : position.floorInSingle, inputLength - 1)
  }
}
