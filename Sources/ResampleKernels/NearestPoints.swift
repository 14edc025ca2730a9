import CShims

// Points that read one sample: there are no weights to be found and nothing to be summed, and what happens outside is decided by
// bounds that are the same for all of them, not by branches.

/// Whether positions are reflected: a type, as in Rows.swift.
private protocol Reflecting {
  static var isReflected: Bool { get }
}
private enum Unreflected: Reflecting { @inline(__always) static var isReflected: Bool { false } }
private enum Reflected: Reflecting { @inline(__always) static var isReflected: Bool { true } }

/// What locatePass does, of points that read one sample.
@inline(__always) func locateNearest<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (isImage, isReflected) = (
    sampling.pointee.dimensions == 2, sampling.pointee.padding_mode == RSK_PADDING_REFLECTION
  )
  if isImage && isReflected {
    locateNearest(A.self, Image.self, Reflected.self, points: points, count: count, sampling, taps)
  } else if isImage {
    locateNearest(A.self, Image.self, Unreflected.self, points: points, count: count, sampling, taps)
  } else if !isReflected {
    locateNearest(A.self, Volume.self, Unreflected.self, points: points, count: count, sampling, taps)
  } else {
    locateByAxis(A.self, points: points, count: count, sampling, taps)
  }
}

/// An axis, as finding the nearest samples wants it.
private struct NearestAxis<A: PointArithmetic> where A.Scalar: BinaryFloatingPoint {
  private let span: A.Vector
  private let scale: A.Vector
  /// Positions beyond them are the samples at the border, or none.
  private let low: A.Vector
  private let high: A.Vector
  private let length: Int32
  private let last: Int32
  private let stride: A.Indices

  @inline(__always) init(_ axis: rsk_sampling_axis, isAligned: Bool, hasBorder: Bool) {
    span = A.splat(A.scalar(isAligned ? axis.length &- 1 : axis.length))
    scale = A.product(span, A.splat(0.5))
    low = A.splat(hasBorder ? 0 : -2)
    high = A.splat(A.scalar(hasBorder ? axis.length &- 1 : 2 &* axis.length &+ 2))
    length = Int32(truncatingIfNeeded: axis.length)
    // A float does not hold the last sample of 2^24 and more.
    last = hasBorder ? length &- 1 : .max
    stride = A.repeated(Int32(truncatingIfNeeded: axis.stride))
  }

  /// The nearest samples; beyond the axis where there is none.
  @inline(__always) func indices<R: Reflecting>(
    _ reflecting: R.Type, _ coordinates: A.Vector, isImage: Bool, isAligned: Bool
  ) -> A.Indices {
    var position = positions(
      A.self, of: coordinates, span: span, scale: scale, isImage: isImage, isAligned: isAligned)
    if R.isReflected { position = reflectInImage(A.self, position, span, isAligned: isAligned) }
    return A.atMost(last, A.nearestIndices(bounded(A.self, position, from: low, to: high, isImage: isImage)))
  }

  @inline(__always) func isThere(_ indices: A.Indices) -> A.Indices { A.isWithin(indices, length) }

  @inline(__always) func offsets(_ indices: A.Indices) -> A.Indices { A.product(indices, stride) }
}

/// Writes the nearest sample of each point, and a weight of 1; whether all of a vector are there is what it notes as their taps
/// side by side.
@inline(never) @_optimize(size) private func locateNearest<A: PointArithmetic, D: Dimensions, R: Reflecting>(
  _ arithmetic: A.Type, _ dimensions: D.Type, _ reflecting: R.Type,
  points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (isVolume, isAligned) = (D.isVolume, sampling.pointee.align_corners)
  let hasBorder = sampling.pointee.padding_mode != RSK_PADDING_ZEROS
  @inline(__always) func axis(_ axis: rsk_sampling_axis) -> NearestAxis<A> {
    NearestAxis(axis, isAligned: isAligned, hasBorder: hasBorder)
  }
  let (x, y) = (axis(sampling.pointee.axes.0), axis(sampling.pointee.axes.1))
  let z = isVolume ? axis(sampling.pointee.axes.2) : y
  @inline(__always) func row(_ dimension: Int) -> UnsafePointer<A.Scalar> {
    UnsafePointer(points[dimension]!.assumingMemoryBound(to: A.Scalar.self))
  }
  let (rowX, rowY) = (row(0), row(1))
  let rowZ = isVolume ? row(2) : rowY
  let (one, outside) = (A.splat(1), A.repeated(rsk_point_taps.outside))
  let (offsets, adjacent) = (taps.pointee.offsets!, taps.pointee.adjacent!)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  var point = 0
  while point < count {
    @inline(__always) func indices(_ row: UnsafePointer<A.Scalar>, _ axis: NearestAxis<A>) -> A.Indices {
      axis.indices(R.self, load(row + point, as: A.Vector.self), isImage: !isVolume, isAligned: isAligned)
    }
    let (indexX, indexY) = (indices(rowX, x), indices(rowY, y))
    var isThere = A.both(x.isThere(indexX), y.isThere(indexY))
    var offset = A.sum(x.offsets(indexX), y.offsets(indexY))
    if isVolume {
      let indexZ = indices(rowZ, z)
      isThere = A.both(isThere, z.isThere(indexZ))
      offset = A.sum(offset, z.offsets(indexZ))
    }
    store(A.select(isThere, offset, outside), at: offsets + point)
    store(one, at: weights + point)
    adjacent[point] = A.all(isThere) ? 1 : 0
    point &+= A.width
  }
}

/// row[x] = the weight of 1 * the sample that point x reads, or 0.
@inline(never) func sampleNearest<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, count: Int,
  _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let (offsets, adjacent) = (taps.pointee.offsets!, taps.pointee.adjacent!)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let row = row.assumingMemoryBound(to: A.Scalar.self)
  let scratch = taps.pointee.scratch!
  @inline(__always) func products(_ point: Int) -> A.Vector {
    let weights = load(weights + point, as: A.Vector.self)
    if adjacent[point] != 0 { return A.product(weights, S.gather(plane, offsets + point)) }
    let all = load(offsets + point, as: A.Indices.self)
    let isOutside = A.isEqual(all, rsk_point_taps.outside)
    if A.all(isOutside) { return A.zero }
    // Any sample will do instead of one that does not exist.
    store(A.select(isOutside, A.repeated(0), all), at: scratch)
    rsi_forget(scratch)
    let samples = S.gather(plane, UnsafePointer(scratch.assumingMemoryBound(to: Int32.self)))
    return A.product(weights, A.select(offsets + point, above: rsk_point_taps.outside, samples, A.zero))
  }
  var point = 0
  while point &+ A.width <= count {
    store(products(point), at: row + point)
    point &+= A.width
  }
  if point < count {
    store(products(point), at: scratch)
    memcpy(row + point, scratch, (count &- point) &* MemoryLayout<A.Scalar>.size)
  }
}
