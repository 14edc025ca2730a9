/// The nearest source sample of each output sample: docs/exactness.md#nearest.
struct NearestRule<R: Real> {
  let inputLength: Int
  let outputLength: Int
  let rounding: Convention.NearestRounding
  /// Floors are those of the position rounded to float32.
  let floorsInSingle: Bool
  let coordinate: SourceCoordinate<R>

  init(_ axis: Axis) {
    inputLength = axis.inputLength
    outputLength = axis.outputLength
    // What is added to a coordinate of a long axis rounds it no more than its centre is.
    rounding = axis.isLong && axis.convention.nearest == .halfUp ? .byCentre : axis.convention.nearest
    floorsInSingle = axis.convention.roundsIndicesToSingle && !axis.isLong
    coordinate = SourceCoordinate(axis)
  }

  func position(of index: Int) -> R { coordinate.position(of: index) }

  /// The source sample that output sample `index` copies.
  func source(of index: Int) -> Int {
    let position: R
    switch rounding {
    case .downOrByLengths where outputLength == inputLength: return index
    case .downOrByLengths where outputLength == 2 * inputLength: return index >> 1
    case .down, .downOrByLengths: position = coordinate.position(of: index)
    case .halfUp: position = coordinate.position(of: index) + 0.5
    case .byCentre: position = coordinate.centre(of: index)
    }
    return min(floorsInSingle ? position.floorInSingle : position.floor, inputLength - 1)
  }
}
