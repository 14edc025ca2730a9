import CShims

// MARK: Samples at points

/// row[x] = sum over the taps of point x of weight * sample; taps that are not inside read 0.
@inline(__always) func samplePass<S: Samples, O: Samples>(
  _ dtype: S.Type, _ rowDtype: O.Type, plane: UnsafeRawPointer, count: Int, tapCount: Int,
  _ taps: UnsafePointer<rsk_point_taps>, row: UnsafeMutableRawPointer
) where S.A == O.A, O.Stored == S.Row {
  typealias A = S.A
  let plane = plane.assumingMemoryBound(to: S.Stored.self)
  let row = row.assumingMemoryBound(to: S.Row.self)
  let offsets = taps.pointee.offsets!
  let inside = taps.pointee.inside!
  let weights = taps.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  let stride = taps.pointee.stride
  var point = 0
  if !O.hasPartialAccess {
    while point < count {
      var sum = A.product(weights[point], S.sample(plane, offsets[point], inside[point]))
      var tap = 1
      while tap < tapCount {
        let entry = tap &* stride &+ point
        sum = A.multiplyAdd(sum, weights[entry], S.sample(plane, offsets[entry], inside[entry]))
        tap &+= 1
      }
      row[point] = sum
      point &+= 1
    }
    return
  }
  while point < count {
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
    if point &+ A.width <= count {
      O.store(sums, at: row + point)
    } else {
      O.storePart(sums, at: row + point, count: count &- point)
    }
    point &+= A.width
  }
}

/// The same for pixels of RSK_WIDEST_VECTOR floats, one channel each: all of them at once. Row i of the result has those of
/// point i.
@inline(__always) func samplePixelsPass(
  pixels: UnsafeRawPointer, count: Int, tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  rows: UnsafeMutableRawPointer
) {
  typealias S = Float32Samples
  typealias A = Float32Arithmetic
  let pixels = pixels.assumingMemoryBound(to: Float.self)
  let rows = rows.assumingMemoryBound(to: Float.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: Float.self)
  let channels = Int(RSK_WIDEST_VECTOR)
  let (offsets, inside, stride) = (taps.pointee.offsets!, taps.pointee.inside!, taps.pointee.stride)
  // Two vectors of a pixel at a time: what a tap is costs as much as its products.
  let vectors = A.width < channels ? 2 : 1
  var point = 0
  while point < count {
    var channel = 0
    while channel < channels {
      @inline(__always) func samples(_ entry: Int) -> (A.Vector, A.Vector) {
        if inside[entry] == 0 { return (A.zero, A.zero) }
        let sample = pixels + (Int(offsets[entry]) &* channels &+ channel)
        return (S.load(sample), vectors > 1 ? S.load(sample + A.width) : A.zero)
      }
      let (first, weight) = (samples(point), A.splat(weights[point]))
      var (a, b) = (A.product(weight, first.0), vectors > 1 ? A.product(weight, first.1) : A.zero)
      var tap = 1
      while tap < tapCount {
        let entry = tap &* stride &+ point
        let (next, weight) = (samples(entry), A.splat(weights[entry]))
        a = A.multiplyAdd(a, weight, next.0)
        if vectors > 1 { b = A.multiplyAdd(b, weight, next.1) }
        tap &+= 1
      }
      let row = rows + (point &* channels &+ channel)
      S.store(a, at: row)
      if vectors > 1 { S.store(b, at: row + A.width) }
      channel &+= vectors &* A.width
    }
    point &+= 1
  }
}

// MARK: Gradients of points

/// Adds the gradients of points to those of the pixels that they read, and finds how they change with the coordinates.
/// Pixels have `channels` samples.
@inline(__always) func spreadPass<A: TotalSummation>(
  _ arithmetic: A.Type, channels: Int, points: UnsafeRawPointer, count: Int, tapCount: Int,
  _ taps: UnsafePointer<rsk_point_taps>, _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  let points = points.assumingMemoryBound(to: A.Scalar.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (offsets, inside, stride) = (taps.pointee.offsets!, taps.pointee.inside!, taps.pointee.stride)
  let spread = gradients.pointee.pixel_gradients?.assumingMemoryBound(to: A.Scalar.self)
  let pixels = gradients.pointee.pixels?.assumingMemoryBound(to: A.Scalar.self)
  let slopes = gradients.pointee.slopes
  let x = slopes.0?.assumingMemoryBound(to: A.Scalar.self)
  let y = slopes.1?.assumingMemoryBound(to: A.Scalar.self)
  let z = slopes.2?.assumingMemoryBound(to: A.Scalar.self)
  let isVolume = gradients.pointee.dimensions > 2
  var point = 0
  while point < count {
    var (sumX, sumY, sumZ) = (A.zero, A.zero, A.zero)
    var channel = 0
    while channel < channels {
      let gradient = load(points + (point &* channels &+ channel), as: A.Vector.self)
      var (alongX, alongY, alongZ) = (A.zero, A.zero, A.zero)
      var tap = 0
      while tap < tapCount {
        let entry = tap &* stride &+ point
        tap &+= 1
        if inside[entry] == 0 { continue }
        let offset = Int(offsets[entry]) &* channels &+ channel
        if let spread {
          let sum = A.multiplyAdd(load(spread + offset, as: A.Vector.self), A.splat(weights[entry]), gradient)
          store(sum, at: spread + offset)
        }
        if let pixels {
          let samples = load(pixels + offset, as: A.Vector.self)
          alongX = A.multiplyAdd(alongX, A.splat(x![entry]), samples)
          alongY = A.multiplyAdd(alongY, A.splat(y![entry]), samples)
          if isVolume { alongZ = A.multiplyAdd(alongZ, A.splat(z![entry]), samples) }
        }
      }
      sumX = A.multiplyAdd(sumX, alongX, gradient)
      sumY = A.multiplyAdd(sumY, alongY, gradient)
      sumZ = A.multiplyAdd(sumZ, alongZ, gradient)
      channel &+= A.width
    }
    if pixels != nil {
      let sums = gradients.pointee.sums
      sums.0!.assumingMemoryBound(to: A.Scalar.self)[point] = A.total(sumX)
      sums.1!.assumingMemoryBound(to: A.Scalar.self)[point] = A.total(sumY)
      if isVolume { sums.2!.assumingMemoryBound(to: A.Scalar.self)[point] = A.total(sumZ) }
    }
    point &+= 1
  }
}
