import CShims

/// Writes the taps of each point: offsets, weights and, where they are wanted, derived weights.
///
/// The roundings are PyTorch's: for two axes those of its vectors, which fuse the product and the sum, for three those
/// of its scalar code.
@inline(__always) func locatePass<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) {
  if sampling.pointee.taps == 1 {
    locate(A.self, NearestTap.self, points: points, count: count, sampling, taps)
  } else if sampling.pointee.taps == 2 {
    locate(A.self, LinearTaps.self, points: points, count: count, sampling, taps)
  } else {
    locate(A.self, CubicTaps.self, points: points, count: count, sampling, taps)
  }
}

/// The taps of a point along an axis: a type, as in Rows.swift.
private protocol PointTaps {
  static var taps: Int { get }
}
private enum NearestTap: PointTaps { @inline(__always) static var taps: Int { 1 } }
private enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
private enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

extension PointTaps {
  @inline(__always) static func forEach(_ body: (Int) -> Void) {
    body(0)
    if taps > 1 { body(1) }
    if taps > 2 {
      body(2)
      body(3)
    }
  }
}

extension rsk_point_taps {
  /// The offset of a tap without a sample.
  @inline(__always) static var outside: Int32 { .min }
  /// From a tap of a point to the next one.
  @inline(__always) static var stride: Int { Int(RSK_WIDEST_VECTOR) }
  /// The entry of the first tap of a point.
  @inline(__always) func entry(_ point: Int) -> Int {
    let place = point & (rsk_point_taps.stride &- 1)
    return (point &- place) &* count &+ place
  }
}

/// The taps of a vector of points along one axis, in scratch memory: offsets, weights and derived weights.
private struct AxisTaps<A: PointArithmetic> {
  let start: UnsafeMutableRawPointer
  @inline(__always) init(_ scratch: UnsafeMutableRawPointer, _ dimension: Int) {
    start = scratch + dimension &* 12 &* 64
  }
  @inline(__always) func offset(_ tap: Int) -> UnsafeMutableRawPointer { start + tap &* 64 }
  @inline(__always) func weight(_ tap: Int) -> UnsafeMutableRawPointer { start + (tap &+ 4) &* 64 }
  @inline(__always) func slope(_ tap: Int) -> UnsafeMutableRawPointer { start + (tap &+ 8) &* 64 }
}

// Everything is written in vectors, so that size is what is left to the compiler: it would make a loop of its own for each
// combination of what stays the same.

@inline(never) @_optimize(size) private func locate<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) {
  let isVolume = sampling.pointee.dimensions == 3
  let hasZeros = sampling.pointee.padding_mode == RSK_PADDING_ZEROS
  let scratch = taps.pointee.scratch!
  let (x, y, z) = (AxisTaps<A>(scratch, 0), AxisTaps<A>(scratch, 1), AxisTaps<A>(scratch, 2))
  let size = MemoryLayout<A.Scalar>.size
  let most = T.taps == 1 || sampling.pointee.axes.0.stride == 1 ? T.taps : 1
  var (point, vector) = (0, 0)
  while point < count {
    var isInside = findTaps(A.self, T.self, points[0]! + point &* size, sampling, sampling.pointee.axes.0, taps, 0, x)
    if !findTaps(A.self, T.self, points[1]! + point &* size, sampling, sampling.pointee.axes.1, taps, 1, y) {
      isInside = false
    }
    if isVolume
      && !findTaps(A.self, T.self, points[2]! + point &* size, sampling, sampling.pointee.axes.2, taps, 2, z)
    {
      isInside = false
    }
    taps.pointee.adjacent[vector] = isInside ? Int32(truncatingIfNeeded: most) : 0

    let entry = taps.pointee.entry(point)
    let mayBeOutside = hasZeros && !isInside
    var (row, slice) = (taps.pointee.offsets + entry, 0)
    while slice < (isVolume ? T.taps : 1) {
      T.forEach { tapY in
        var base = load(y.offset(tapY), as: A.Indices.self)
        if isVolume { base = join(A.self, base, load(z.offset(slice), as: A.Indices.self), mayBeOutside) }
        T.forEach { tapX in
          store(join(A.self, base, load(x.offset(tapX), as: A.Indices.self), mayBeOutside), at: row)
          row += rsk_point_taps.stride
        }
      }
      slice &+= 1
    }
    let weights = taps.pointee.weights! + entry &* size
    multiply(A.self, T.self, x.weight(0), y.weight(0), isVolume ? z.weight(0) : nil, into: weights)
    if isVolume && mayBeOutside {
      // PyTorch adds up the taps of a volume that are inside, and of an image all of them, with samples of 0.
      var tap = 0
      while tap < taps.pointee.count &* rsk_point_taps.stride {
        let weight = weights + tap &* size
        let offsets = taps.pointee.offsets + (entry &+ tap)
        store(A.select(offsets, above: rsk_point_taps.outside, load(weight, as: A.Vector.self), A.zero), at: weight)
        tap &+= rsk_point_taps.stride
      }
    }
    if let slopes = taps.pointee.slopes.0 {
      let bytes = entry &* size
      let depth = isVolume ? z.weight(0) : nil
      multiply(A.self, T.self, x.slope(0), y.weight(0), depth, into: slopes + bytes)
      multiply(A.self, T.self, x.weight(0), y.slope(0), depth, into: taps.pointee.slopes.1! + bytes)
      if isVolume {
        multiply(A.self, T.self, x.weight(0), y.weight(0), z.slope(0), into: taps.pointee.slopes.2! + bytes)
      }
    }
    point &+= A.width
    vector &+= 1
  }
}

/// The sums of offsets; what is outside along one axis is outside.
@inline(__always) private func join<A: PointArithmetic>(
  _ arithmetic: A.Type, _ a: A.Indices, _ b: A.Indices, _ mayBeOutside: Bool
) -> A.Indices {
  let sum = A.sum(a, b)
  if !mayBeOutside { return sum }
  let outside = A.repeated(rsk_point_taps.outside)
  return A.select(A.isEqual(a, rsk_point_taps.outside), outside, A.select(A.isEqual(b, rsk_point_taps.outside), outside, sum))
}

/// The products of the weights of the axes.
@inline(__always) private func multiply<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ x: UnsafeRawPointer, _ y: UnsafeRawPointer, _ z: UnsafeRawPointer?,
  into weights: UnsafeMutableRawPointer
) {
  var (row, slice) = (weights, 0)
  while slice < (z == nil ? 1 : T.taps) {
    T.forEach { tapY in
      T.forEach { tapX in
        var product = A.product(load(x + tapX &* 64, as: A.Vector.self), load(y + tapY &* 64, as: A.Vector.self))
        if let z { product = A.product(product, load(z + slice &* 64, as: A.Vector.self)) }
        store(product, at: row)
        row += rsk_point_taps.stride &* MemoryLayout<A.Scalar>.size
      }
    }
    slice &+= 1
  }
}

/// Finds the taps of a vector of points along an axis. Returns whether all of them are inside.
@inline(never) @_optimize(size) private func findTaps<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, _ coordinates: UnsafeRawPointer, _ sampling: UnsafePointer<rsk_sampling>,
  _ axis: rsk_sampling_axis, _ taps: UnsafePointer<rsk_point_taps>, _ dimension: Int, _ found: AxisTaps<A>
) -> Bool {
  let padding = sampling.pointee.padding_mode
  let isImage = sampling.pointee.dimensions == 2
  let isReflected = padding == RSK_PADDING_REFLECTION
  let (one, half, length) = (A.splat(1), A.splat(0.5), A.splat(A.scalar(axis.length)))
  let last = A.difference(length, one)
  let span = sampling.pointee.align_corners ? last : length
  let scale = A.product(span, half)

  // Coordinates from -1 to 1 become positions in samples.
  let fromStart = A.sum(load(coordinates, as: A.Vector.self), one)
  var position: A.Vector
  if isImage {
    position =
      sampling.pointee.align_corners
      ? A.product(fromStart, scale) : A.fused(A.splat(-0.5), fromStart, scale)
  } else if sampling.pointee.align_corners {
    position = A.product(A.product(fromStart, half), last)
  } else {
    position = A.product(A.difference(A.product(fromStart, length), one), half)
  }
  if isReflected && (T.taps == 4 || !isImage) {
    store(position, at: found.start)
    bringNear(
      found.start.assumingMemoryBound(to: A.Scalar.self), count: A.width, sampling.pointee,
      length: A.scalar(axis.length), isCubic: T.taps == 4)
    position = load(found.start, as: A.Vector.self)
  }
  // A cubic applies the rule for what lies outside to each of its taps.
  var slope = scale
  if T.taps != 4 && padding != RSK_PADDING_ZEROS {
    if isReflected { (position, slope) = reflect(A.self, position, slope, sampling.pointee, span) }
    // The derivative is 0 from the edge on.
    slope = A.select(A.zero, below: position, A.select(position, below: last, slope, A.zero), A.zero)
    // NaN becomes 0 in an image, and the last sample in a volume.
    position =
      isImage
      ? A.select(A.zero, below: position, position, A.zero) : A.select(position, below: A.zero, A.zero, position)
    position = A.select(position, below: last, position, last)
  }

  // Whatever lies farther out has no tap inside; NaN becomes the lowest. Cubics are reflected from there.
  let reach = A.scalar(T.taps == 4 ? Int(Int32.max) / 4 : axis.length &+ 4)
  let whole = T.taps == 1 ? A.nearest(position) : A.floor(position)
  let bounded = A.select(
    A.splat(-reach), below: whole, A.select(whole, below: A.splat(reach), whole, A.splat(reach)), A.splat(-reach))
  var index = A.indices(bounded)
  if T.taps == 4 { index = A.sum(index, A.repeated(-1)) }
  let (count, stride) = (Int32(truncatingIfNeeded: axis.length), Int32(truncatingIfNeeded: axis.stride))
  let isInside = A.all(A.isWithin(index, max(0, count &- Int32(truncatingIfNeeded: T.taps &- 1))))
  if isInside {
    var offset = A.product(index, A.repeated(stride))
    T.forEach {
      store(offset, at: found.offset($0))
      offset = A.sum(offset, A.repeated(stride))
    }
  } else {
    T.forEach {
      let tap = A.sum(index, A.repeated(Int32(truncatingIfNeeded: $0)))
      if T.taps == 4 && isReflected {
        store(tap, at: found.offset($0))
        reflectIndices(found.offset($0), count: A.width, last: count &- 1, sampling.pointee, stride: stride)
      } else {
        var offset = A.product(A.bounded(tap, last: count &- 1), A.repeated(stride))
        if padding == RSK_PADDING_ZEROS { offset = A.select(A.isWithin(tap, count), offset, A.repeated(rsk_point_taps.outside)) }
        store(offset, at: found.offset($0))
      }
    }
  }

  let fraction = A.difference(position, whole)
  T.forEach { store(tapWeight(A.self, T.self, $0, fraction), at: found.weight($0)) }
  if T.taps > 1 && taps.pointee.slopes.0 != nil {
    T.forEach { store(A.product(tapSlope(A.self, T.self, $0, fraction), slope), at: found.slope($0)) }
  }
  return isInside
}

@inline(__always) private func tapWeight<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ tap: Int, _ fraction: A.Vector
) -> A.Vector {
  let one = A.splat(1)
  if T.taps == 1 { return one }
  if T.taps == 2 { return tap == 0 ? A.difference(one, fraction) : fraction }
  // With a = -0.75: ((a + 2) * x - (a + 3)) * x * x + 1 and ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  @inline(__always) func near(_ x: A.Vector) -> A.Vector {
    A.sum(A.product(A.product(A.difference(A.product(A.splat(1.25), x), A.splat(2.25)), x), x), one)
  }
  @inline(__always) func far(_ x: A.Vector) -> A.Vector {
    let inner = A.product(A.sum(A.product(A.splat(-0.75), x), A.splat(3.75)), x)
    return A.sum(A.product(A.difference(inner, A.splat(6)), x), A.splat(3))
  }
  if tap == 0 { return far(A.sum(fraction, one)) }
  if tap == 1 { return near(fraction) }
  if tap == 2 { return near(A.difference(one, fraction)) }
  return far(A.difference(A.splat(2), fraction))
}

/// The derivative of the weight of a tap.
@inline(__always) private func tapSlope<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ tap: Int, _ fraction: A.Vector
) -> A.Vector {
  let one = A.splat(1)
  if T.taps == 2 { return A.splat(tap == 0 ? -1 : 1) }
  // (3 * (a + 2) * x - 2 * (a + 3)) * x and (3 * a * x - 10 * a) * x + 8 * a
  @inline(__always) func near(_ x: A.Vector) -> A.Vector {
    A.product(A.difference(A.product(A.splat(3.75), x), A.splat(4.5)), x)
  }
  @inline(__always) func far(_ x: A.Vector) -> A.Vector {
    A.difference(A.product(A.sum(A.product(A.splat(-2.25), x), A.splat(7.5)), x), A.splat(6))
  }
  if tap == 0 { return far(A.sum(fraction, one)) }
  if tap == 1 { return near(fraction) }
  // Negated.
  if tap == 2 { return A.product(near(A.difference(one, fraction)), A.splat(-1)) }
  return A.product(far(A.difference(A.splat(2), fraction)), A.splat(-1))
}
