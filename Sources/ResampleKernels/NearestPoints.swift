import CShims

// Points that read one sample: there are no weights to be found and nothing to be summed.

/// What is beyond an image: a type, as in Rows.swift. Volumes, which are read less often, have one for two.
private protocol NearestPadding {
  static var isZeros: Bool { get }
  static var isReflected: Bool { get }
}
private enum Zeros: NearestPadding {
  @inline(__always) static var isZeros: Bool { true }
  @inline(__always) static var isReflected: Bool { false }
}
private enum Unreflected: NearestPadding {
  @inline(__always) static var isZeros: Bool { false }
  @inline(__always) static var isReflected: Bool { false }
}
private enum Reflected: NearestPadding {
  @inline(__always) static var isZeros: Bool { false }
  @inline(__always) static var isReflected: Bool { true }
}

/// What locatePass does, of points that read one sample.
@inline(__always) func locateNearest<A: PointArithmetic>(
  _ arithmetic: A.Type, points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int,
  _ sampling: UnsafePointer<rsk_sampling>, _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let (isImage, padding) = (sampling.pointee.dimensions == 2, sampling.pointee.padding_mode)
  if isImage && padding == RSK_PADDING_ZEROS {
    locateNearest(A.self, Image.self, Zeros.self, points: points, count: count, sampling, taps)
  } else if isImage && padding == RSK_PADDING_BORDER {
    locateNearest(A.self, Image.self, Unreflected.self, points: points, count: count, sampling, taps)
  } else if isImage {
    locateNearest(A.self, Image.self, Reflected.self, points: points, count: count, sampling, taps)
  } else if padding != RSK_PADDING_REFLECTION {
    locateNearest(A.self, Volume.self, Unreflected.self, points: points, count: count, sampling, taps)
  } else {
    locateByAxis(A.self, points: points, count: count, sampling, taps)
  }
}

/// An axis, as finding the nearest samples wants it.
private struct NearestAxis<A: PointArithmetic, P: NearestPadding> where A.Scalar: BinaryFloatingPoint {
  private let isAligned: Bool
  private let hasBorder: Bool
  private let span: A.Vector
  private let scale: A.Vector
  private let shift: A.Vector
  private let lastPosition: A.Vector
  private let length: Int32
  private let stride: A.Indices

  @inline(__always) init(_ axis: rsk_sampling_axis, isAligned: Bool, hasBorder: Bool) {
    (self.isAligned, self.hasBorder) = (isAligned, hasBorder)
    span = A.splat(A.scalar(isAligned ? axis.length &- 1 : axis.length))
    scale = A.product(span, A.splat(0.5))
    shift = A.splat(isAligned ? -0.0 : -0.5)
    lastPosition = A.splat(A.scalar(axis.length &- 1))
    length = Int32(truncatingIfNeeded: axis.length)
    stride = A.repeated(Int32(truncatingIfNeeded: axis.stride))
  }

  /// The nearest samples; beyond the axis where there is none.
  @inline(__always) func indices(_ coordinates: A.Vector, isImage: Bool) -> A.Indices {
    // Without a branch where a multiply-add rounds once: nothing changes when -0 is added.
    var position =
      isImage && Abilities.fusesMultiplyAdd
      ? A.fused(shift, A.sum(coordinates, A.splat(1)), scale)
      : positions(A.self, of: coordinates, span: span, scale: scale, isImage: isImage, isAligned: isAligned)
    // What an Int32 does not hold, NaN included, becomes an index that is not there.
    if !hasBorder { return A.nearestIndices(position) }
    if P.isReflected { position = reflectInImage(A.self, position, span, isAligned: isAligned) }
    // A float does not hold the last sample of 2^24 and more.
    return A.atMost(
      length &- 1, A.nearestIndices(bounded(A.self, position, from: A.zero, to: lastPosition, isImage: isImage)))
  }

  @inline(__always) func isThere(_ indices: A.Indices) -> A.Indices { A.isWithin(indices, length) }

  @inline(__always) func offsets(_ indices: A.Indices) -> A.Indices { A.product(indices, stride) }
}

/// Writes the nearest sample of each point, and a weight of 1; whether all of a vector are there is what it notes as their taps
/// side by side.
@inline(never) @_optimize(size) private func locateNearest<A: PointArithmetic, D: Dimensions, P: NearestPadding>(
  _ arithmetic: A.Type, _ dimensions: D.Type, _ padding: P.Type,
  points: UnsafePointer<UnsafeMutableRawPointer?>, count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  let isVolume = D.isVolume
  let mayBeOutside = isVolume || P.isZeros
  let hasBorder = isVolume ? sampling.pointee.padding_mode != RSK_PADDING_ZEROS : !P.isZeros
  @inline(__always) func axis(_ axis: rsk_sampling_axis) -> NearestAxis<A, P> {
    NearestAxis(axis, isAligned: sampling.pointee.align_corners, hasBorder: hasBorder)
  }
  let (x, y) = (axis(sampling.pointee.axes.0), axis(sampling.pointee.axes.1))
  let z = isVolume ? axis(sampling.pointee.axes.2) : y
  @inline(__always) func coordinates(_ dimension: Int) -> UnsafePointer<A.Scalar> {
    UnsafePointer(points[dimension]!.assumingMemoryBound(to: A.Scalar.self))
  }
  let arePairs = !isVolume && points[1] == nil
  let rowX = coordinates(0)
  let rowY = arePairs ? rowX : coordinates(1)
  let rowZ = isVolume ? coordinates(2) : rowY
  let (one, outside) = (A.splat(1), A.repeated(rsk_point_taps.outside))
  let (offsets, adjacent) = (taps.pointee.offsets!, taps.pointee.adjacent!)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let scratch = taps.pointee.scratch!.assumingMemoryBound(to: A.Scalar.self)
  var (pairs, point, end) = (rowX, 0, arePairs ? count & (0 &- A.width) : count)
  while true {
    while point < end {
      @inline(__always) func vector(_ scalars: UnsafePointer<A.Scalar>) -> A.Vector { load(scalars, as: A.Vector.self) }
      var (vectorX, vectorY) = (A.zero, A.zero)
      if arePairs {
        (vectorX, vectorY) = A.everySecond(vector(pairs + 2 &* point), vector(pairs + (2 &* point &+ A.width)))
        (vectorX, vectorY) = (A.inOrder(vectorX), A.inOrder(vectorY))
      } else {
        (vectorX, vectorY) = (vector(rowX + point), vector(rowY + point))
      }
      let (indexX, indexY) = (x.indices(vectorX, isImage: !isVolume), y.indices(vectorY, isImage: !isVolume))
      var offset = A.sum(x.offsets(indexX), y.offsets(indexY))
      var isThere = A.both(x.isThere(indexX), y.isThere(indexY))
      if isVolume {
        let indexZ = z.indices(vector(rowZ + point), isImage: false)
        offset = A.sum(offset, z.offsets(indexZ))
        isThere = A.both(isThere, z.isThere(indexZ))
      }
      if mayBeOutside { offset = A.select(isThere, offset, outside) }
      store(offset, at: offsets + point)
      store(one, at: weights + point)
      adjacent[point] = !mayBeOutside || A.all(isThere) ? 1 : 0
      point &+= A.width
    }
    if point >= count { break }
    // The last pairs do not fill a vector, and none after them may be read.
    memset(scratch, 0, 2 &* MemoryLayout<A.Vector>.size)
    memcpy(scratch, pairs + 2 &* point, 2 &* (count &- point) &* MemoryLayout<A.Scalar>.size)
    (pairs, end) = (UnsafePointer(scratch) - 2 &* point, count)
  }
}

/// row[x] = the sample that point x reads, or 0. No product: it would make another NaN of some.
@inline(never) func sampleNearest<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, count: Int,
  _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let (offsets, adjacent) = (taps.pointee.offsets!, taps.pointee.adjacent!)
  let scratch = taps.pointee.scratch!
  let size = MemoryLayout<A.Scalar>.size
  @inline(__always) func samples(_ point: Int) -> A.Vector {
    if adjacent[point] != 0 { return S.gather(plane, offsets + point) }
    let all = load(offsets + point, as: A.Indices.self)
    let isOutside = A.isEqual(all, rsk_point_taps.outside)
    if A.all(isOutside) { return A.zero }
    // Any sample will do instead of one that does not exist.
    store(A.select(isOutside, A.repeated(0), all), at: scratch)
    rsi_forget(scratch)
    let samples = S.gather(plane, UnsafePointer(scratch.assumingMemoryBound(to: Int32.self)))
    return A.select(offsets + point, above: rsk_point_taps.outside, samples, A.zero)
  }
  // The last vector, if the row ends in it, is stored in scratch memory first: by the same loop, which is long.
  let whole = count & (0 &- A.width)
  let last = scratch + MemoryLayout<A.Vector>.size
  var (point, end, target) = (0, whole, row)
  while true {
    while point < end {
      store(samples(point), at: target + point &* size)
      point &+= A.width
    }
    if point >= count { break }
    (end, target) = (count, last - point &* size)
  }
  if whole < count { memcpy(row + whole &* size, last, (count &- whole) &* size) }
}
