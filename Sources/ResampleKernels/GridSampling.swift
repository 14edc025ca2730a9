import CShims

// MARK: Samples at points

/// row[x] = sum over the taps of point x of weight * sample; taps that are outside read 0.
@inline(__always) func samplePass<S: Samples, O: Samples>(
  _ dtype: S.Type, _ rowDtype: O.Type, plane: UnsafeRawPointer, count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  row: UnsafeMutableRawPointer
) where S.A == O.A, O.Stored == S.Row, S.A: PointArithmetic {
  typealias A = S.A
  let plane = plane.assumingMemoryBound(to: S.Stored.self)
  let row = row.assumingMemoryBound(to: S.Row.self)
  let stride = rsk_point_taps.stride
  let entries = taps.pointee.count &* stride
  var (point, vector) = (0, 0)
  while point < count {
    let first = taps.pointee.entry(point)
    let offsets = taps.pointee.offsets + first
    let weights = taps.pointee.weights!.assumingMemoryBound(to: S.Row.self) + first
    @inline(__always) func weight(_ entry: Int) -> A.Vector { load(weights + entry, as: A.Vector.self) }
    var (sums, entry) = (A.zero, 0)
    let adjacent = taps.pointee.adjacent[vector]
    if adjacent == 4 {
      while entry < entries {
        let (a, b, c, d) = S.gatherFour(plane, offsets + entry)
        sums = entry == 0 ? A.product(weight(0), a) : A.multiplyAdd(sums, weight(entry), a)
        sums = A.multiplyAdd(sums, weight(entry &+ stride), b)
        sums = A.multiplyAdd(sums, weight(entry &+ 2 &* stride), c)
        sums = A.multiplyAdd(sums, weight(entry &+ 3 &* stride), d)
        entry &+= 4 &* stride
      }
    } else if adjacent == 2 {
      while entry < entries {
        let (a, b) = S.gatherTwo(plane, offsets + entry)
        sums = entry == 0 ? A.product(weight(0), a) : A.multiplyAdd(sums, weight(entry), a)
        sums = A.multiplyAdd(sums, weight(entry &+ stride), b)
        entry &+= 2 &* stride
      }
    } else {
      while entry < entries {
        let samples = adjacent == 1 ? S.gather(plane, offsets + entry) : gatherInside(S.self, plane, offsets + entry)
        sums = entry == 0 ? A.product(weight(0), samples) : A.multiplyAdd(sums, weight(entry), samples)
        entry &+= stride
      }
    }
    if point &+ A.width <= count {
      O.store(sums, at: row + point)
    } else {
      O.store(sums, 0..<count &- point, at: row + point)
    }
    point &+= A.width
    vector &+= 1
  }
}

/// The samples at some offsets; 0 for those that are outside.
@inline(__always) private func gatherInside<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ offsets: UnsafePointer<Int32>
) -> S.A.Vector where S.A: PointArithmetic {
  let all = load(offsets, as: S.A.Indices.self)
  // Any sample will do instead.
  var inside = S.A.select(S.A.isEqual(all, rsk_point_taps.outside), S.A.repeated(0), all)
  let samples = withUnsafeMutableBytes(of: &inside) {
    let start = $0.baseAddress!
    rsi_forget(start)
    return S.gather(plane, UnsafePointer(start.assumingMemoryBound(to: Int32.self)))
  }
  return S.A.select(offsets, above: rsk_point_taps.outside, samples, S.A.zero)
}

/// The same for pixels of RSK_WIDEST_VECTOR floats, one channel each: all of them at once. Row i of the result has those of
/// point i.
@inline(__always) func samplePixelsPass(
  pixels: UnsafeRawPointer, count: Int, _ taps: UnsafePointer<rsk_point_taps>, rows: UnsafeMutableRawPointer
) {
  typealias S = Float32Samples
  typealias A = Float32Arithmetic
  let pixels = pixels.assumingMemoryBound(to: Float.self)
  let rows = rows.assumingMemoryBound(to: Float.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: Float.self)
  let channels = Int(RSK_WIDEST_VECTOR)
  let (offsets, tapCount) = (taps.pointee.offsets!, taps.pointee.count)
  // Two vectors of a pixel at a time: what a tap is costs as much as its products.
  let vectors = A.width < channels ? 2 : 1
  var point = 0
  while point < count {
    let firstEntry = taps.pointee.entry(point)
    var channel = 0
    while channel < channels {
      @inline(__always) func samples(_ entry: Int) -> (A.Vector, A.Vector) {
        let offset = offsets[entry]
        if offset == rsk_point_taps.outside { return (A.zero, A.zero) }
        let sample = pixels + (Int(offset) &* channels &+ channel)
        return (S.load(sample), vectors > 1 ? S.load(sample + A.width) : A.zero)
      }
      let (first, weight) = (samples(firstEntry), A.splat(weights[firstEntry]))
      var (a, b) = (A.product(weight, first.0), vectors > 1 ? A.product(weight, first.1) : A.zero)
      var tap = 1
      while tap < tapCount {
        let entry = firstEntry &+ tap &* rsk_point_taps.stride
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
  _ arithmetic: A.Type, channels: Int, points: UnsafeRawPointer, count: Int,
  _ taps: UnsafePointer<rsk_point_taps>, _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  let points = points.assumingMemoryBound(to: A.Scalar.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (offsets, tapCount) = (taps.pointee.offsets!, taps.pointee.count)
  let spread = gradients.pointee.pixel_gradients?.assumingMemoryBound(to: A.Scalar.self)
  let pixels = gradients.pointee.pixels?.assumingMemoryBound(to: A.Scalar.self)
  let slopes = taps.pointee.slopes
  let x = slopes.0?.assumingMemoryBound(to: A.Scalar.self)
  let y = slopes.1?.assumingMemoryBound(to: A.Scalar.self)
  let z = slopes.2?.assumingMemoryBound(to: A.Scalar.self)
  let isVolume = gradients.pointee.dimensions > 2
  var point = 0
  while point < count {
    var (sumX, sumY, sumZ) = (A.zero, A.zero, A.zero)
    let firstEntry = taps.pointee.entry(point)
    var channel = 0
    while channel < channels {
      let gradient = load(points + (point &* channels &+ channel), as: A.Vector.self)
      var (alongX, alongY, alongZ) = (A.zero, A.zero, A.zero)
      var tap = 0
      while tap < tapCount {
        let entry = firstEntry &+ tap &* rsk_point_taps.stride
        tap &+= 1
        if offsets[entry] == rsk_point_taps.outside { continue }
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
