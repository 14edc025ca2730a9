import CShims

// MARK: Samples at points

/// row[x] = sum over the taps of point x of weight * sample; taps that are outside read 0.
@inline(__always) func samplePass<S: Samples>(
  _ dtype: S.Type, plane: UnsafeRawPointer, count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let plane = plane.assumingMemoryBound(to: S.Stored.self)
  if taps.pointee.count == 1 { return sampleNearest(S.self, plane, taps, count: count, row) }
  let adjacent = taps.pointee.adjacent!
  // Where halves are converted one by one, nothing is gained.
  let loadsTogether = MemoryLayout<S.Stored>.size > 2 || Abilities.convertsHalves
  let vectors = (count &+ A.width &- 1) / A.width
  let rest = vectors &* A.width &- count
  var vector = 0
  while vector < vectors {
    // Vectors that are alike; the last one is not, if it is stored in part.
    let kind = adjacent[vector &* A.width]
    var end = Int(adjacent[vector &* A.width &+ 1])
    if rest > 0 && end == vectors && end > vector &+ 1 { end &-= 1 }
    let isPart = end == vectors && rest > 0
    let scratch = taps.pointee.scratch! + MemoryLayout<A.Vector>.size
    let target = isPart ? scratch : row + vector &* MemoryLayout<A.Vector>.size
    if kind == 0 {
      sampleInside(S.self, plane, taps, from: vector, to: end, target)
    } else if kind == 1 || !loadsTogether {
      sampleEach(S.self, plane, taps, from: vector, to: end, target)
    } else if kind == 2 {
      sampleTwos(S.self, plane, taps, from: vector, to: end, target)
    } else {
      sampleFours(S.self, plane, taps, from: vector, to: end, target)
    }
    if isPart {
      var sample = 0
      let from = scratch.assumingMemoryBound(to: A.Scalar.self)
      let to = (row + vector &* MemoryLayout<A.Vector>.size).assumingMemoryBound(to: A.Scalar.self)
      while sample < A.width &- rest {
        to[sample] = from[sample]
        sample &+= 1
      }
    }
    vector = end
  }
}

// Functions of their own for what fits into registers. What is added to a negative zero stays what it is.

/// Points all of whose taps are inside.
@inline(never) private func sampleEach<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, from start: Int,
  to end: Int, _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let count = taps.pointee.count
  var (vector, row) = (start, row)
  var offsets = taps.pointee.offsets! + start &* count &* A.width
  var weights = taps.pointee.weights! + start &* count &* MemoryLayout<A.Vector>.size
  while vector < end {
    var (sums, tap) = (A.splat(-0.0), 0)
    while tap < count {
      sums = A.multiplyAdd(sums, load(weights, as: A.Vector.self), S.gather(plane, offsets))
      offsets += A.width
      weights += MemoryLayout<A.Vector>.size
      tap &+= 1
    }
    store(sums, at: row)
    row += MemoryLayout<A.Vector>.size
    vector &+= 1
  }
}

/// Two rows of two taps each that lie side by side, in each slice.
@inline(never) private func sampleTwos<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, from start: Int,
  to end: Int, _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let count = taps.pointee.count
  let (rowStride, sliceStride) = (taps.pointee.row, taps.pointee.slice)
  var (vector, row) = (start, row)
  var offsets = taps.pointee.offsets! + start &* count &* A.width
  var weights = taps.pointee.weights! + start &* count &* MemoryLayout<A.Vector>.size
  @inline(__always) func weight(_ tap: Int) -> A.Vector {
    load(weights + tap &* MemoryLayout<A.Vector>.size, as: A.Vector.self)
  }
  while vector < end {
    var (sums, tap, slice) = (A.splat(-0.0), 0, plane)
    while tap < count {
      // Or else the offsets would be loaded before the loop, which has no registers for them.
      rsi_forget(offsets)
      let next = rsi_opaque_pointer(slice + rowStride)!.assumingMemoryBound(to: S.Stored.self)
      let ((a, b), (c, d)) = (S.gatherTwo(slice, offsets), S.gatherTwo(next, offsets))
      sums = A.multiplyAdd(sums, weight(0), a)
      sums = A.multiplyAdd(sums, weight(1), b)
      sums = A.multiplyAdd(sums, weight(2), c)
      sums = A.multiplyAdd(sums, weight(3), d)
      weights += 4 &* MemoryLayout<A.Vector>.size
      slice += sliceStride
      tap &+= 4
    }
    offsets += count &* A.width
    store(sums, at: row)
    row += MemoryLayout<A.Vector>.size
    vector &+= 1
  }
}

/// Rows of four taps each that lie side by side.
@inline(never) private func sampleFours<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, from start: Int,
  to end: Int, _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let count = taps.pointee.count
  var (vector, row) = (start, row)
  var offsets = taps.pointee.offsets! + start &* count &* A.width
  var weights = taps.pointee.weights! + start &* count &* MemoryLayout<A.Vector>.size
  @inline(__always) func weight(_ tap: Int) -> A.Vector {
    load(weights + tap &* MemoryLayout<A.Vector>.size, as: A.Vector.self)
  }
  while vector < end {
    var (sums, tap) = (A.splat(-0.0), 0)
    while tap < count {
      let (a, b, c, d) = S.gatherFour(plane, offsets)
      sums = A.multiplyAdd(sums, weight(0), a)
      sums = A.multiplyAdd(sums, weight(1), b)
      sums = A.multiplyAdd(sums, weight(2), c)
      sums = A.multiplyAdd(sums, weight(3), d)
      offsets += 4 &* A.width
      weights += 4 &* MemoryLayout<A.Vector>.size
      tap &+= 4
    }
    store(sums, at: row)
    row += MemoryLayout<A.Vector>.size
    vector &+= 1
  }
}

/// Points some of whose taps are outside.
@inline(never) private func sampleInside<S: Samples>(
  _ dtype: S.Type, _ plane: UnsafePointer<S.Stored>, _ taps: UnsafePointer<rsk_point_taps>, from start: Int,
  to end: Int, _ row: UnsafeMutableRawPointer
) where S.A: PointArithmetic, S.Row: BinaryFloatingPoint {
  typealias A = S.A
  let (count, scratch) = (taps.pointee.count, taps.pointee.scratch!)
  var (vector, row) = (start, row)
  var offsets = taps.pointee.offsets! + start &* count &* A.width
  var weights = taps.pointee.weights! + start &* count &* MemoryLayout<A.Vector>.size
  while vector < end {
    var (sums, tap) = (A.splat(-0.0), 0)
    while tap < count {
      let all = load(offsets, as: A.Indices.self)
      let isOutside = A.isEqual(all, rsk_point_taps.outside)
      var samples = A.zero
      if !A.all(isOutside) {
        // Any sample will do instead of one that does not exist.
        store(A.select(isOutside, A.repeated(0), all), at: scratch)
        rsi_forget(scratch)
        samples = S.gather(plane, UnsafePointer(scratch.assumingMemoryBound(to: Int32.self)))
        samples = A.select(offsets, above: rsk_point_taps.outside, samples, A.zero)
      }
      sums = A.multiplyAdd(sums, load(weights, as: A.Vector.self), samples)
      offsets += A.width
      weights += MemoryLayout<A.Vector>.size
      tap &+= 1
    }
    store(sums, at: row)
    row += MemoryLayout<A.Vector>.size
    vector &+= 1
  }
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
    let place = point & (A.width &- 1)
    let firstEntry = (point &- place) &* tapCount &+ place
    var channel = 0
    while channel < channels {
      @inline(__always) func samples(_ entry: Int) -> (A.Vector, A.Vector) {
        let offset = offsets[entry]
        if offset == rsk_point_taps.outside { return (A.zero, A.zero) }
        let sample = pixels + (Int(offset) &* channels &+ channel)
        return (S.load(sample), vectors > 1 ? S.load(sample + A.width) : A.zero)
      }
      var (a, b) = samples(firstEntry)
      // Nearest samples stay what they are: a product would make another NaN of some.
      if tapCount > 1 {
        let weight = A.splat(weights[firstEntry])
        (a, b) = (A.product(weight, a), vectors > 1 ? A.product(weight, b) : A.zero)
      }
      var tap = 1
      while tap < tapCount {
        let entry = firstEntry &+ tap &* A.width
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
/// Pixels have `channels` samples; points were located `pointsOfVector` at a time.
@inline(__always) func spreadPass<A: TotalSummation>(
  _ arithmetic: A.Type, channels: Int, pointsOfVector: Int, points: UnsafeRawPointer, count: Int,
  _ taps: UnsafePointer<rsk_point_taps>, _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  let points = points.assumingMemoryBound(to: A.Scalar.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (offsets, adjacent, tapCount) = (taps.pointee.offsets!, taps.pointee.adjacent!, taps.pointee.count)
  let pixelGradients = gradients.pointee.pixel_gradients?.assumingMemoryBound(to: A.Scalar.self)
  let pixels = gradients.pointee.pixels?.assumingMemoryBound(to: A.Scalar.self)
  let slopes = taps.pointee.slopes
  let x = slopes.0?.assumingMemoryBound(to: A.Scalar.self)
  let y = slopes.1?.assumingMemoryBound(to: A.Scalar.self)
  let z = slopes.2?.assumingMemoryBound(to: A.Scalar.self)
  let isVolume = gradients.pointee.dimensions > 2
  var point = 0
  while point < count {
    var (sumX, sumY, sumZ) = (A.zero, A.zero, A.zero)
    let place = point & (pointsOfVector &- 1)
    let firstEntry = (point &- place) &* tapCount &+ place
    var channel = 0
    while channel < channels {
      let gradient = load(points + (point &* channels &+ channel), as: A.Vector.self)
      var (alongX, alongY, alongZ) = (A.zero, A.zero, A.zero)
      @inline(__always) func spread(_ entry: Int, _ offset: Int, to pixelGradients: UnsafeMutablePointer<A.Scalar>) {
        let sum = A.multiplyAdd(
          load(pixelGradients + offset, as: A.Vector.self), A.splat(weights[entry]), gradient)
        store(sum, at: pixelGradients + offset)
      }
      @inline(__always) func derive(_ entry: Int, _ offset: Int, from pixels: UnsafePointer<A.Scalar>) {
        let samples = load(pixels + offset, as: A.Vector.self)
        alongX = A.multiplyAdd(alongX, A.splat(x![entry]), samples)
        alongY = A.multiplyAdd(alongY, A.splat(y![entry]), samples)
      }
      var tap = 0
      if let pixelGradients, let pixels, !isVolume && adjacent[point &- place] > 1 {
        // Two pixels side by side at a time.
        while tap < tapCount {
          let entry = firstEntry &+ tap &* pointsOfVector
          let offset = Int(offsets[entry]) &* channels &+ channel
          spread(entry, offset, to: pixelGradients)
          derive(entry, offset, from: pixels)
          spread(entry &+ pointsOfVector, offset &+ channels, to: pixelGradients)
          derive(entry &+ pointsOfVector, offset &+ channels, from: pixels)
          tap &+= 2
        }
      }
      while tap < tapCount {
        let entry = firstEntry &+ tap &* pointsOfVector
        tap &+= 1
        if offsets[entry] == rsk_point_taps.outside { continue }
        let offset = Int(offsets[entry]) &* channels &+ channel
        if let pixelGradients { spread(entry, offset, to: pixelGradients) }
        if let pixels {
          derive(entry, offset, from: pixels)
          if isVolume {
            alongZ = A.multiplyAdd(alongZ, A.splat(z![entry]), load(pixels + offset, as: A.Vector.self))
          }
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
