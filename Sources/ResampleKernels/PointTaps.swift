import CShims

/// The taps of a point along an axis, where there are more than one: a type, as in Rows.swift.
protocol PointTaps {
  static var taps: Int { get }
}
enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

// One value for each tap: those that an axis does not have are not looked at. (Closures for the taps would not be inlined.)

@inline(__always) func storeTaps<V: BitwiseCopyable, T: PointTaps>(
  _ taps: T.Type, _ values: (V, V, V, V), at address: UnsafeMutableRawPointer, stride: Int
) {
  store(values.0, at: address)
  store(values.1, at: address + stride)
  if T.taps > 2 {
    store(values.2, at: address + 2 &* stride)
    store(values.3, at: address + 3 &* stride)
  }
}

@inline(__always) func products<A: PointArithmetic>(
  _ arithmetic: A.Type, _ x: (A.Vector, A.Vector, A.Vector, A.Vector), _ y: A.Vector
) -> (A.Vector, A.Vector, A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  (A.product(x.0, y), A.product(x.1, y), A.product(x.2, y), A.product(x.3, y))
}

/// The indices from `first` on, `step` apart.
@inline(__always) func row<A: PointArithmetic>(
  _ arithmetic: A.Type, from first: A.Indices, step: A.Indices
) -> (A.Indices, A.Indices, A.Indices, A.Indices) where A.Scalar: BinaryFloatingPoint {
  let second = A.sum(first, step)
  let third = A.sum(second, step)
  return (first, second, third, A.sum(third, step))
}

extension rsk_point_taps {
  /// The offset of a tap without a sample.
  @inline(__always) static var outside: Int32 { .min }
}

/// Coordinates from -1 to 1 as positions in samples. `span`: the samples from -1 to 1; `scale`: half of them.
///
/// The roundings are PyTorch's: for two axes those of its vectors, which fuse the product and the sum, for three those of its
/// scalar code.
@inline(__always) func positions<A: PointArithmetic>(
  _ arithmetic: A.Type, of coordinates: A.Vector, span: A.Vector, scale: A.Vector, isImage: Bool, isAligned: Bool
) -> A.Vector where A.Scalar: BinaryFloatingPoint {
  let (one, half) = (A.splat(1), A.splat(0.5))
  let fromStart = A.sum(coordinates, one)
  if isImage {
    return isAligned ? A.product(fromStart, scale) : A.fused(A.splat(-0.5), fromStart, scale)
  }
  return isAligned
    ? A.product(A.product(fromStart, half), span) : A.product(A.difference(A.product(fromStart, span), one), half)
}

/// The first taps of whole positions, also of those that are no indices: whatever lies farther out has no tap inside. NaN becomes
/// the lowest.
@inline(__always) func firstTap<A: PointArithmetic>(
  _ arithmetic: A.Type, _ taps: Int, _ whole: A.Vector, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  // Cubics are reflected from there.
  let reach = A.scalar(taps == 4 ? Int(Int32.max) / 4 : axis.length &+ 4)
  let notBefore = A.select(A.splat(-reach), below: whole, whole, A.splat(-reach))
  let near = A.indices(A.select(notBefore, below: A.splat(reach), notBefore, A.splat(reach)))
  return taps == 4 ? A.sum(near, A.repeated(-1)) : near
}

@inline(__always) func isSample<A: PointArithmetic>(
  _ arithmetic: A.Type, _ tap: A.Indices, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  A.isWithin(tap, Int32(truncatingIfNeeded: axis.length))
}

/// The offset of the sample that is nearest to a tap.
@inline(__always) func boundedOffset<A: PointArithmetic>(
  _ arithmetic: A.Type, _ tap: A.Indices, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  A.product(
    A.bounded(tap, last: Int32(truncatingIfNeeded: axis.length &- 1)),
    A.repeated(Int32(truncatingIfNeeded: axis.stride)))
}

/// The nearest position from `low` to `high`. NaN becomes the first in an image, and the last in a volume.
@inline(__always) func bounded<A: PointArithmetic>(
  _ arithmetic: A.Type, _ position: A.Vector, from low: A.Vector, to high: A.Vector, isImage: Bool
) -> A.Vector where A.Scalar: BinaryFloatingPoint {
  let notBefore =
    isImage ? A.select(low, below: position, position, low) : A.select(position, below: low, low, position)
  return A.select(notBefore, below: high, notBefore, high)
}

/// The places of the first tap of those that are inside.
@inline(__always) func places(_ taps: Int, _ axis: rsk_sampling_axis) -> Int32 {
  Int32(truncatingIfNeeded: max(0, axis.length &- taps &+ 1))
}

/// PyTorch adds up the taps of a volume that are inside, and of an image all of them, with samples of 0.
@inline(__always) func dropOutside<A: PointArithmetic>(
  _ arithmetic: A.Type, _ entries: Int, _ offsets: UnsafePointer<Int32>, _ weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  var entry = 0
  while entry < entries {
    let weight = load(weights + entry, as: A.Vector.self)
    store(A.select(offsets + entry, above: rsk_point_taps.outside, weight, A.zero), at: weights + entry)
    entry &+= A.width
  }
}

/// The weights of taps, of which the first but one is as far from a point as `fraction` says.
@inline(__always) func tapWeights<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ fraction: A.Vector
) -> (A.Vector, A.Vector, A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  let one = A.splat(1)
  let rest = A.difference(one, fraction)
  if T.taps == 2 { return (rest, fraction, one, one) }
  // With a = -0.75: ((a + 2) * x - (a + 3)) * x * x + 1 and ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  @inline(__always) func near(_ x: A.Vector) -> A.Vector {
    A.sum(A.product(A.product(A.difference(A.product(A.splat(1.25), x), A.splat(2.25)), x), x), one)
  }
  @inline(__always) func far(_ x: A.Vector) -> A.Vector {
    let inner = A.product(A.sum(A.product(A.splat(-0.75), x), A.splat(3.75)), x)
    return A.sum(A.product(A.difference(inner, A.splat(6)), x), A.splat(3))
  }
  return (far(A.sum(fraction, one)), near(fraction), near(rest), far(A.difference(A.splat(2), fraction)))
}

/// The derivatives of the weights of taps.
@inline(__always) func tapSlopes<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ fraction: A.Vector
) -> (A.Vector, A.Vector, A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  let (one, minusOne) = (A.splat(1), A.splat(-1))
  if T.taps < 4 { return (minusOne, one, one, one) }
  // (3 * (a + 2) * x - 2 * (a + 3)) * x and (3 * a * x - 10 * a) * x + 8 * a
  @inline(__always) func near(_ x: A.Vector) -> A.Vector {
    A.product(A.difference(A.product(A.splat(3.75), x), A.splat(4.5)), x)
  }
  @inline(__always) func far(_ x: A.Vector) -> A.Vector {
    A.difference(A.product(A.sum(A.product(A.splat(-2.25), x), A.splat(7.5)), x), A.splat(6))
  }
  return (
    far(A.sum(fraction, one)), near(fraction), A.product(near(A.difference(one, fraction)), minusOne),
    A.product(far(A.difference(A.splat(2), fraction)), minusOne)
  )
}
