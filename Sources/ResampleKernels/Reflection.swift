import CShims

// What lies outside, where samples are reflected: about the centres of the outer samples, or about their edges.

/// Replaces positions so far outside that the arithmetic of the reflection would not be PyTorch's by those inside that
/// read the same samples.
@inline(never) @_optimize(size) func bringNear<R: BinaryFloatingPoint>(
  _ positions: UnsafeMutablePointer<R>, count: Int, _ sampling: rsk_sampling, length: R, isCubic: Bool
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
    // The compiler would make vectors of it, four times as long.
    rsi_forget(positions)
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

/// A position reflected about the centres, or the edges, of the outer samples.
@inline(__always) func reflected<R: BinaryFloatingPoint>(
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

/// A distance without the whole periods of a reflection in it, as PyTorch computes it for images.
@inline(__always) func withinPeriod<R: BinaryFloatingPoint>(_ distance: R, _ span: R) -> R {
  let periods = (distance / (2 * span)).rounded(.towardZero)
  return distance.addingProduct(-periods, 2 * span)
}

/// Positions reflected about the centres, or the edges, of the outer samples, and their derivatives, which change their
/// signs with each reflection. `span` is the distance between these.
@inline(__always) func reflect<A: PointArithmetic>(
  _ arithmetic: A.Type, _ position: A.Vector, _ slope: A.Vector, isImage: Bool, isAligned: Bool, _ span: A.Vector
) -> (A.Vector, A.Vector) where A.Scalar: BinaryFloatingPoint {
  let low = A.splat(isAligned ? 0 : -0.5)
  let distance = A.magnitude(A.difference(position, low))
  let turned = A.product(slope, A.splat(-1))
  let (place, inner): (A.Vector, A.Vector)
  if isImage {
    let period = A.sum(span, span)
    let periods = A.floor(A.quotient(distance, period))
    let extra = A.fused(distance, A.product(periods, A.splat(-1)), period)
    let rest = A.difference(period, extra)
    place = A.select(extra, below: rest, extra, rest)
    inner = A.select(rest, below: extra, turned, slope)
  } else {
    let flips = A.floor(A.quotient(distance, span))
    // Less than 0 where the quotient was rounded up.
    let rest = A.difference(distance, A.product(flips, span))
    let extra = A.select(rest, below: A.zero, A.sum(rest, span), rest)
    let even = A.product(A.floor(A.product(flips, A.splat(0.5))), A.splat(2))
    place = A.select(even, equalTo: flips, extra, A.difference(span, extra))
    inner = A.select(even, equalTo: flips, slope, turned)
  }
  let outer = A.select(position, below: low, A.product(inner, A.splat(-1)), inner)
  // An axis of one sample whose centre is its edge.
  return (A.select(A.zero, below: span, A.sum(place, low), A.zero), outer)
}

@inline(never) func reflectInImage<A: PointArithmetic>(
  _ arithmetic: A.Type, _ position: A.Vector, _ span: A.Vector, isAligned: Bool
) -> A.Vector where A.Scalar: BinaryFloatingPoint {
  reflect(A.self, position, A.zero, isImage: true, isAligned: isAligned, span).0
}

/// Replaces indices by the offsets of samples reflected about the centres, or the edges, of the first and the last one.
@inline(never) @_optimize(size) func reflectIndices(
  _ indices: UnsafeMutablePointer<Int32>, count: Int, last: Int32, _ sampling: rsk_sampling, stride: Int32
) {
  var point = 0
  while point < count {
    rsi_forget(indices)
    indices[point] = reflected(indices[point], last, isAligned: sampling.align_corners) &* stride
    point &+= 1
  }
}

/// An index reflected about the centres, or the edges, of the first and the last sample.
@inline(__always) func reflected(_ index: Int32, _ last: Int32, isAligned: Bool) -> Int32 {
  if last == 0 { return 0 }
  // About the edges -1 mirrors 0, and every sample is there twice in a period.
  let mirrored = index >= 0 ? index : isAligned ? 0 &- index : -1 &- index
  let period = Int64(last) &* 2 &+ (isAligned ? 0 : 2)
  let extra = Int64(mirrored) % period
  return Int32(truncatingIfNeeded: min(extra, period &- (isAligned ? 0 : 1) &- extra))
}
