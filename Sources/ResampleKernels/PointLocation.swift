import CShims

/// Writes the taps of each point: an offset, a weight, and whether it lies inside.
///
/// The roundings are PyTorch's: for two axes those of its vectors, which fuse the product and the sum, for three those
/// of its scalar code.
@inline(__always) func locatePass<A: RealArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  if sampling.pointee.taps == 1 {
    locate(A.self, NearestTap.self, points: points, count: count, sampling.pointee, taps)
  } else if sampling.pointee.taps == 2 {
    locate(A.self, LinearTaps.self, points: points, count: count, sampling.pointee, taps)
  } else {
    locate(A.self, CubicTaps.self, points: points, count: count, sampling.pointee, taps)
  }
}

/// The taps of a point along an axis: a type, as in Rows.swift.
private protocol PointTaps {
  static var taps: Int { get }
}
private enum NearestTap: PointTaps { @inline(__always) static var taps: Int { 1 } }
private enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
private enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

// Every loop goes over points, writes to one row and reads few, so that the compiler makes vectors of it: it compares the
// addresses of all rows before it does, and gives up where there are many. The loops over taps are functions of their own:
// otherwise it would compare the rows of all taps, and find that one of them stays in its place.

@inline(__always) private func locate<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: rsk_sampling, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let stride = taps.pointee.stride
  let (offsets, inside, first) = (taps.pointee.offsets!, taps.pointee.inside!, taps.pointee.first!)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  update(offsets, count: count) { _, _ in 0 }
  update(inside, count: count) { _, _ in 1 }
  update(weights, count: count) { _, _ in 1 }
  var dimension = 0
  // The taps so far are those of the axes before; each axis makes several of each. From the last to the first, because
  // the first of them stays in its place.
  var before = 1
  while dimension < sampling.dimensions {
    let axis = withUnsafePointer(to: sampling.axes) {
      UnsafeRawPointer($0).assumingMemoryBound(to: rsk_sampling_axis.self)[dimension]
    }
    let slopes =
      dimension == sampling.slope ? taps.pointee.slopes!.assumingMemoryBound(to: A.Scalar.self) : nil
    // Coordinates become positions, and these the fractions by which they lie after the first tap.
    let fractions = points[dimension]!.assumingMemoryBound(to: A.Scalar.self)
    findPositions(A.self, fractions, count: count, sampling, axis)
    if sampling.padding_mode == RSK_PADDING_REFLECTION && (T.taps == 4 || sampling.dimensions == 3) {
      bringNear(fractions, count: count, sampling, length: A.scalar(axis.length), isCubic: T.taps == 4)
    }
    if let slopes { findSlopes(A.self, T.self, fractions, count: count, sampling, axis, slopes: slopes) }
    // A cubic applies the rule for what lies outside to each of its taps.
    if T.taps != 4 { bound(A.self, fractions, count: count, sampling, axis) }
    findLowestTaps(A.self, T.self, fractions, count: count, axis, first: first)
    var tap = T.taps &- 1
    while tap >= 0 {
      var k = before &- 1
      while k >= 0 {
        let (from, to) = (k &* stride, (tap &* before &+ k) &* stride)
        let number = Int32(truncatingIfNeeded: tap)
        findIndices(T.self, first, number, count: count, sampling, axis, before: offsets + from, offsets + to)
        findInside(first, number, count: count, sampling, axis, before: inside + from, inside + to)
        findWeights(
          A.self, T.self, fractions, slopes: slopes, tap, count: count, before: weights + from, weights + to)
        k &-= 1
      }
      tap &-= 1
    }
    before &*= T.taps
    dimension &+= 1
  }
  // PyTorch adds up the taps of a volume that are inside, and of an image all of them, with samples of 0.
  let dropsOutside = sampling.dimensions == 3 && sampling.padding_mode == RSK_PADDING_ZEROS
  let end = (count &+ Int(RSK_WIDEST_VECTOR) &- 1) & -Int(RSK_WIDEST_VECTOR)
  var k = 0
  while k < before {
    let (offsets, inside, weights) = (offsets + k &* stride, inside + k &* stride, weights + k &* stride)
    if dropsOutside { update(weights, count: count) { inside[$1] != 0 ? $0 : 0 } }
    // What vectors read after the last point.
    var point = count
    while point < end {
      offsets[point] = 0
      inside[point] = 0
      weights[point] = 0
      point &+= 1
    }
    k &+= 1
  }
}

/// Replaces every value by what `body` makes of it and its number.
@inline(__always) private func update<V: BitwiseCopyable>(
  _ values: UnsafeMutablePointer<V>, count: Int, _ body: (V, Int) -> V
) {
  var point = 0
  while point < count {
    values[point] = body(values[point], point)
    point &+= 1
  }
}

/// Fills a row with the values of an axis, combined with those of the axes before, which may be the row itself.
@inline(__always) private func combine<V: BitwiseCopyable>(
  _ before: UnsafePointer<V>, _ row: UnsafeMutablePointer<V>, count: Int, _ value: (Int) -> V, with body: (V, V) -> V
) {
  if before == UnsafePointer(row) {
    update(row, count: count) { body($0, value($1)) }
  } else {
    update(row, count: count) { body(before[$1], value($1)) }
  }
}

/// The offsets of a tap.
@inline(never) private func findIndices<T: PointTaps>(
  _ taps: T.Type, _ first: UnsafePointer<Int32>, _ tap: Int32, count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis, before: UnsafePointer<Int32>, _ offsets: UnsafeMutablePointer<Int32>
) {
  let (last, stride) = (Int32(truncatingIfNeeded: axis.length &- 1), Int32(truncatingIfNeeded: axis.stride))
  if T.taps == 4 && sampling.padding_mode == RSK_PADDING_REFLECTION {
    findReflectedIndices(first, tap, count: count, sampling, axis, before: before, offsets)
  } else {
    combine(before, offsets, count: count) {
      max(0, min(first[$0] &+ tap, last)) &* stride
    } with: {
      $0 &+ $1
    }
  }
}

@inline(never) @_optimize(size) private func findReflectedIndices(
  _ first: UnsafePointer<Int32>, _ tap: Int32, count: Int, _ sampling: rsk_sampling, _ axis: rsk_sampling_axis,
  before: UnsafePointer<Int32>, _ offsets: UnsafeMutablePointer<Int32>
) {
  let (last, stride) = (Int32(truncatingIfNeeded: axis.length &- 1), Int32(truncatingIfNeeded: axis.stride))
  var point = 0
  while point < count {
    let index = reflected(first[point] &+ tap, last, isAligned: sampling.align_corners)
    offsets[point] = before[point] &+ index &* stride
    point &+= 1
  }
}

/// The weights of a tap, or with slopes the derived ones.
@inline(never) private func findWeights<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ fractions: UnsafePointer<A.Scalar>, slopes: UnsafePointer<A.Scalar>?,
  _ tap: Int, count: Int, before: UnsafePointer<A.Scalar>, _ weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  if let slopes {
    combine(before, weights, count: count) {
      tapSlope(T.self, tap, fractions[$0]) * slopes[$0]
    } with: {
      $0 * $1
    }
  } else {
    combine(before, weights, count: count) {
      tapWeight(T.self, tap, fractions[$0])
    } with: {
      $0 * $1
    }
  }
}

/// Whether there is a sample for a tap: 1 or 0.
@inline(never) private func findInside(
  _ first: UnsafePointer<Int32>, _ tap: Int32, count: Int, _ sampling: rsk_sampling, _ axis: rsk_sampling_axis,
  before: UnsafePointer<Int32>, _ inside: UnsafeMutablePointer<Int32>
) {
  if sampling.padding_mode == RSK_PADDING_ZEROS {
    // No negative number is less than it.
    let length = UInt32(truncatingIfNeeded: axis.length)
    combine(before, inside, count: count) {
      UInt32(bitPattern: first[$0] &+ tap) < length ? 1 : 0
    } with: {
      $0 & $1
    }
  } else {
    combine(before, inside, count: count) { _ in
      1
    } with: {
      $0 & $1
    }
  }
}

/// The derivatives of positions for their coordinates: 0 from the edge on, where the rule for what lies outside has
/// one.
@inline(__always) private func findSlopes<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ positions: UnsafePointer<A.Scalar>, count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis, slopes: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  let length = A.scalar(axis.length)
  let scale = (sampling.align_corners ? length - 1 : length) / 2
  var point = 0
  while point < count {
    var slope = scale
    if T.taps == 2 && sampling.padding_mode != RSK_PADDING_ZEROS {
      var place = positions[point]
      if sampling.padding_mode == RSK_PADDING_REFLECTION {
        let low: A.Scalar = sampling.align_corners ? 0 : -0.5
        let span = sampling.align_corners ? length - 1 : length
        let distance = (place - low).magnitude
        let isTurned: Bool
        if sampling.dimensions == 2 {
          let extra = withinPeriod(distance, span)
          isTurned = extra > 2 * span - extra
        } else {
          let flips = (distance / span).rounded(.down)
          isTurned = (flips / 2).rounded(.down) * 2 != flips
        }
        if isTurned != (place < low) { slope = -slope }
        place = reflected(place, sampling, length)
      }
      if !(place > 0 && place < length - 1) { slope = 0 }
    }
    slopes[point] = slope
    point &+= 1
  }
}

/// Replaces coordinates from -1 to 1 by positions in samples.
@inline(__always) private func findPositions<A: RealArithmetic>(
  _ arithmetic: A.Type, _ points: UnsafeMutablePointer<A.Scalar>, count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis
) where A.Scalar: BinaryFloatingPoint {
  let length = A.scalar(axis.length)
  if sampling.dimensions == 2 {
    if sampling.align_corners {
      let scale = (length - 1) / 2
      update(points, count: count) { coordinate, _ in (coordinate + 1) * scale }
    } else {
      let scale = length / 2
      update(points, count: count) { coordinate, _ in (-0.5 as A.Scalar).addingProduct(coordinate + 1, scale) }
    }
  } else if sampling.align_corners {
    update(points, count: count) { coordinate, _ in (coordinate + 1) / 2 * (length - 1) }
  } else {
    update(points, count: count) { coordinate, _ in ((coordinate + 1) * length - 1) / 2 }
  }
}

/// Applies the rule for what lies outside to positions.
@inline(__always) private func bound<A: RealArithmetic>(
  _ arithmetic: A.Type, _ positions: UnsafeMutablePointer<A.Scalar>, count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis
) where A.Scalar: BinaryFloatingPoint {
  if sampling.padding_mode == RSK_PADDING_ZEROS { return }
  let length = A.scalar(axis.length)
  if sampling.padding_mode == RSK_PADDING_REFLECTION {
    update(positions, count: count) { position, _ in reflected(position, sampling, length) }
  }
  let last = length - 1
  @inline(__always) func atMost(_ position: A.Scalar) -> A.Scalar { position < last ? position : last }
  // NaN becomes 0 in an image, and the last sample in a volume.
  if sampling.dimensions == 2 {
    update(positions, count: count) { position, _ in atMost(position > 0 ? position : 0) }
  } else {
    update(positions, count: count) { position, _ in atMost(position < 0 ? 0 : position) }
  }
}

/// The indices of the first taps, within reach of the axis; positions become how far they lie after the sample before.
@inline(__always) private func findLowestTaps<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ positions: UnsafeMutablePointer<A.Scalar>, count: Int,
  _ axis: rsk_sampling_axis, first: UnsafeMutablePointer<Int32>
) where A.Scalar: BinaryFloatingPoint {
  // Whatever lies farther out has no tap inside; NaN becomes the lowest. Cubics are reflected from there.
  let reach = A.scalar(T.taps == 4 ? Int(Int32.max) / 4 : axis.length &+ 4)
  let before: Int32 = T.taps == 4 ? 1 : 0
  update(positions, count: count) { position, point in
    let whole = T.taps == 1 ? position.rounded(.toNearestOrEven) : position.rounded(.down)
    let bounded = whole > -reach ? (whole < reach ? whole : reach) : -reach
    first[point] = A.truncated(bounded) &- before
    return position - whole
  }
}

@inline(__always) private func tapWeight<R: BinaryFloatingPoint, T: PointTaps>(
  _ taps: T.Type, _ tap: Int, _ fraction: R
) -> R {
  if T.taps == 1 { return 1 }
  if T.taps == 2 { return tap == 0 ? 1 - fraction : fraction }
  let a: R = -0.75
  @inline(__always) func near(_ x: R) -> R { ((a + 2) * x - (a + 3)) * x * x + 1 }
  @inline(__always) func far(_ x: R) -> R { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
  if tap == 0 { return far(fraction + 1) }
  if tap == 1 { return near(fraction) }
  if tap == 2 { return near(1 - fraction) }
  return far(2 - fraction)
}

/// The derivative of the weight of a tap.
@inline(__always) private func tapSlope<R: BinaryFloatingPoint, T: PointTaps>(
  _ taps: T.Type, _ tap: Int, _ fraction: R
) -> R {
  if T.taps == 1 { return 0 }
  if T.taps == 2 { return tap == 0 ? -1 : 1 }
  let a: R = -0.75
  @inline(__always) func near(_ x: R) -> R { (3 * (a + 2) * x - 2 * (a + 3)) * x }
  @inline(__always) func far(_ x: R) -> R { (3 * a * x - 10 * a) * x + 8 * a }
  if tap == 0 { return far(fraction + 1) }
  if tap == 1 { return near(fraction) }
  if tap == 2 { return -near(1 - fraction) }
  return -far(2 - fraction)
}
