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
    case .downBySteps: return clamped(summedPosition(of: index).floor)
    case .up, .halfToBefore, .halfToAfter: return clamped(neighbour(of: coordinate.position(of: index)))
    }
    return clamped(floorsInSingle ? position.floorInSingle : position.floor)
  }

  /// The position of a sample that is reached from the first one, step by step: every step rounds.
  @inline(never)
  private func summedPosition(of index: Int) -> R {
    var position = coordinate.position(of: 0)
    for _ in 0..<index { position += coordinate.scale }
    return position
  }

  /// Writes the source samples that the output samples `outputs` copy.
  @_optimize(speed)
  func fillSources(of outputs: Range<Int>, _ first: inout MutableSpan<Int32>) {
    if rounding == .downBySteps { return sumSources(of: outputs, &first) }
    for entry in 0..<outputs.count {
      first[unchecked: entry] = Int32(truncatingIfNeeded: source(of: outputs.lowerBound &+ entry))
    }
  }

  @inline(never)
  private func sumSources(of outputs: Range<Int>, _ first: inout MutableSpan<Int32>) {
    var position = summedPosition(of: outputs.lowerBound)
    for entry in 0..<outputs.count {
      first[unchecked: entry] = Int32(truncatingIfNeeded: clamped(position.floor))
      position += coordinate.scale
    }
  }

  private func clamped(_ sample: Int) -> Int { max(min(sample, inputLength - 1), 0) }

  /// By the distance to the sample before it, which no addition rounds.
  @inline(never)
  private func neighbour(of position: R) -> Int {
    let before = position.floor
    let distance = position - R(before)
    let isNext =
      switch rounding {
      case .up: distance > 0
      case .halfToBefore: distance > 0.5
      default: distance >= 0.5
      }
    return isNext ? before + 1 : before
  }
}
