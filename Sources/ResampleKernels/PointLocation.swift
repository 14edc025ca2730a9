import CShims

/// Writes the taps of each point: offsets, weights and, where they are wanted, derived weights.
@inline(__always) func locatePass<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  if sampling.pointee.taps == 1 {
    return locateNearest(A.self, points: points, count: count, sampling, taps)
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
    storeTaps(T.self, products(A.self, x, y.1), at: weights + T.taps &* A.width, stride: size)
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

protocol Dimensions {
  static var isVolume: Bool { get }
}
enum Image: Dimensions { @inline(__always) static var isVolume: Bool { false } }
enum Volume: Dimensions { @inline(__always) static var isVolume: Bool { true } }

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
  locateByAxis(A.self, points: points, count: count, sampling, taps)
}

/// The same for what is asked for most: whatever needs no more than one look at a vector of points.
@inline(never) @_optimize(size) private func locateDirectly<A: PointArithmetic, T: PointTaps, D: Dimensions>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, _ dimensions: D.Type, points: UnsafePointer<UnsafeMutableRawPointer?>,
  count: Int, _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (axisX, axisY, axisZ) = (sampling.pointee.axes.0, sampling.pointee.axes.1, sampling.pointee.axes.2)
  let (isVolume, isAligned) = (D.isVolume, sampling.pointee.align_corners)
  let padding = sampling.pointee.padding_mode
  let half = A.splat(0.5)
  @inline(__always) func last(_ axis: rsk_sampling_axis) -> A.Vector { A.splat(A.scalar(axis.length &- 1)) }
  @inline(__always) func span(_ axis: rsk_sampling_axis) -> A.Vector {
    isAligned ? last(axis) : A.splat(A.scalar(axis.length))
  }
  let (spanX, spanY) = (span(axisX), span(axisY))
  let (scaleX, scaleY) = (A.product(spanX, half), A.product(spanY, half))
  let (placesX, placesY) = (places(T.taps, axisX), places(T.taps, axisY))
  let strideX = A.repeated(Int32(truncatingIfNeeded: axisX.stride))
  let strideY = A.repeated(Int32(truncatingIfNeeded: axisY.stride))
  let adjacent = axisX.stride == 1 ? T.taps : 1
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
      var place = positions(
        A.self, of: load(row + point, as: A.Vector.self), span: span, scale: scale, isImage: !isVolume,
        isAligned: isAligned)
      // A cubic applies the rule for what lies outside to each of its taps.
      if T.taps != 4 && padding != RSK_PADDING_ZEROS {
        if !isVolume && padding == RSK_PADDING_REFLECTION {
          place = reflectInImage(A.self, place, span, isAligned: isAligned)
        }
        place = bounded(A.self, place, from: A.zero, to: last(axis), isImage: !isVolume)
      }
      return place
    }
    @inline(__always) func first(_ whole: A.Vector) -> A.Indices {
      T.taps == 4 ? A.sum(A.indices(whole), A.repeated(-1)) : A.indices(whole)
    }
    let (positionX, positionY) = (position(0, axisX, spanX, scaleX), position(1, axisY, spanY, scaleY))
    let (wholeX, wholeY) = (A.floor(positionX), A.floor(positionY))
    let (firstX, firstY) = (first(wholeX), first(wholeY))
    var isThere = A.both(A.isWithin(firstX, placesX), A.isWithin(firstY, placesY))
    var base = A.sum(A.product(firstX, strideX), A.product(firstY, strideY))
    var (wholeZ, fractionZ) = (A.zero, A.zero)
    if isVolume {
      let spanZ = span(axisZ)
      let positionZ = position(2, axisZ, spanZ, A.product(spanZ, half))
      wholeZ = A.floor(positionZ)
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
        storeRow(1, rows.1)
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
      multiplySlices(A.self, T.self, tapWeights(A.self, T.self, fractionZ), weights)
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
