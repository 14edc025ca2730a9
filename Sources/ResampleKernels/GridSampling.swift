import CShims

// MARK: Where points are

/// Writes the taps of each point: an offset, a weight, and whether it lies inside.
///
/// The roundings are PyTorch's: for two axes those of its vectors, which fuse the product and the sum, for three those of
/// its scalar code.
@inline(__always) func locatePass<A: Arithmetic>(
  _ arithmetic: A.Type, _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int,
  _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) where A.Scalar: BinaryFloatingPoint {
  if sampling.pointee.taps == 1 {
    locate(A.self, NearestTap.self, points, count, sampling.pointee, taps)
  } else if sampling.pointee.taps == 2 {
    locate(A.self, LinearTaps.self, points, count, sampling.pointee, taps)
  } else {
    locate(A.self, CubicTaps.self, points, count, sampling.pointee, taps)
  }
}

/// The taps of a point along an axis. Types, as in Horizontal.
private protocol PointTaps {
  static var taps: Int { get }
}
private enum NearestTap: PointTaps { @inline(__always) static var taps: Int { 1 } }
private enum LinearTaps: PointTaps { @inline(__always) static var taps: Int { 2 } }
private enum CubicTaps: PointTaps { @inline(__always) static var taps: Int { 4 } }

@inline(__always) private func locate<A: Arithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ tapsOfAxis: T.Type, _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int,
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
    // Coordinates become positions, and these what lies behind the first tap.
    let fractions = points[dimension]!.assumingMemoryBound(to: A.Scalar.self)
    var point = 0
    while point < count {
      fractions[point] = unbounded(A.self, fractions[point], sampling, axis)
      point &+= 1
    }
    if sampling.padding_mode == RSK_PADDING_REFLECTION && (T.taps == 4 || sampling.dimensions == 3) {
      bringNear(fractions, count, sampling, A.scalar(axis.length), isCubic: T.taps == 4)
    }
    if isDerived { findSlopes(A.self, T.self, fractions, count, sampling, axis, taps.pointee.slopes!) }
    let slopes = taps.pointee.slopes?.assumingMemoryBound(to: A.Scalar.self)
    point = 0
    while point < count {
      let position = bounded(A.self, T.self, fractions[point], sampling, axis)
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
  let end = (count &+ Int(RSK_LANES) &- 1) & -Int(RSK_LANES)
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
    // What vectors read behind the last point.
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

/// Replaces positions so far outside that the arithmetic of the reflection would not be PyTorch's by those inside that read
/// the same samples.
@inline(never) @_optimize(size) private func bringNear<R: BinaryFloatingPoint>(
  _ positions: UnsafeMutablePointer<R>, _ count: Int, _ sampling: rsk_sampling, _ length: R, isCubic: Bool
) {
  let low: R = sampling.align_corners ? 0 : -0.5
  let span = sampling.align_corners ? length - 1 : length
  // From here on every number is a whole one.
  let whole = 1 / R.ulpOfOne
  // Farther out a cubic would not find its taps in integers, nor PyTorch the number of reflections in an int.
  let limit: R = isCubic ? 0x1p28 : 0x1p31
  let near = limit < whole / 2 ? limit : whole / 2
  if span <= 0 { return }
  var point = 0
  while point < count {
    let place = positions[point]
    let distance = (place - low).magnitude
    if distance >= near && distance < R.infinity {
      if sampling.dimensions == 2 && distance >= whole {
        // The only tap of a cubic that counts; the index is made of a Float by cutting, of a Double by rounding.
        let place = reflected(place, sampling, length)
        let index = MemoryLayout<R>.size == 8 ? place.rounded(.toNearestOrEven) : place.rounded(.towardZero)
        let inside = index > 0 ? index : 0
        positions[point] = inside < length - 1 ? inside : length - 1
      } else {
        let folded: R
        if isCubic {
          folded = distance.truncatingRemainder(dividingBy: 2 * span)
        } else {
          // From 2^31 on, on x86, that int is even.
          let flips = (distance / span).rounded(.down)
          let isTurned = flips < 0x1p31 && (flips / 2).rounded(.down) * 2 != flips
          folded = distance.truncatingRemainder(dividingBy: span) + (isTurned ? span : 0)
        }
        positions[point] = place < low ? low - folded : low + folded
      }
    }
    point &+= 1
  }
}

/// The derivatives of positions for their coordinates: 0 from the edge on, where the rule for what lies outside has one.
@inline(__always) private func findSlopes<A: Arithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ positions: UnsafePointer<A.Scalar>, _ count: Int, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis, _ slopes: UnsafeMutableRawPointer
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
@inline(__always) private func unbounded<A: Arithmetic>(
  _ arithmetic: A.Type, _ coordinate: A.Scalar, _ sampling: rsk_sampling, _ axis: rsk_sampling_axis
) -> A.Scalar where A.Scalar: BinaryFloatingPoint {
  let length = A.scalar(axis.length)
  let isPlane = sampling.dimensions == 2
  if sampling.align_corners {
    return isPlane ? (coordinate + 1) * ((length - 1) / 2) : (coordinate + 1) / 2 * (length - 1)
  }
  return isPlane ? (-0.5 as A.Scalar).addingProduct(coordinate + 1, length / 2) : ((coordinate + 1) * length - 1) / 2
}

/// A position behind the rule for what lies outside.
@inline(__always) private func bounded<A: Arithmetic, T: PointTaps>(
  _ arithmetic: A.Type, _ taps: T.Type, _ position: A.Scalar, _ sampling: rsk_sampling,
  _ axis: rsk_sampling_axis
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

/// A position reflected about the centres, or the edges, of the outer samples.
@inline(__always) private func reflected<R: BinaryFloatingPoint>(
  _ position: R, _ sampling: rsk_sampling, _ length: R
) -> R {
  let low: R = sampling.align_corners ? 0 : -0.5
  let span = sampling.align_corners ? length - 1 : length
  if span <= 0 { return 0 }
  let distance = (position - low).magnitude
  if sampling.dimensions == 2 {
    let extra = withinPeriod(distance, span)
    return (extra < 2 * span - extra ? extra : 2 * span - extra) + low
  }
  let flips = (distance / span).rounded(.down)
  // Less than 0 where the quotient was rounded up.
  let rest = distance - flips * span
  let extra = rest < 0 ? rest + span : rest
  return (flips / 2).rounded(.down) * 2 == flips ? extra + low : span - extra + low
}

/// A distance less the whole periods of a reflection in it, as PyTorch computes it for images.
@inline(__always) private func withinPeriod<R: BinaryFloatingPoint>(_ distance: R, _ span: R) -> R {
  let periods = (distance / (2 * span)).rounded(.towardZero)
  return distance.addingProduct(-periods, 2 * span)
}

/// The index of the first tap, within reach of the axis, and where the position lies behind the sample that it is after.
@inline(__always) private func lowestTap<A: Arithmetic, T: PointTaps>(
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

/// An index reflected about the centres, or the edges, of the first and the last sample.
@inline(__always) private func reflected(_ index: Int32, _ last: Int32, isAligned: Bool) -> Int32 {
  if last == 0 { return 0 }
  // About the edges -1 mirrors 0, and every sample is there twice in a period.
  let mirrored = index >= 0 ? index : isAligned ? 0 &- index : -1 &- index
  let period = Int64(last) &* 2 &+ (isAligned ? 0 : 2)
  let extra = Int64(mirrored) % period
  return Int32(truncatingIfNeeded: min(extra, period &- (isAligned ? 0 : 1) &- extra))
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

// MARK: Samples at points

#if RESAMPLE_BASELINE
  typealias SampledSamples = ComputedSamples
#else
  typealias SampledSamples = Samples
#endif

/// row[x] = sum over the taps of point x of weight * sample; taps that are not inside read 0.
@inline(__always) func samplePass<S: SampledSamples, O: Samples>(
  _ dtype: S.Type, _ rowDtype: O.Type, _ plane: UnsafeRawPointer, _ count: Int, _ tapCount: Int,
  _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) where S.A == O.A, O.Stored == S.Row {
  let plane = plane.assumingMemoryBound(to: S.Stored.self)
  let row = row.assumingMemoryBound(to: S.Row.self)
  let offsets = taps.pointee.offsets!
  let inside = taps.pointee.inside!
  let weights = taps.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  let stride = taps.pointee.stride
  var point = 0
  while point < count {
    #if RESAMPLE_BASELINE
      var sum = S.A.product(weights[point], S.sample(plane, offsets[point], inside[point]))
      var tap = 1
      while tap < tapCount {
        let entry = tap &* stride &+ point
        sum = S.A.multiplyAdd(sum, weights[entry], S.sample(plane, offsets[entry], inside[entry]))
        tap &+= 1
      }
      row[point] = sum
      point &+= 1
    #else
      typealias A = S.A
      @inline(__always) func samples(_ entry: Int) -> A.Vector {
        A.select(inside + entry, above: 0, S.gather(plane, offsets + entry), A.zero)
      }
      var sums = A.product(load(weights + point, as: A.Vector.self), samples(point))
      var tap = 1
      while tap < tapCount {
        let entry = tap &* stride &+ point
        sums = A.multiplyAdd(sums, load(weights + entry, as: A.Vector.self), samples(entry))
        tap &+= 1
      }
      if point &+ A.lanes <= count {
        O.store(sums, at: row + point)
      } else {
        O.storePart(sums, at: row + point, count: count &- point)
      }
      point &+= A.lanes
    #endif
  }
}

/// The same for pixels of RSK_LANES floats, one channel each: all of them at once. Row i of the result has those of point i.
@inline(__always) func samplePixelsPass(
  _ pixels: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ rows: UnsafeMutableRawPointer
) {
  typealias S = Float32Samples
  typealias A = Float32Arithmetic
  let pixels = pixels.assumingMemoryBound(to: Float.self)
  let rows = rows.assumingMemoryBound(to: Float.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: Float.self)
  let channels = Int(RSK_LANES)
  var point = 0
  while point < count {
    var lane = 0
    while lane < channels {
      @inline(__always) func samples(_ entry: Int) -> A.Vector {
        taps.pointee.inside![entry] != 0
          ? S.load(pixels + (Int(taps.pointee.offsets![entry]) &* channels &+ lane)) : A.zero
      }
      let sums = weightedRows(A.self, weights + point, taps.pointee.stride, tapCount) {
        samples($0 &* taps.pointee.stride &+ point)
      }
      S.store(sums, at: rows + (point &* channels &+ lane))
      lane &+= A.lanes
    }
    point &+= 1
  }
}

// MARK: Gradients of points

/// Adds the gradients of points to those of the pixels that they read, and finds how they change with the coordinates.
@inline(__always) func spreadPass<S: Samples>(
  _ dtype: S.Type, _ points: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) where S.Stored == S.Row {
  typealias A = S.A
  let points = points.assumingMemoryBound(to: S.Row.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  let (offsets, inside, stride) = (taps.pointee.offsets!, taps.pointee.inside!, taps.pointee.stride)
  let spread = gradients.pointee.pixel_gradients?.assumingMemoryBound(to: S.Row.self)
  let pixels = gradients.pointee.pixels?.assumingMemoryBound(to: S.Row.self)
  let slopes = gradients.pointee.slopes
  let x = slopes.0?.assumingMemoryBound(to: S.Row.self)
  let y = slopes.1?.assumingMemoryBound(to: S.Row.self)
  let z = slopes.2?.assumingMemoryBound(to: S.Row.self)
  let isVolume = gradients.pointee.dimensions > 2
  let channels = Int(RSK_LANES)
  var point = 0
  while point < count {
    var (sumX, sumY, sumZ) = (A.zero, A.zero, A.zero)
    var lane = 0
    while lane < channels {
      let gradient = S.load(points + (point &* channels &+ lane))
      var (alongX, alongY, alongZ) = (A.zero, A.zero, A.zero)
      var tap = 0
      while tap < tapCount {
        let entry = tap &* stride &+ point
        tap &+= 1
        if inside[entry] == 0 { continue }
        let offset = Int(offsets[entry]) &* channels &+ lane
        if let spread {
          let sum = A.multiplyAdd(S.load(spread + offset), A.splat(weights[entry]), gradient)
          S.store(sum, at: spread + offset)
        }
        if let pixels {
          let samples = S.load(pixels + offset)
          alongX = A.multiplyAdd(alongX, A.splat(x![entry]), samples)
          alongY = A.multiplyAdd(alongY, A.splat(y![entry]), samples)
          if isVolume { alongZ = A.multiplyAdd(alongZ, A.splat(z![entry]), samples) }
        }
      }
      sumX = A.multiplyAdd(sumX, alongX, gradient)
      sumY = A.multiplyAdd(sumY, alongY, gradient)
      sumZ = A.multiplyAdd(sumZ, alongZ, gradient)
      lane &+= A.lanes
    }
    if pixels != nil {
      let sums = gradients.pointee.sums
      sums.0!.assumingMemoryBound(to: S.Row.self)[point] = A.total(sumX)
      sums.1!.assumingMemoryBound(to: S.Row.self)[point] = A.total(sumY)
      if isVolume { sums.2!.assumingMemoryBound(to: S.Row.self)[point] = A.total(sumZ) }
    }
    point &+= 1
  }
}
