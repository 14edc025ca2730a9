import CShims

/// Combines rows: target[r][i] = sum over taps k of weights[r][k] * source[first[r] + k][i], summed in their order.
///
/// The pixels of a row are rows of their samples, so that this is the pass along a row of such pixels, too.
@inline(never) func verticalPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>,
  samples: Int, _ targets: UnsafePointer<rsk_target_rows>
) where I.A == O.A {
  // Once, not for each row: what is stored might be any of it.
  let (source, streams) = (sources.pointee, targets.pointee.streams)
  let (firsts, counts) = (table.pointee.first! + targets.pointee.first, table.pointee.count! + targets.pointee.first)
  let (sampleStride, tapStride) = (table.pointee.sample_stride, table.pointee.tap_stride)
  let (stride, end) = (targets.pointee.stride, targets.pointee.count)
  var target = targets.pointee.start!
  var weights = table.pointee.weights!.assumingMemoryBound(to: I.Row.self) + targets.pointee.first &* sampleStride
  var index = 0
  while index < end {
    let destination = target.assumingMemoryBound(to: O.Stored.self)
    let count = Int(counts[index])
    let rows = CombinedRows<I>(
      rows: RowCursor(source, from: Int(firsts[index])), weights: weights, weightStride: tapStride, count: count)
    if samples < I.A.width {
      rows.combinePart(O.self, samples, destination)
    } else if count == 2 {
      rows.combine(O.self, TwoTaps.self, samples, destination, streams: streams)
    } else if count == 4 {
      rows.combine(O.self, FourTaps.self, samples, destination, streams: streams)
    } else if count > 0 {
      let following =
        FollowingRows.areAskedFor(I.self, O.self) && FollowingRows.areFar(sources, table)
        ? FollowingRows(sources, table, after: targets.pointee.first &+ index &+ min(end, 4) &- 1) : FollowingRows()
      rows.combine(O.self, AnyTaps.self, samples, destination, streams: streams, following)
    } else {
      fillWithZeros(O.self, samples, destination)
    }
    target += stride
    weights += sampleStride
    index &+= 1
  }
}

@inline(__always) private func fillWithZeros<O: Samples>(
  _ output: O.Type, _ samples: Int, _ destination: UnsafeMutablePointer<O.Stored>
) {
  let zero = O.stored(O.A.first(O.A.zero))
  var i = 0
  while i < samples {
    destination[i] = zero
    i &+= 1
  }
}

/// The rows that a row of the output reads and the one before it does not: they are asked for some rows before, because a
/// processor does not foresee them where many rows are read side by side.
private struct FollowingRows {
  private let start: UnsafeRawPointer
  private let stride: Int
  private let count: Int

  /// Of photographs.
  @inline(__always) static func areAskedFor<I: Samples, O: Samples>(_ input: I.Type, _ output: O.Type) -> Bool {
    MemoryLayout<I.Stored>.size == 4 && MemoryLayout<O.Stored>.size == 4
  }

  /// Where a window does not stay in the nearest cache. Those of a ring are near.
  @inline(__always) static func areFar(
    _ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>
  ) -> Bool {
    sources.pointee.mask < 0 && rsk_is_tall(table, sources.pointee.stride)
  }

  /// None.
  @inline(__always) init() { (start, stride, count) = (UnsafeRawPointer(bitPattern: -1)!, 0, 0) }

  /// Those of the row after `row`.
  @inline(never) init(_ sources: UnsafePointer<rsk_source_rows>, _ table: UnsafePointer<rsk_taps>, after row: Int) {
    let (firsts, counts) = (table.pointee.first!, table.pointee.count!)
    let last = table.pointee.length &- 1
    func end(_ row: Int) -> Int { Int(firsts[min(row, last)] &+ counts[min(row, last)]) }
    start = sources.pointee.row(end(row))
    stride = sources.pointee.stride
    count = end(row &+ 1) &- end(row)
  }

  /// Asks for some bytes of each.
  @inline(__always) func prefetch(at offset: Int, _ bytes: Int) {
    var (address, left) = (start + offset, count)
    while left > 0 {
      var byte = 0
      while byte < bytes {
        rsi_prefetch_to_read(address + byte)
        byte &+= Int(RSK_CACHE_LINE)
      }
      address += stride
      left &-= 1
    }
  }
}

/// The rows that one row of the output reads, and their weights.
private struct CombinedRows<I: Samples> {
  typealias A = I.A
  let rows: RowCursor
  let weights: UnsafePointer<I.Row>
  let weightStride: Int
  let count: Int

  /// Fewer samples than a vector has: no others are touched.
  @inline(__always) func combinePart<O: Samples>(
    _ output: O.Type, _ samples: Int, _ destination: UnsafeMutablePointer<O.Stored>
  ) where I.A == O.A {
    if count == 0 { return fillWithZeros(O.self, samples, destination) }
    if I.hasPartialAccess {
      var rows = rows
      func part() -> A.Vector { I.loadPart(rows.row.assumingMemoryBound(to: I.Stored.self), count: samples) }
      var sums = A.product(A.splat(weights[0]), part())
      var k = 1
      while k < count {
        rows.advance()
        sums = A.multiplyAdd(sums, A.splat(weights[k &* weightStride]), part())
        k &+= 1
      }
      return O.storePart(sums, at: destination, count: samples)
    }
    var i = 0
    while i < samples {
      var rows = rows
      func sample() -> I.Row { I.row(rows.row.assumingMemoryBound(to: I.Stored.self)[i]) }
      var sum = A.product(weights[0], sample())
      var k = 1
      while k < count {
        rows.advance()
        sum = A.multiplyAdd(sum, weights[k &* weightStride], sample())
        k &+= 1
      }
      destination[i] = O.stored(sum)
      i &+= 1
    }
  }

  /// At least a vector of samples. The first and the last vector may overlap others; those between begin where they are
  /// aligned: one across two cache lines costs twice one within a line. A few do not pay for it.
  @inline(__always) func combine<O: Samples, T: TapCount>(
    _ output: O.Type, _ taps: T.Type, _ samples: Int, _ destination: UnsafeMutablePointer<O.Stored>, streams: Bool,
    _ following: FollowingRows = FollowingRows()
  ) where I.A == O.A {
    let sums = VectorSums<I, T>(self)
    // Rows that are converted as they are read become rows of scratch memory.
    let isConverted = MemoryLayout<I.Stored>.size != MemoryLayout<I.Row>.size
    if !isConverted && streams, let lines = wholeLines(O.self, destination, samples) {
      // A line that the next row shares is stored as usual, and has been asked for two rows ahead: part of a line that goes
      // past the cache, or one that is stored both ways, has to be read first, while everything waits.
      rsi_prefetch_to_write(destination + 2 &* samples)
      storeNear(O.self, sums, 0..<lines.lowerBound, samples, destination)
      var i = lines.lowerBound
      combineVectors(O.self, Streamed.self, sums, &i, lines.upperBound, destination)
      return storeNear(O.self, sums, lines.upperBound..<samples, samples, destination)
    }
    let head = samples >= 4 &* A.width ? samplesToAlignment(O.self, destination) : nil
    var i = head ?? 0
    if i > 0 { O.store(sums.vector(0), at: destination) }
    combineVectors(O.self, Cached.self, sums, &i, samples, destination, following)
    if i < samples { O.store(sums.vector(samples &- A.width), at: destination + (samples &- A.width)) }
  }

  /// Stores some samples of a row, and touches no others.
  @inline(__always) private func storeNear<O: Samples, T: TapCount>(
    _ output: O.Type, _ sums: VectorSums<I, T>, _ range: Range<Int>, _ samples: Int,
    _ destination: UnsafeMutablePointer<O.Stored>
  ) where I.A == O.A {
    var i = range.lowerBound
    while i &+ A.width <= range.upperBound {
      O.store(sums.vector(i), at: destination + i)
      i &+= A.width
    }
    if i < range.upperBound {
      let start = min(i, samples &- A.width)
      O.store(sums.vector(start), i &- start..<range.upperBound &- start, at: destination + start)
    }
  }

  @inline(__always) private func combineVectors<O: Samples, T: TapCount, S: Storing>(
    _ output: O.Type, _ storing: S.Type, _ sums: VectorSums<I, T>, _ i: inout Int, _ samples: Int,
    _ destination: UnsafeMutablePointer<O.Stored>, _ following: FollowingRows = FollowingRows()
  ) where I.A == O.A {
    /// Stores four vectors.
    @inline(__always) func put(_ sums: FourSums<A>, at i: Int) {
      S.put(O.self, sums.a, at: destination + i)
      S.put(O.self, sums.b, at: destination + (i &+ A.width))
      S.put(O.self, sums.c, at: destination + (i &+ 2 &* A.width))
      S.put(O.self, sums.d, at: destination + (i &+ 3 &* A.width))
    }
    /// Goes on behind some vectors.
    @inline(__always) func advance(by vectors: Int) {
      if T.taps == 0 && FollowingRows.areAskedFor(I.self, O.self) {
        let size = MemoryLayout<I.Stored>.size
        following.prefetch(at: i &* size, vectors &* A.width &* size)
      }
      i &+= vectors &* A.width
    }
    // Four vectors at a time, so that the chains of multiply-adds overlap; eight of many taps, which keep both multipliers busy.
    while T.taps == 0 && i &+ 8 &* A.width <= samples {
      let (near, far) = sums.eightVectors(i)
      put(near, at: i)
      put(far, at: i &+ 4 &* A.width)
      advance(by: 8)
    }
    while i &+ 4 &* A.width <= samples {
      put(sums.fourVectors(i), at: i)
      advance(by: 4)
    }
    while i &+ A.width <= samples {
      S.put(O.self, sums.vector(i), at: destination + i)
      i &+= A.width
    }
  }
}

/// The sums of four vectors side by side.
private struct FourSums<A: RealArithmetic> {
  var a: A.Vector
  var b: A.Vector
  var c: A.Vector
  var d: A.Vector
}

/// The sums of vectors anywhere in combined rows. Where the taps are two or four, addresses and weights stay in registers.
private struct VectorSums<I: Samples, T: TapCount> {
  typealias A = I.A
  private let combined: CombinedRows<I>
  private let rows: (UnsafePointer<I.Stored>, UnsafePointer<I.Stored>, UnsafePointer<I.Stored>, UnsafePointer<I.Stored>)
  private let weights: (A.Vector, A.Vector, A.Vector, A.Vector)

  @inline(__always) init(_ combined: CombinedRows<I>) {
    self.combined = combined
    var cursor = combined.rows
    func next(_ tap: Int) -> (UnsafePointer<I.Stored>, A.Vector) {
      if tap > 0 { cursor.advance() }
      return (
        cursor.row.assumingMemoryBound(to: I.Stored.self), A.splat(combined.weights[tap &* combined.weightStride])
      )
    }
    let a = next(0)
    let b = T.taps > 1 ? next(1) : a
    let c = T.taps > 2 ? next(2) : a
    let d = T.taps > 3 ? next(3) : a
    rows = (a.0, b.0, c.0, d.0)
    weights = (a.1, b.1, c.1, d.1)
  }

  @inline(__always) func vector(_ i: Int) -> A.Vector {
    var sums = A.product(weights.0, I.load(rows.0 + i))
    if T.taps > 1 { sums = A.multiplyAdd(sums, weights.1, I.load(rows.1 + i)) }
    if T.taps > 2 { sums = A.multiplyAdd(sums, weights.2, I.load(rows.2 + i)) }
    if T.taps > 3 { sums = A.multiplyAdd(sums, weights.3, I.load(rows.3 + i)) }
    if T.taps > 0 { return sums }
    forEachTap { weight, row in sums = A.multiplyAdd(sums, weight, I.load(row + i)) }
    return sums
  }

  @inline(__always) func fourVectors(_ i: Int) -> FourSums<A> {
    if T.taps > 0 {
      return FourSums(
        a: vector(i), b: vector(i &+ A.width), c: vector(i &+ 2 &* A.width), d: vector(i &+ 3 &* A.width))
    }
    var sums = products(i)
    forEachTap { weight, row in add(weight, row + i, to: &sums) }
    return sums
  }

  @inline(__always) func eightVectors(_ i: Int) -> (FourSums<A>, FourSums<A>) {
    let next = i &+ 4 &* A.width
    var (near, far) = (products(i), products(next))
    forEachTap { weight, row in
      add(weight, row + i, to: &near)
      add(weight, row + next, to: &far)
    }
    return (near, far)
  }

  /// The first tap of four vectors.
  @inline(__always) private func products(_ i: Int) -> FourSums<A> {
    let first = rows.0 + i
    return FourSums(
      a: A.product(weights.0, I.load(first)), b: A.product(weights.0, I.load(first + A.width)),
      c: A.product(weights.0, I.load(first + 2 &* A.width)), d: A.product(weights.0, I.load(first + 3 &* A.width)))
  }

  @inline(__always) private func add(_ weight: A.Vector, _ row: UnsafePointer<I.Stored>, to sums: inout FourSums<A>) {
    sums.a = A.multiplyAdd(sums.a, weight, I.load(row))
    sums.b = A.multiplyAdd(sums.b, weight, I.load(row + A.width))
    sums.c = A.multiplyAdd(sums.c, weight, I.load(row + 2 &* A.width))
    sums.d = A.multiplyAdd(sums.d, weight, I.load(row + 3 &* A.width))
  }

  /// The taps after the first.
  @inline(__always) private func forEachTap(_ body: (A.Vector, UnsafePointer<I.Stored>) -> Void) {
    var cursor = combined.rows
    var weight = combined.weights
    var left = combined.count &- 1
    while left > 0 {
      cursor.advance()
      weight += combined.weightStride
      body(A.splat(weight.pointee), cursor.row.assumingMemoryBound(to: I.Stored.self))
      left &-= 1
    }
  }
}

/// The sum of `count` vectors of samples, each times one weight; the weights are `stride` apart.
@inline(__always) func weightedRows<A: RealArithmetic>(
  _ arithmetic: A.Type, _ weights: UnsafePointer<A.Scalar>, stride: Int, count: Int, _ samples: (Int) -> A.Vector
) -> A.Vector {
  var sums = A.product(A.splat(weights[0]), samples(0))
  var k = 1
  while k < count {
    sums = A.multiplyAdd(sums, A.splat(weights[k &* stride]), samples(k))
    k &+= 1
  }
  return sums
}
