import CShims

// Width and height at once, for tables of one or two taps. Rows of the input are resampled again for every row of the
// output: of pixels of many samples, which takes less time than to keep what is as wide as the output, and of exact halves,
// where no row of the input is read twice.

/// Whether a row is resampled before rows are combined, or after.
private protocol BilinearOrder {
  static var isHeightFirst: Bool { get }
}
private enum WidthFirst: BilinearOrder { @inline(__always) static var isHeightFirst: Bool { false } }
private enum HeightFirst: BilinearOrder { @inline(__always) static var isHeightFirst: Bool { true } }

/// The roundings are those of one pass after the other.
@inline(__always) func bilinearPass<S: Samples>(
  _ dtype: S.Type, _ sources: UnsafePointer<rsk_source_rows>, height: UnsafePointer<rsk_taps>,
  width: UnsafePointer<rsk_taps>, samplesPerPixel: Int, isHeightFirst: Bool, _ targets: UnsafePointer<rsk_target_rows>
) {
  if samplesPerPixel > 1 {
    pixelPass(
      S.self, sources, height: height, width: width, samplesPerPixel: samplesPerPixel, isHeightFirst: isHeightFirst,
      targets)
  } else {
    halvesPass(S.self, sources, height: height, width: width, targets)
  }
}

@inline(__always) private func pixelPass<S: Samples>(
  _ dtype: S.Type, _ sources: UnsafePointer<rsk_source_rows>, height: UnsafePointer<rsk_taps>,
  width: UnsafePointer<rsk_taps>, samplesPerPixel: Int, isHeightFirst: Bool, _ targets: UnsafePointer<rsk_target_rows>
) {
  let weights = height.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  var index = 0
  while index < targets.pointee.count {
    let row = targets.pointee.first &+ index
    let first = Int(height.pointee.first![row])
    let second = height.pointee.count![row] > 1 ? 1 : 0
    let rowWeights = weights + row &* height.pointee.sample_stride
    let rows = BilinearRows<S>(
      above: sources.pointee.row(first).assumingMemoryBound(to: S.Stored.self),
      below: sources.pointee.row(first &+ second).assumingMemoryBound(to: S.Stored.self),
      aboveWeight: S.A.splat(rowWeights[0]), belowWeight: S.A.splat(rowWeights[second &* height.pointee.tap_stride]),
      isPair: second > 0, width: width, samplesPerPixel: samplesPerPixel,
      destination: targets.pointee.row(index).assumingMemoryBound(to: S.Stored.self))
    if isHeightFirst {
      rows.store(HeightFirst.self)
    } else {
      rows.store(WidthFirst.self)
    }
    index &+= 1
  }
}

/// The rows that a row of the output reads: two of them, or one.
private struct BilinearRows<S: Samples> {
  typealias A = S.A
  let above: UnsafePointer<S.Stored>
  let below: UnsafePointer<S.Stored>
  let aboveWeight: A.Vector
  let belowWeight: A.Vector
  let isPair: Bool
  let width: UnsafePointer<rsk_taps>
  let samplesPerPixel: Int
  let destination: UnsafeMutablePointer<S.Stored>

  @inline(__always) func store<Order: BilinearOrder>(_ order: Order.Type) {
    let weights = width.pointee.weights!.assumingMemoryBound(to: S.Row.self)
    let (first, count, length) = (width.pointee.first!, width.pointee.count!, width.pointee.length)
    var x = 0
    while x < length {
      let offset = Int(first[x]) &* samplesPerPixel
      let next = count[x] > 1 ? samplesPerPixel : 0
      let left = A.splat(weights[x])
      let right = A.splat(weights[x &+ (count[x] > 1 ? width.pointee.tap_stride : 0)])
      let output = destination + x &* samplesPerPixel
      if isPair && count[x] > 1 {
        forEachVector(output) { place, samples in
          let (a, b) = (samples(above + (offset &+ place)), samples(above + (offset &+ next &+ place)))
          let (c, d) = (samples(below + (offset &+ place)), samples(below + (offset &+ next &+ place)))
          if Order.isHeightFirst {
            let before = A.multiplyAdd(A.product(aboveWeight, a), belowWeight, c)
            let after = A.multiplyAdd(A.product(aboveWeight, b), belowWeight, d)
            return A.multiplyAdd(A.product(left, before), right, after)
          }
          let top = A.multiplyAdd(A.product(left, a), right, b)
          let bottom = A.multiplyAdd(A.product(left, c), right, d)
          return A.multiplyAdd(A.product(aboveWeight, top), belowWeight, bottom)
        }
      } else {
        forEachVector(output) { place, samples in
          // One of two pixels, or of two rows, is not there.
          let other = isPair ? below : above
          let (a, b) = (samples(above + (offset &+ place)), samples(other + (offset &+ next &+ place)))
          if isPair {
            let (top, bottom) = (A.product(left, a), A.product(left, b))
            return Order.isHeightFirst
              ? A.product(left, A.multiplyAdd(A.product(aboveWeight, a), belowWeight, b))
              : A.multiplyAdd(A.product(aboveWeight, top), belowWeight, bottom)
          }
          if next == 0 {
            return Order.isHeightFirst
              ? A.product(left, A.product(aboveWeight, a)) : A.product(aboveWeight, A.product(left, a))
          }
          return Order.isHeightFirst
            ? A.multiplyAdd(A.product(left, A.product(aboveWeight, a)), right, A.product(aboveWeight, b))
            : A.product(aboveWeight, A.multiplyAdd(A.product(left, a), right, b))
        }
      }
      x &+= 1
    }
  }

  /// Stores `sums` of each vector of a pixel; it gets the place of the first sample, and how to load a vector of them.
  @inline(__always) private func forEachVector(
    _ output: UnsafeMutablePointer<S.Stored>,
    _ sums: (_ place: Int, _ samples: (UnsafePointer<S.Stored>) -> A.Vector) -> A.Vector
  ) {
    var place = 0
    while place &+ A.width <= samplesPerPixel {
      S.store(sums(place) { S.load($0) }, at: output + place)
      place &+= A.width
    }
    if place == samplesPerPixel { return }
    if samplesPerPixel >= A.width {
      // The last vector begins among the samples before.
      place = samplesPerPixel &- A.width
      S.store(sums(place) { S.load($0) }, at: output + place)
    } else if S.hasPartialAccess {
      S.storePart(sums(0) { S.loadPart($0, count: samplesPerPixel) }, at: output, count: samplesPerPixel)
    } else {
      while place < samplesPerPixel {
        // One sample in every element.
        output[place] = S.stored(A.first(sums(place) { A.splat(S.row($0[0])) }))
        place &+= 1
      }
    }
  }
}

/// Rows of which every two samples become one, those of two rows combined before that. They have a vector of the output at
/// least.
@inline(__always) private func halvesPass<S: Samples>(
  _ dtype: S.Type, _ sources: UnsafePointer<rsk_source_rows>, height: UnsafePointer<rsk_taps>,
  width: UnsafePointer<rsk_taps>, _ targets: UnsafePointer<rsk_target_rows>
) {
  typealias A = S.A
  // Once, not for each row: what is stored might be any of it.
  let (source, stride, end) = (sources.pointee, targets.pointee.stride, targets.pointee.count)
  let (length, start) = (width.pointee.length, Int(width.pointee.first![0]))
  let (firsts, sampleStride) = (height.pointee.first! + targets.pointee.first, height.pointee.sample_stride)
  let tapStride = height.pointee.tap_stride
  var rowWeights = height.pointee.weights!.assumingMemoryBound(to: S.Row.self) + targets.pointee.first &* sampleStride
  let weights = width.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  let (left, right) = (A.splat(weights[0]), A.splat(weights[width.pointee.tap_stride]))
  var target = targets.pointee.start!
  var index = 0
  while index < end {
    var rows = RowCursor(source, from: Int(firsts[index]))
    let above = rows.row.assumingMemoryBound(to: S.Stored.self) + start
    rows.advance()
    let below = rows.row.assumingMemoryBound(to: S.Stored.self) + start
    let (aboveWeight, belowWeight) = (A.splat(rowWeights[0]), A.splat(rowWeights[tapStride]))
    let destination = target.assumingMemoryBound(to: S.Stored.self)
    var x = 0
    while x < length {
      // The last vector begins among the samples before.
      x = min(x, length &- A.width)
      let (top, bottom) = (above + 2 &* x, below + 2 &* x)
      // The samples are put apart where they come from: to combine them before gives the compiler ideas.
      let (a, b) = A.everySecond(S.load(top), S.load(top + A.width))
      let (c, d) = A.everySecond(S.load(bottom), S.load(bottom + A.width))
      let near = A.multiplyAdd(A.product(aboveWeight, a), belowWeight, c)
      let far = A.multiplyAdd(A.product(aboveWeight, b), belowWeight, d)
      S.store(A.inOrder(A.multiplyAdd(A.product(left, near), right, far)), at: destination + x)
      x &+= A.width
    }
    target += stride
    rowWeights += sampleStride
    index &+= 1
  }
}
