import CShims

// Where windows do not serve: samples that are far apart, and the ends of rows.

extension PlanarRows {
  // MARK: Samples far apart

  @inline(__always) func storeGathered(_ x: inout Int) {
    if gathersFew(O.self, table) {
      let end = endOfVectors(from: x, last: A.width &- 1, reach: 1)
      storeFew(x..<end)
      x = end
      return
    }
    if R.rows > 1 { return }
    // Samples are gathered four taps at a time where taps are neighbours: up to three after the last are read.
    let gathersFour = table.pointee.step == 1
    let end = endOfVectors(from: x, last: A.width &- 1, reach: gathersFour ? 4 : table.pointee.step)
    if gathersFour {
      while x < end {
        O.store(gatheredSums(x, fewest: table.pointee.fewest_taps), at: destination + x)
        x &+= A.width
      }
    }
    while x < end {
      let first = table.pointee.first! + x
      put(Cached.self, weightedSums(x, fewest: table.pointee.fewest_taps) { I.gather(source + $1, first) }, x)
      x &+= A.width
    }
  }

  /// Vectors of interior samples, each of which reads two neighbours, or four, and nothing else.
  @inline(never) private func storeFew(_ samples: Range<Int>) {
    if table.pointee.most_taps == 2 {
      storeFew(TwoTaps.self, samples)
    } else {
      storeFew(FourTaps.self, samples)
    }
  }

  /// All rows are summed before any is stored, so that indices and weights stay in registers.
  @inline(__always) private func storeFew<T: TapCount>(_ taps: T.Type, _ samples: Range<Int>) {
    let (firsts, weights, stride) = (table.pointee.first!, weights, table.pointee.tap_stride)
    var x = samples.lowerBound
    while x < samples.upperBound {
      let first = firsts + x
      @inline(__always) func weight(_ tap: Int) -> A.Vector { load(weights + (x &+ tap &* stride), as: A.Vector.self) }
      let sums = RowVectors<A.Vector, R> { row in
        let source = source + row &* sourceStride
        if T.taps == 2 {
          let (near, far) = I.gatherTwo(source, first)
          return A.multiplyAdd(A.product(weight(0), near), weight(1), far)
        }
        let samples = I.gatherFour(source, first)
        var sums = A.product(weight(0), samples.0)
        sums = A.multiplyAdd(sums, weight(1), samples.1)
        sums = A.multiplyAdd(sums, weight(2), samples.2)
        return A.multiplyAdd(sums, weight(3), samples.3)
      }
      put(Cached.self, sums, x)
      x &+= A.width
    }
  }

  /// The sums of a vector of samples from `x` on, each of which has `fewest` taps or more, four taps at a time.
  @inline(__always) private func gatheredSums(_ x: Int, fewest: Int) -> A.Vector {
    let first = table.pointee.first! + x
    let stride = table.pointee.tap_stride
    let most = table.pointee.most_taps
    var weights = weights + x
    @inline(__always) func weight(_ tap: Int) -> A.Vector { load(weights + tap &* stride, as: A.Vector.self) }
    var samples = I.gatherFour(source, first)
    var sums = A.product(weight(0), samples.0)
    @inline(__always) func addAll() {
      sums = A.multiplyAdd(sums, weight(1), samples.1)
      sums = A.multiplyAdd(sums, weight(2), samples.2)
      sums = A.multiplyAdd(sums, weight(3), samples.3)
    }
    @inline(__always) func add(_ tap: Int, _ samples: A.Vector) {
      if tap >= most { return }
      let added = A.multiplyAdd(sums, weight(tap & 3), samples)
      // As in weightedSums.
      sums =
        tap < fewest
        ? added : A.select(table.pointee.count! + x, above: Int32(truncatingIfNeeded: tap), added, sums)
    }
    var tap = 4
    if fewest >= 4 {
      addAll()
      while tap &+ 4 <= fewest {
        weights += 4 &* stride
        samples = I.gatherFour(source + tap, first)
        sums = A.multiplyAdd(sums, weight(0), samples.0)
        addAll()
        tap &+= 4
      }
    } else {
      if fewest == 0 { sums = A.select(table.pointee.count! + x, above: 0, sums, A.zero) }
      add(1, samples.1)
      add(2, samples.2)
      add(3, samples.3)
    }
    while tap < most {
      weights += 4 &* stride
      samples = I.gatherFour(source + tap, first)
      add(tap, samples.0)
      add(tap &+ 1, samples.1)
      add(tap &+ 2, samples.2)
      add(tap &+ 3, samples.3)
      tap &+= 4
    }
    return sums
  }

  // MARK: The ends of a row

  /// Samples x ..< x + count, at most a vector of them, anywhere in the row. Those before and after them may be stored once
  /// more.
  @inline(never) @_optimize(size) func storeEnd(_ x: Int, count: Int, _ windows: Int) {
    if windows > 0 {
      let length = table.pointee.length
      if length < A.width {
        let sums = endSums(0, last: length &- 1)
        sums.forEach { O.storePart($1, at: destination + $0 &* destinationStride, count: length) }
      } else {
        let x = min(x, length &- A.width)
        put(Cached.self, endSums(x, last: x &+ A.width &- 1), x)
      }
    } else {
      let end = max(x &+ count, A.width)
      if gathersFew(O.self, table) && end &- A.width >= table.pointee.interior_start
        && end <= table.pointee.interior_end
      {
        return storeFew(end &- A.width..<end)
      }
      var row = 0
      while row < R.rows {
        PlanarRows<I, O, OneRow>(
          source: source + row &* sourceStride, sourceStride: 0, destination: destination + row &* destinationStride,
          destinationStride: 0, table: table
        ).storeSamples(x, count: count)
        row &+= 1
      }
    }
  }

  /// Samples anywhere in a row that has a vector of them, and no others; past the caches where they are whole, aligned vectors.
  @inline(never) @_optimize(size) func storeEnd(_ samples: Range<Int>, streams: Bool) {
    var x = samples.lowerBound
    while x < samples.upperBound {
      let start = min(x, table.pointee.length &- A.width)
      let sums = endSums(start, last: start &+ A.width &- 1)
      if streams {
        put(Streamed.self, sums, x)
      } else {
        let elements = x &- start..<min(A.width, samples.upperBound &- start)
        sums.forEach { O.store($1, elements, at: destination + ($0 &* destinationStride &+ start)) }
      }
      x &+= A.width
    }
  }

  /// The sums of the samples from `x` to `last`.
  @inline(__always) private func endSums(_ x: Int, last: Int) -> RowVectors<A.Vector, R> {
    let first = table.pointee.first! + x
    let length = table.pointee.source_length
    let base = max(0, Int(first[0]) &- (table.pointee.step &- 1))
    // No window begins later.
    let latest = length &- 2 &* A.width
    if latest >= 0 {
      return selectedSums(x) { row, offset in
        let start = min(base &+ offset, latest)
        let permutation = A.permutation(first, from: Int32(truncatingIfNeeded: start &- offset))
        let window = source + (row &* sourceStride &+ start)
        return A.permute(I.load(window), I.load(window + A.width), permutation)
      }
    }
    let permutation = A.permutation(first, from: Int32(truncatingIfNeeded: base))
    return selectedSums(x) { row, offset in
      let start = base &+ offset
      let window = source + (row &* sourceStride &+ start)
      return A.permute(
        I.loadPart(window, count: length &- start), I.loadPart(window + A.width, count: length &- start &- A.width),
        permutation)
    }
  }

  /// The same of samples that are far apart: a vector of those for which whole vectors of the source are there, and the
  /// others one by one.
  @inline(__always) func storeSamples(_ x: Int, count: Int) {
    var sample = x
    let end = x &+ count
    if table.pointee.step == 1 && table.pointee.length >= A.width {
      var readable = end
      while readable > x && !canGather(readable &- 1) { readable &-= 1 }
      let start = max(0, readable &- A.width)
      if readable > x && canGather(start &+ A.width &- 1) {
        O.store(gatheredSums(start, fewest: min(1, table.pointee.fewest_taps)), at: destination + start)
        sample = readable
      }
    }
    while sample < end {
      destination[sample] = O.stored(weightedSum(sample))
      sample &+= 1
    }
  }

  /// Whether the source has the samples that `gatheredSums` reads for the last sample of a vector.
  @inline(__always) private func canGather(_ last: Int) -> Bool {
    Int(table.pointee.first![last]) &+ table.pointee.most_taps &+ 3 <= table.pointee.source_length
  }

  @inline(__always) private func weightedSum(_ x: Int) -> I.Row {
    let samples = source + Int(table.pointee.first![x])
    let weights = weights + x &* table.pointee.sample_stride
    let count = Int(table.pointee.count![x])
    if count == 0 { return A.first(A.zero) }
    var sum = A.product(weights[0], I.row(samples[0]))
    var tap = 1
    while tap < count {
      sum = A.multiplyAdd(
        sum, weights[tap &* table.pointee.tap_stride], I.row(samples[tap &* table.pointee.step]))
      tap &+= 1
    }
    return sum
  }
}
