import CShims

/// Rows of scratch memory, one for each tap of some points along one axis: offsets, weights and derived weights.
private struct AxisRows<A: PointArithmetic> where A.Scalar: BinaryFloatingPoint {
  private let start: UnsafeMutableRawPointer
  @inline(__always) static var stride: Int { 8 &* Int(RSK_POINTS_AT_ONCE) }
  @inline(__always) init(_ scratch: UnsafeMutableRawPointer, _ dimension: Int) {
    start = scratch + dimension &* 12 &* AxisRows.stride
  }
  @inline(__always) func offsets(_ tap: Int) -> UnsafeMutablePointer<Int32> {
    (start + tap &* AxisRows.stride).assumingMemoryBound(to: Int32.self)
  }
  @inline(__always) var weights: UnsafeMutablePointer<A.Scalar> {
    (start + 4 &* AxisRows.stride).assumingMemoryBound(to: A.Scalar.self)
  }
  @inline(__always) var slopes: UnsafeMutablePointer<A.Scalar> {
    (start + 8 &* AxisRows.stride).assumingMemoryBound(to: A.Scalar.self)
  }
  /// From the weights of a tap to those of the next one.
  @inline(__always) static var samples: Int { stride / MemoryLayout<A.Scalar>.size }
}

/// What locatePass does, of points of any kind: the taps along each axis are found first, and joined then.
@inline(__always) func locateByAxis<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  var point = 0
  while point < count {
    let rest = min(count &- point, Int(RSK_POINTS_AT_ONCE))
    locateByAxis(A.self, points: points, from: point, count: rest, sampling, taps)
    point &+= rest
  }
}

/// The same of RSK_POINTS_AT_ONCE points at most.
@inline(never) @_optimize(size) private func locateByAxis<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, from start: Int,
  count: Int, _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let isVolume = sampling.pointee.dimensions == 3
  let scratch = taps.pointee.scratch!
  let (x, y, z) = (AxisRows<A>(scratch, 0), AxisRows<A>(scratch, 1), AxisRows<A>(scratch, 2))
  let adjacent = sampling.pointee.taps == 1 || sampling.pointee.axes.0.stride == 1 ? sampling.pointee.taps : 1
  let wantsSlopes = sampling.pointee.taps > 1 && taps.pointee.slopes.0 != nil
  let inside = taps.pointee.adjacent + start
  var point = 0
  while point < count {
    inside[point] = adjacent
    point &+= A.width
  }
  @inline(__always) func find(_ points: UnsafeMutableRawPointer, _ axis: rsk_sampling_axis, _ found: AxisRows<A>) {
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
  _ arithmetic: A.Type, _ x: AxisRows<A>, _ y: AxisRows<A>, _ z: AxisRows<A>?, count: Int,
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
    load(axis + (tap &* AxisRows<A>.samples &+ point), as: A.Vector.self)
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
  _ sampling: UnsafePointer<rsk_sampling>, _ axis: rsk_sampling_axis, _ found: AxisRows<A>,
  _ inside: UnsafeMutablePointer<Int32>, wantsSlopes: Bool
) where A.Scalar: BinaryFloatingPoint {
  let (padding, taps) = (sampling.pointee.padding_mode, Int(sampling.pointee.taps))
  let (isImage, isAligned) = (sampling.pointee.dimensions == 2, sampling.pointee.align_corners)
  let isReflected = padding == RSK_PADDING_REFLECTION
  let (one, length) = (A.splat(1), A.splat(A.scalar(axis.length)))
  let last = A.difference(length, one)
  let span = isAligned ? last : length
  let scale = A.product(span, A.splat(0.5))
  let (lengthOfAxis, stride) = (Int32(truncatingIfNeeded: axis.length), Int32(truncatingIfNeeded: axis.stride))
  let places = places(taps, axis)
  var point = 0
  while point < count {
    var position = positions(
      A.self, of: load(coordinates + point, as: A.Vector.self), span: span, scale: scale, isImage: isImage,
      isAligned: isAligned)
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
      position = bounded(A.self, position, from: A.zero, to: last, isImage: isImage)
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
  _ arithmetic: A.Type, _ taps: T.Type, _ fraction: A.Vector, _ slope: A.Vector, at point: Int, _ found: AxisRows<A>,
  wantsSlopes: Bool
) where A.Scalar: BinaryFloatingPoint {
  storeTaps(T.self, tapWeights(A.self, T.self, fraction), at: found.weights + point, stride: AxisRows<A>.stride)
  if wantsSlopes {
    let weights = products(A.self, tapSlopes(A.self, T.self, fraction), slope)
    storeTaps(T.self, weights, at: found.slopes + point, stride: AxisRows<A>.stride)
  }
}
