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

/// The taps of a point along an axis: a type, as in Horizontal.
private protocol PointTaps {
  static var taps: Int { get }
}
private enum NearestTap: PointTaps { @inline(__always) static var taps: Int { 1 } }
private enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
private enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

@inline(__always) private func locate<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: rsk_sampling, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (offsets, inside, first) = (taps.pointee.offsets!, taps.pointee.inside!, taps.pointee.first!)
  let stride = taps.pointee.stride
  var dimension = 0
  // The taps so far are those of the axes before; each axis makes several of each. From the last to the first, because
  // the first of them stays in its place. Loops go over points, so that the compiler can make vectors of them.
  var before = 1
  while dimension < sampling.dimensions {
    let axis = withUnsafePointer(to: sampling.axes) {
      UnsafeRawPointer($0).assumingMemoryBound(to: rsk_sampling_axis.self)[dimension]
    }
    let isDerived = dimension == sampling.slope
    // Coordinates become positions, and these the fractions by which they lie after the first tap.
    let fractions = points[dimension]!.assumingMemoryBound(to: A.Scalar.self)
    var point = 0
    while point < count {
      fractions[point] = unbounded(A.self, fractions[point], sampling, axis)
      point &+= 1
    }
    if sampling.padding_mode == RSK_PADDING_REFLECTION && (T.taps == 4 || sampling.dimensions == 3) {
      bringNear(fractions, count: count, sampling, length: A.scalar(axis.length), isCubic: T.taps == 4)
    }
    if isDerived {
      findSlopes(A.self, T.self, fractions, count: count, sampling, axis, slopes: taps.pointee.slopes!)
    }
    let slopes = taps.pointee.slopes?.assumingMemoryBound(to: A.Scalar.self)
    point = 0
    while point < count {
      let position = bounded(A.self, T.self, fractions[point], sampling, axis: axis)
      (first[point], fractions[point]) = lowestTap(A.self, T.self, position, axis)
      point &+= 1
    }
    var tap = T.taps &- 1
    while tap >= 0 {
      var k = before &- 1
      while k >= 0 {
        let from = k &* stride
        let to = (tap &* before &+ k) &* stride
        point = 0
        while point < count {
          let (index, isInside) = sourceIndex(
            T.self, first[point] &+ Int32(truncatingIfNeeded: tap), sampling, axis)
          let weight =
            isDerived
            ? tapSlope(T.self, tap, fractions[point]) * slopes![point] : tapWeight(T.self, tap, fractions[point])
          let offset = index &* Int32(truncatingIfNeeded: axis.stride)
          if dimension == 0 {
            offsets[to &+ point] = offset
            inside[to &+ point] = isInside ? 1 : 0
            weights[to &+ point] = weight
          } else {
            offsets[to &+ point] = offsets[from &+ point] &+ offset
            inside[to &+ point] = isInside ? inside[from &+ point] : 0
            weights[to &+ point] = weights[from &+ point] * weight
          }
          point &+= 1
        }
        k &-= 1
      }
      tap &-= 1
    }
    before &*= T.taps
    dimension &+= 1
  }
  let end = (count &+ Int(RSK_WIDEST_VECTOR) &- 1) & -Int(RSK_WIDEST_VECTOR)
  var k = 0
  while k < before {
    var point = 0
    // PyTorch adds up the taps of a volume that are inside, and of an image all of them, with samples of 0.
    if sampling.dimensions == 3 && sampling.padding_mode == RSK_PADDING_ZEROS {
      while point < count {
        let entry = k &* stride &+ point
        weights[entry] = inside[entry] != 0 ? weights[entry] : 0
        point &+= 1
      }
    }
    // What vectors read after the last point.
    point = count
    while point < end {
      offsets[k &* stride &+ point] = 0
      inside[k &* stride &+ point] = 0
      weights[k &* stride &+ point] = 0
      point &+= 1
    }
    k &+= 1
  }
}

/// The derivatives of positions for their coordinates: 0 from the edge on, where the rule for what lies outside has
/// one.
@inline(__always) private func findSlopes<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ positions: UnsafePointer<A.Scalar>, count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis, slopes: UnsafeMutableRawPointer
) where A.Scalar: BinaryFloatingPoint {
  let slopes = slopes.assumingMemoryBound(to: A.Scalar.self)
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

/// The position in samples of a coordinate from -1 to 1.
@inline(__always) private func unbounded<A: RealArithmetic>(
  _ arithmetic: A.Type, _ coordinate: A.Scalar, _ sampling: rsk_sampling, _ axis: rsk_sampling_axis
) -> A.Scalar where A.Scalar: BinaryFloatingPoint {
  let length = A.scalar(axis.length)
  let isPlane = sampling.dimensions == 2
  if sampling.align_corners {
    return isPlane ? (coordinate + 1) * ((length - 1) / 2) : (coordinate + 1) / 2 * (length - 1)
  }
  return isPlane ? (-0.5 as A.Scalar).addingProduct(coordinate + 1, length / 2) : ((coordinate + 1) * length - 1) / 2
}

/// A position after the rule for what lies outside.
@inline(__always) private func bounded<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ position: A.Scalar, _ sampling: rsk_sampling, axis: rsk_sampling_axis
) -> A.Scalar where A.Scalar: BinaryFloatingPoint {
  let length = A.scalar(axis.length)
  var position = position
  // A cubic applies the rule to each of its taps.
  if T.taps == 4 { return position }
  if sampling.padding_mode == RSK_PADDING_REFLECTION { position = reflected(position, sampling, length) }
  if sampling.padding_mode != RSK_PADDING_ZEROS {
    // NaN becomes 0 in an image, and the last sample in a volume.
    let isPositive = sampling.dimensions == 2 ? position > 0 : !(position < 0)
    position = isPositive ? position : 0
    position = position < length - 1 ? position : length - 1
  }
  return position
}

/// The index of the first tap, within reach of the axis, and how far the position lies after the sample before it.
@inline(__always) private func lowestTap<A: RealArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ position: A.Scalar, _ axis: rsk_sampling_axis
) -> (Int32, A.Scalar) where A.Scalar: BinaryFloatingPoint {
  let whole = T.taps == 1 ? position.rounded(.toNearestOrEven) : position.rounded(.down)
  let fraction = position - whole
  // Whatever lies farther out has no tap inside; NaN becomes the lowest. Cubics are reflected from there.
  let reach = A.scalar(T.taps == 4 ? Int(Int32.max) / 4 : axis.length &+ 4)
  let bounded = whole > -reach ? (whole < reach ? whole : reach) : -reach
  return (A.truncated(bounded) &- (T.taps == 4 ? 1 : 0), fraction)
}

/// The sample that a tap reads, by the rule for what lies outside, and whether there is one.
@inline(__always) private func sourceIndex<T: PointTaps>(
  _ taps: T.Type, _ index: Int32, _ sampling: rsk_sampling, _ axis: rsk_sampling_axis
) -> (Int32, Bool) {
  let last = Int32(truncatingIfNeeded: axis.length &- 1)
  if T.taps == 4 && sampling.padding_mode == RSK_PADDING_REFLECTION {
    return (reflected(index, last, isAligned: sampling.align_corners), true)
  }
  let bounded = max(0, min(index, last))
  return (bounded, bounded == index || sampling.padding_mode != RSK_PADDING_ZEROS)
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
