import CShims

/// Writes the taps of each point: offsets, weights and, where they are wanted, derived weights.
///
/// The roundings are PyTorch's: for two axes those of its vectors, which fuse the product and the sum, for three those
/// of its scalar code.
@inline(__always) func locatePass<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  if sampling.pointee.taps == 1 {
    locate(A.self, NearestTap.self, points: points, count: count, sampling, taps)
  } else if sampling.pointee.taps == 2 {
    locate(A.self, LinearTaps.self, points: points, count: count, sampling, taps)
  } else {
    locate(A.self, CubicTaps.self, points: points, count: count, sampling, taps)
  }
  findRuns(count: count, width: A.width, taps.pointee.adjacent!)
}

/// Notes, for each vector of points, where those end that follow it and are like it.
@inline(never) @_optimize(size) private func findRuns(count: Int, width: Int, _ adjacent: UnsafeMutablePointer<Int32>) {
  var vector = (count &- 1) / width
  var (kind, end) = (adjacent[vector &* width], vector &+ 1)
  while vector >= 0 {
    if adjacent[vector &* width] != kind { (kind, end) = (adjacent[vector &* width], vector &+ 1) }
    adjacent[vector &* width &+ 1] = Int32(truncatingIfNeeded: end)
    vector &-= 1
  }
}

/// The taps of a point along an axis: a type, as in Rows.swift.
private protocol PointTaps {
  static var taps: Int { get }
}
private enum NearestTap: PointTaps { @inline(__always) static var taps: Int { 1 } }
private enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
private enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

// One value for each tap: those that an axis does not have are not looked at. (Closures for the taps would not be inlined.)

@inline(__always) private func storeTaps<V: BitwiseCopyable, T: PointTaps>(
  _ taps: T.Type, _ values: (V, V, V, V), at address: UnsafeMutableRawPointer, stride: Int
) {
  store(values.0, at: address)
  if T.taps > 1 { store(values.1, at: address + stride) }
  if T.taps > 2 {
    store(values.2, at: address + 2 &* stride)
    store(values.3, at: address + 3 &* stride)
  }
}

@inline(__always) private func products<A: PointArithmetic>(
  _ arithmetic: A.Type, _ x: (A.Vector, A.Vector, A.Vector, A.Vector), _ y: A.Vector
) -> (A.Vector, A.Vector, A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  (A.product(x.0, y), A.product(x.1, y), A.product(x.2, y), A.product(x.3, y))
}

/// The products of the weights along two axes.
@inline(__always) private func storeProducts<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ x: (A.Vector, A.Vector, A.Vector, A.Vector),
  _ y: (A.Vector, A.Vector, A.Vector, A.Vector), at weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  let size = MemoryLayout<A.Vector>.size
  if T.taps > 2 {
    storeCubicProducts(A.self, x, y, at: weights)
  } else {
    storeTaps(T.self, products(A.self, x, y.0), at: weights, stride: size)
    if T.taps > 1 { storeTaps(T.self, products(A.self, x, y.1), at: weights + T.taps &* A.width, stride: size) }
  }
}

@inline(never) private func storeCubicProducts<A: PointArithmetic>(
  _ arithmetic: A.Type, _ x: (A.Vector, A.Vector, A.Vector, A.Vector),
  _ y: (A.Vector, A.Vector, A.Vector, A.Vector), at weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  let size = MemoryLayout<A.Vector>.size
  storeTaps(CubicTaps.self, products(A.self, x, y.0), at: weights, stride: size)
  storeTaps(CubicTaps.self, products(A.self, x, y.1), at: weights + 4 &* A.width, stride: size)
  storeTaps(CubicTaps.self, products(A.self, x, y.2), at: weights + 8 &* A.width, stride: size)
  storeTaps(CubicTaps.self, products(A.self, x, y.3), at: weights + 12 &* A.width, stride: size)
}

/// The indices from `first` on, `step` apart.
@inline(__always) private func row<A: PointArithmetic>(
  _ arithmetic: A.Type, from first: A.Indices, step: A.Indices
) -> (A.Indices, A.Indices, A.Indices, A.Indices) where A.Scalar: BinaryFloatingPoint {
  let second = A.sum(first, step)
  let third = A.sum(second, step)
  return (first, second, third, A.sum(third, step))
}

private protocol Dimensions {
  static var isVolume: Bool { get }
}
private enum Image: Dimensions { @inline(__always) static var isVolume: Bool { false } }
private enum Volume: Dimensions { @inline(__always) static var isVolume: Bool { true } }

extension rsk_point_taps {
  /// The offset of a tap without a sample.
  @inline(__always) static var outside: Int32 { .min }
}

/// Rows of scratch memory, one for each tap of some points along one axis: offsets, weights and derived weights.
private struct AxisTaps<A: PointArithmetic> where A.Scalar: BinaryFloatingPoint {
  private let start: UnsafeMutableRawPointer
  @inline(__always) static var stride: Int { 8 &* Int(RSK_POINTS_AT_ONCE) }
  @inline(__always) init(_ scratch: UnsafeMutableRawPointer, _ dimension: Int) {
    start = scratch + dimension &* 12 &* AxisTaps.stride
  }
  @inline(__always) func offsets(_ tap: Int) -> UnsafeMutablePointer<Int32> {
    (start + tap &* AxisTaps.stride).assumingMemoryBound(to: Int32.self)
  }
  @inline(__always) var weights: UnsafeMutablePointer<A.Scalar> {
    (start + 4 &* AxisTaps.stride).assumingMemoryBound(to: A.Scalar.self)
  }
  @inline(__always) var slopes: UnsafeMutablePointer<A.Scalar> {
    (start + 8 &* AxisTaps.stride).assumingMemoryBound(to: A.Scalar.self)
  }
  /// From the weights of a tap to those of the next one.
  @inline(__always) static var samples: Int { stride / MemoryLayout<A.Scalar>.size }
}

// Everything is written in vectors, so that size is what is left to the compiler: it would make a loop of its own for each
// combination of what stays the same.

@inline(__always) private func locate<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (padding, hasSlopes) = (sampling.pointee.padding_mode, taps.pointee.slopes.0 != nil)
  let isImage = sampling.pointee.dimensions == 2
  let isDirect =
    hasSlopes
    // Along a border derivatives depend on where a point is.
    ? isImage && padding == RSK_PADDING_ZEROS && T.taps == 2
    : isImage ? padding != RSK_PADDING_REFLECTION || T.taps != 4 : padding != RSK_PADDING_REFLECTION && T.taps != 4
  if isDirect {
    if isImage || T.taps == 4 {
      locateDirectly(A.self, T.self, Image.self, points: points, count: count, sampling, taps)
    } else {
      locateDirectly(A.self, T.self, Volume.self, points: points, count: count, sampling, taps)
    }
    return
  }
  var point = 0
  while point < count {
    let rest = min(count &- point, Int(RSK_POINTS_AT_ONCE))
    locateAny(A.self, points: points, from: point, count: rest, sampling, taps)
    point &+= rest
  }
}

/// The same for what is asked for most: whatever needs no more than one look at a vector of points.
@inline(never) @_optimize(size) private func locateDirectly<A: PointArithmetic, T: PointTaps, D: Dimensions>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, _ dimensions: D.Type, points: UnsafePointer<UnsafeMutableRawPointer?>,
  count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (axisX, axisY, axisZ) = (sampling.pointee.axes.0, sampling.pointee.axes.1, sampling.pointee.axes.2)
  let (isVolume, isAligned) = (D.isVolume, sampling.pointee.align_corners)
  let padding = sampling.pointee.padding_mode
  let (one, half) = (A.splat(1), A.splat(0.5))
  @inline(__always) func last(_ axis: rsk_sampling_axis) -> A.Vector { A.splat(A.scalar(axis.length &- 1)) }
  @inline(__always) func span(_ axis: rsk_sampling_axis) -> A.Vector {
    isAligned ? last(axis) : A.splat(A.scalar(axis.length))
  }
  let (spanX, spanY) = (span(axisX), span(axisY))
  let (scaleX, scaleY) = (A.product(spanX, half), A.product(spanY, half))
  let (placesX, placesY) = (places(T.taps, axisX), places(T.taps, axisY))
  let strideX = A.repeated(Int32(truncatingIfNeeded: axisX.stride))
  let strideY = A.repeated(Int32(truncatingIfNeeded: axisY.stride))
  let adjacent = T.taps == 1 || axisX.stride == 1 ? T.taps : 1
  let tapCount = taps.pointee.count
  let slices = isVolume ? T.taps : 1
  var offsets = taps.pointee.offsets!
  var weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let flags = taps.pointee.adjacent!
  let slopesX = T.taps == 2 ? taps.pointee.slopes.0?.assumingMemoryBound(to: A.Scalar.self) : nil
  let slopesY = T.taps == 2 ? taps.pointee.slopes.1?.assumingMemoryBound(to: A.Scalar.self) : nil
  var point = 0
  while point < count {
    @inline(__always) func position(
      _ dimension: Int, _ axis: rsk_sampling_axis, _ span: A.Vector, _ scale: A.Vector
    ) -> A.Vector {
      let row = points[dimension]!.assumingMemoryBound(to: A.Scalar.self)
      let fromStart = A.sum(load(row + point, as: A.Vector.self), one)
      var place: A.Vector
      if isVolume {
        place =
          isAligned
          ? A.product(A.product(fromStart, half), span)
          : A.product(A.difference(A.product(fromStart, span), one), half)
      } else {
        place = isAligned ? A.product(fromStart, scale) : A.fused(A.splat(-0.5), fromStart, scale)
      }
      // A cubic applies the rule for what lies outside to each of its taps.
      if T.taps != 4 && padding != RSK_PADDING_ZEROS {
        if !isVolume && padding == RSK_PADDING_REFLECTION {
          place = reflectInImage(A.self, place, span, isAligned: isAligned)
        }
        place = bounded(A.self, place, last: last(axis), isImage: !isVolume)
      }
      return place
    }
    @inline(__always) func whole(_ position: A.Vector) -> A.Vector {
      T.taps == 1 ? A.nearest(position) : A.floor(position)
    }
    @inline(__always) func first(_ whole: A.Vector) -> A.Indices {
      T.taps == 4 ? A.sum(A.indices(whole), A.repeated(-1)) : A.indices(whole)
    }
    let (positionX, positionY) = (position(0, axisX, spanX, scaleX), position(1, axisY, spanY, scaleY))
    let (wholeX, wholeY) = (whole(positionX), whole(positionY))
    let (firstX, firstY) = (first(wholeX), first(wholeY))
    var isThere = A.both(A.isWithin(firstX, placesX), A.isWithin(firstY, placesY))
    var base = A.sum(A.product(firstX, strideX), A.product(firstY, strideY))
    var (wholeZ, fractionZ) = (A.zero, A.zero)
    if isVolume {
      let positionZ = position(2, axisZ, span(axisZ), one)
      wholeZ = whole(positionZ)
      fractionZ = A.difference(positionZ, wholeZ)
      let firstZ = first(wholeZ)
      isThere = A.both(isThere, A.isWithin(firstZ, places(T.taps, axisZ)))
      base = A.sum(base, A.product(firstZ, A.repeated(Int32(truncatingIfNeeded: axisZ.stride))))
    }
    let isInside = A.all(isThere)
    flags[point] = isInside ? Int32(truncatingIfNeeded: adjacent) : 0
    if isInside {
      var slice = 0
      while slice < slices {
        let rows = row(A.self, from: base, step: strideY)
        @inline(__always) func storeRow(_ tap: Int, _ first: A.Indices) {
          storeTaps(
            T.self, row(A.self, from: first, step: strideX),
            at: offsets + (slice &* T.taps &+ tap) &* T.taps &* A.width, stride: MemoryLayout<A.Indices>.size)
        }
        storeRow(0, rows.0)
        if T.taps > 1 { storeRow(1, rows.1) }
        if T.taps > 2 {
          storeRow(2, rows.2)
          storeRow(3, rows.3)
        }
        base = A.sum(base, A.repeated(Int32(truncatingIfNeeded: axisZ.stride)))
        slice &+= 1
      }
    } else {
      findOffsets(A.self, T.self, D.self, wholeX, wholeY, wholeZ, sampling, into: offsets)
    }
    let (fractionX, fractionY) = (A.difference(positionX, wholeX), A.difference(positionY, wholeY))
    let (alongX, alongY) = (tapWeights(A.self, T.self, fractionX), tapWeights(A.self, T.self, fractionY))
    storeProducts(A.self, T.self, alongX, alongY, at: weights)
    if let slopesX, let slopesY {
      let entry = point &* tapCount
      let derivedX = products(A.self, tapSlopes(A.self, T.self, fractionX), scaleX)
      storeProducts(A.self, T.self, derivedX, alongY, at: slopesX + entry)
      let derivedY = products(A.self, tapSlopes(A.self, T.self, fractionY), scaleY)
      storeProducts(A.self, T.self, alongX, derivedY, at: slopesY + entry)
    }
    if isVolume {
      if T.taps > 1 { multiplySlices(A.self, T.self, tapWeights(A.self, T.self, fractionZ), weights) }
      if !isInside && padding == RSK_PADDING_ZEROS { dropOutside(A.self, tapCount &* A.width, offsets, weights) }
    }
    offsets += tapCount &* A.width
    weights += tapCount &* A.width
    point &+= A.width
  }
}

/// Makes weights of slices of those of the first.
@inline(__always) private func multiplySlices<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ alongZ: (A.Vector, A.Vector, A.Vector, A.Vector),
  _ weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  var tap = 0
  while tap < T.taps &* T.taps {
    let slice = weights + tap &* A.width
    let weight = load(slice, as: A.Vector.self)
    storeTaps(
      T.self, products(A.self, alongZ, weight), at: slice, stride: T.taps &* T.taps &* MemoryLayout<A.Vector>.size)
    tap &+= 1
  }
}

/// PyTorch adds up the taps of a volume that are inside, and of an image all of them, with samples of 0.
@inline(__always) private func dropOutside<A: PointArithmetic>(
  _ arithmetic: A.Type, _ entries: Int, _ offsets: UnsafePointer<Int32>, _ weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  var entry = 0
  while entry < entries {
    let weight = load(weights + entry, as: A.Vector.self)
    store(A.select(offsets + entry, above: rsk_point_taps.outside, weight, A.zero), at: weights + entry)
    entry &+= A.width
  }
}

/// The offsets of taps some of which may be outside.
@inline(never) @_optimize(size) private func findOffsets<A: PointArithmetic, T: PointTaps, D: Dimensions>(
  _ arithmetic: A.Type, _ taps: T.Type, _ dimensions: D.Type, _ wholeX: A.Vector, _ wholeY: A.Vector,
  _ wholeZ: A.Vector,
  _ sampling: UnsafePointer<rsk_sampling>, into offsets: UnsafeMutablePointer<Int32>
) where A.Scalar: BinaryFloatingPoint {
  let (axisX, axisY, axisZ) = (sampling.pointee.axes.0, sampling.pointee.axes.1, sampling.pointee.axes.2)
  let isBordered = sampling.pointee.padding_mode != RSK_PADDING_ZEROS
  let (firstX, firstY) = (firstTap(A.self, T.taps, wholeX, axisX), firstTap(A.self, T.taps, wholeY, axisY))
  let firstZ = D.isVolume ? firstTap(A.self, T.taps, wholeZ, axisZ) : A.repeated(0)
  var (tap, offsets) = (0, offsets)
  while tap < T.taps &* T.taps &* (D.isVolume ? T.taps : 1) {
    let x = A.sum(firstX, A.repeated(Int32(truncatingIfNeeded: tap % T.taps)))
    let y = A.sum(firstY, A.repeated(Int32(truncatingIfNeeded: tap / T.taps % T.taps)))
    var offset = A.sum(boundedOffset(A.self, x, axisX), boundedOffset(A.self, y, axisY))
    var isThere = A.both(isSample(A.self, x, axisX), isSample(A.self, y, axisY))
    if D.isVolume {
      let z = A.sum(firstZ, A.repeated(Int32(truncatingIfNeeded: tap / (T.taps &* T.taps))))
      offset = A.sum(offset, boundedOffset(A.self, z, axisZ))
      isThere = A.both(isThere, isSample(A.self, z, axisZ))
    }
    store(isBordered ? offset : A.select(isThere, offset, A.repeated(rsk_point_taps.outside)), at: offsets)
    offsets += A.width
    tap &+= 1
  }
}

/// The first taps of whole positions, also of those that are no indices: whatever lies farther out has no tap inside. NaN becomes
/// the lowest.
@inline(__always) private func firstTap<A: PointArithmetic>(
  _ arithmetic: A.Type, _ taps: Int, _ whole: A.Vector, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  // Cubics are reflected from there.
  let reach = A.scalar(taps == 4 ? Int(Int32.max) / 4 : axis.length &+ 4)
  let notBefore = A.select(A.splat(-reach), below: whole, whole, A.splat(-reach))
  let near = A.indices(A.select(notBefore, below: A.splat(reach), notBefore, A.splat(reach)))
  return taps == 4 ? A.sum(near, A.repeated(-1)) : near
}

@inline(__always) private func isSample<A: PointArithmetic>(
  _ arithmetic: A.Type, _ tap: A.Indices, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  A.isWithin(tap, Int32(truncatingIfNeeded: axis.length))
}

/// The offset of the sample that is nearest to a tap.
@inline(__always) private func boundedOffset<A: PointArithmetic>(
  _ arithmetic: A.Type, _ tap: A.Indices, _ axis: rsk_sampling_axis
) -> A.Indices where A.Scalar: BinaryFloatingPoint {
  A.product(
    A.bounded(tap, last: Int32(truncatingIfNeeded: axis.length &- 1)),
    A.repeated(Int32(truncatingIfNeeded: axis.stride)))
}

/// The nearest position from 0 to `last`. NaN becomes 0 in an image, and the last sample in a volume.
@inline(__always) private func bounded<A: PointArithmetic>(
  _ arithmetic: A.Type, _ position: A.Vector, last: A.Vector, isImage: Bool
) -> A.Vector where A.Scalar: BinaryFloatingPoint {
  let notBefore =
    isImage
    ? A.select(A.zero, below: position, position, A.zero) : A.select(position, below: A.zero, A.zero, position)
  return A.select(notBefore, below: last, notBefore, last)
}

/// The places of the first tap of those that are inside.
@inline(__always) private func places(_ taps: Int, _ axis: rsk_sampling_axis) -> Int32 {
  Int32(truncatingIfNeeded: max(0, axis.length &- taps &+ 1))
}

@inline(never) @_optimize(size) private func locateAny<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, from start: Int,
  count: Int, _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let isVolume = sampling.pointee.dimensions == 3
  let scratch = taps.pointee.scratch!
  let (x, y, z) = (AxisTaps<A>(scratch, 0), AxisTaps<A>(scratch, 1), AxisTaps<A>(scratch, 2))
  let adjacent = sampling.pointee.taps == 1 || sampling.pointee.axes.0.stride == 1 ? sampling.pointee.taps : 1
  let wantsSlopes = sampling.pointee.taps > 1 && taps.pointee.slopes.0 != nil
  let inside = taps.pointee.adjacent + start
  var point = 0
  while point < count {
    inside[point] = adjacent
    point &+= A.width
  }
  @inline(__always) func find(_ points: UnsafeMutableRawPointer, _ axis: rsk_sampling_axis, _ found: AxisTaps<A>) {
    findTaps(
      A.self, points.assumingMemoryBound(to: A.Scalar.self) + start, count: count, sampling, axis, found,
      inside, wantsSlopes: wantsSlopes)
  }
  find(points[0]!, sampling.pointee.axes.0, x)
  find(points[1]!, sampling.pointee.axes.1, y)
  if isVolume { find(points[2]!, sampling.pointee.axes.2, z) }

  let entry = start &* taps.pointee.count
  join(A.self, x, y, isVolume ? z : nil, count: count, inside, taps.pointee, sampling.pointee, entry)
  @inline(__always) func multiply(
    _ x: UnsafePointer<A.Scalar>, _ y: UnsafePointer<A.Scalar>, _ z: UnsafePointer<A.Scalar>,
    into weights: UnsafeMutableRawPointer
  ) {
    combine(
      A.self, x, y, isVolume ? z : nil, count: count, Int(sampling.pointee.taps),
      into: weights.assumingMemoryBound(to: A.Scalar.self) + entry)
  }
  multiply(x.weights, y.weights, z.weights, into: taps.pointee.weights!)
  if wantsSlopes {
    multiply(x.slopes, y.weights, z.weights, into: taps.pointee.slopes.0!)
    multiply(x.weights, y.slopes, z.weights, into: taps.pointee.slopes.1!)
    if isVolume { multiply(x.weights, y.weights, z.slopes, into: taps.pointee.slopes.2!) }
  }
  if isVolume && sampling.pointee.padding_mode == RSK_PADDING_ZEROS {
    let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
    dropOutside(A.self, point &* taps.pointee.count, taps.pointee.offsets + entry, weights + entry)
  }
}

/// Adds the offsets of the axes; what is outside along one of them is outside.
@inline(never) @_optimize(size) private func join<A: PointArithmetic>(
  _ arithmetic: A.Type, _ x: AxisTaps<A>, _ y: AxisTaps<A>, _ z: AxisTaps<A>?, count: Int,
  _ inside: UnsafePointer<Int32>, _ taps: rsk_point_taps, _ sampling: rsk_sampling, _ first: Int
) where A.Scalar: BinaryFloatingPoint {
  let outside = A.repeated(rsk_point_taps.outside)
  let hasZeros = sampling.padding_mode == RSK_PADDING_ZEROS
  let tapsOfAxis = Int(sampling.taps)
  var point = 0
  while point < count {
    var offsets = taps.offsets + (first &+ point &* taps.count)
    let mayBeOutside = hasZeros && inside[point] == 0
    @inline(__always) func sum(_ a: A.Indices, _ b: A.Indices) -> A.Indices {
      let sum = A.sum(a, b)
      if !mayBeOutside { return sum }
      return A.select(
        A.isEqual(a, rsk_point_taps.outside), outside, A.select(A.isEqual(b, rsk_point_taps.outside), outside, sum))
    }
    var (row, slice) = (0, 0)
    while slice < (z == nil ? 1 : tapsOfAxis) {
      var base = load(y.offsets(row) + point, as: A.Indices.self)
      if let z { base = sum(base, load(z.offsets(slice) + point, as: A.Indices.self)) }
      var tap = 0
      while tap < tapsOfAxis {
        store(sum(base, load(x.offsets(tap) + point, as: A.Indices.self)), at: offsets)
        offsets += A.width
        tap &+= 1
      }
      row &+= 1
      if row == tapsOfAxis { (row, slice) = (0, slice &+ 1) }
    }
    point &+= A.width
  }
}

/// The products of the weights of the axes.
@inline(never) @_optimize(size) private func combine<A: PointArithmetic>(
  _ arithmetic: A.Type, _ x: UnsafePointer<A.Scalar>, _ y: UnsafePointer<A.Scalar>, _ z: UnsafePointer<A.Scalar>?,
  count: Int, _ tapsOfAxis: Int, into weights: UnsafeMutablePointer<A.Scalar>
) where A.Scalar: BinaryFloatingPoint {
  @inline(__always) func weight(_ axis: UnsafePointer<A.Scalar>, _ tap: Int, _ point: Int) -> A.Vector {
    load(axis + (tap &* AxisTaps<A>.samples &+ point), as: A.Vector.self)
  }
  var (point, target) = (0, weights)
  while point < count {
    var (row, slice) = (0, 0)
    while slice < (z == nil ? 1 : tapsOfAxis) {
      let alongY = weight(y, row, point)
      var tap = 0
      while tap < tapsOfAxis {
        var product = A.product(weight(x, tap, point), alongY)
        if let z { product = A.product(product, weight(z, slice, point)) }
        store(product, at: target)
        target += A.width
        tap &+= 1
      }
      row &+= 1
      if row == tapsOfAxis { (row, slice) = (0, slice &+ 1) }
    }
    point &+= A.width
  }
}

/// Finds the taps of some points along an axis; a vector of them that has a tap outside is inside no more.
@inline(never) @_optimize(size) private func findTaps<A: PointArithmetic>(
  _ arithmetic: A.Type, _ coordinates: UnsafePointer<A.Scalar>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ axis: rsk_sampling_axis, _ found: AxisTaps<A>,
  _ inside: UnsafeMutablePointer<Int32>, wantsSlopes: Bool
) where A.Scalar: BinaryFloatingPoint {
  let (padding, taps) = (sampling.pointee.padding_mode, Int(sampling.pointee.taps))
  let (isImage, isAligned) = (sampling.pointee.dimensions == 2, sampling.pointee.align_corners)
  let isReflected = padding == RSK_PADDING_REFLECTION
  let (one, half, length) = (A.splat(1), A.splat(0.5), A.splat(A.scalar(axis.length)))
  let last = A.difference(length, one)
  let span = isAligned ? last : length
  let scale = A.product(span, half)
  let (lengthOfAxis, stride) = (Int32(truncatingIfNeeded: axis.length), Int32(truncatingIfNeeded: axis.stride))
  let places = places(taps, axis)
  var point = 0
  while point < count {
    // Coordinates from -1 to 1 become positions in samples.
    let fromStart = A.sum(load(coordinates + point, as: A.Vector.self), one)
    var position: A.Vector
    if isImage {
      position = isAligned ? A.product(fromStart, scale) : A.fused(A.splat(-0.5), fromStart, scale)
    } else if isAligned {
      position = A.product(A.product(fromStart, half), last)
    } else {
      position = A.product(A.difference(A.product(fromStart, length), one), half)
    }
    if isReflected && (taps == 4 || !isImage) {
      store(position, at: found.weights + point)
      bringNear(
        found.weights + point, count: A.width, sampling.pointee, length: A.scalar(axis.length), isCubic: taps == 4)
      position = load(found.weights + point, as: A.Vector.self)
    }
    // A cubic applies the rule for what lies outside to each of its taps.
    var slope = scale
    if taps != 4 && padding != RSK_PADDING_ZEROS {
      if isReflected {
        (position, slope) = reflect(A.self, position, slope, isImage: isImage, isAligned: isAligned, span)
      }
      // The derivative is 0 from the edge on.
      slope = A.select(A.zero, below: position, A.select(position, below: last, slope, A.zero), A.zero)
      position = bounded(A.self, position, last: last, isImage: isImage)
    }

    let whole = taps == 1 ? A.nearest(position) : A.floor(position)
    var index = firstTap(A.self, taps, whole, axis)
    if A.all(A.isWithin(index, places)) {
      var offset = A.product(index, A.repeated(stride))
      var tap = 0
      while tap < taps {
        store(offset, at: found.offsets(tap) + point)
        offset = A.sum(offset, A.repeated(stride))
        tap &+= 1
      }
    } else {
      inside[point] = 0
      var tap = 0
      while tap < taps {
        let offsets = found.offsets(tap) + point
        if taps == 4 && isReflected {
          store(index, at: offsets)
          reflectIndices(offsets, count: A.width, last: lengthOfAxis &- 1, sampling.pointee, stride: stride)
        } else {
          var offset = boundedOffset(A.self, index, axis)
          if padding == RSK_PADDING_ZEROS {
            offset = A.select(isSample(A.self, index, axis), offset, A.repeated(rsk_point_taps.outside))
          }
          store(offset, at: offsets)
        }
        index = A.sum(index, A.repeated(1))
        tap &+= 1
      }
    }

    let fraction = A.difference(position, whole)
    if taps == 1 {
      store(one, at: found.weights + point)
    } else if taps == 2 {
      storeWeights(A.self, LinearTaps.self, fraction, slope, at: point, found, wantsSlopes: wantsSlopes)
    } else {
      storeWeights(A.self, CubicTaps.self, fraction, slope, at: point, found, wantsSlopes: wantsSlopes)
    }
    point &+= A.width
  }
}

/// The weights along an axis, and the derived ones.
@inline(__always) private func storeWeights<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ fraction: A.Vector, _ slope: A.Vector, at point: Int, _ found: AxisTaps<A>,
  wantsSlopes: Bool
) where A.Scalar: BinaryFloatingPoint {
  storeTaps(T.self, tapWeights(A.self, T.self, fraction), at: found.weights + point, stride: AxisTaps<A>.stride)
  if wantsSlopes {
    let weights = products(A.self, tapSlopes(A.self, T.self, fraction), slope)
    storeTaps(T.self, weights, at: found.slopes + point, stride: AxisTaps<A>.stride)
  }
}

@inline(__always) private func tapWeights<A: PointArithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ fraction: A.Vector
) -> (A.Vector, A.Vector, A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  let one = A.splat(1)
  if T.taps == 1 { return (one, one, one, one) }
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
@inline(__always) private func tapSlopes<A: PointArithmetic, T: PointTaps>(
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
