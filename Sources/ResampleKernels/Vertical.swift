import CShims

/// Combines rows: destination[i] = sum over rows of weight * row[i], summed in the order of the rows.
@inline(__always) func verticalPass<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, rows: UnsafePointer<UnsafeRawPointer?>, weights: UnsafeRawPointer, count: Int,
  samples: Int, destination: UnsafeMutableRawPointer, streams: Bool
) where I.A == O.A {
  let rows = CombinedRows<I>(rows: rows, weights: weights.assumingMemoryBound(to: I.Row.self), count: count)
  let destination = destination.assumingMemoryBound(to: O.Stored.self)
  var i = 0
  if count == 0 {
    let zero = O.stored(O.A.first(O.A.zero))
    while i < samples {
      destination[i] = zero
      i &+= 1
    }
    return
  }
  // Vectors begin where they are aligned: one across two cache lines costs twice one within a line. A few do not pay
  // it.
  let head = streams || samples >= 4 &* I.A.width ? samplesToAlignment(O.self, destination) : nil
  if let head { rows.combineSamples(O.self, &i, min(head, samples), destination) }
  if streams && head != nil {
    rows.combineVectors(&i, samples) { O.stream($0, to: destination + $1) }
  } else {
    rows.combineVectors(&i, samples) { O.store($0, at: destination + $1) }
  }
  rows.combineSamples(O.self, &i, samples, destination)
}

private struct CombinedRows<I: Samples> {
  let rows: UnsafePointer<UnsafeRawPointer?>
  let weights: UnsafePointer<I.Row>
  let count: Int

  @inline(__always) private func row(_ k: Int) -> UnsafePointer<I.Stored> {
    rows[k]!.assumingMemoryBound(to: I.Stored.self)
  }

  /// Combines samples i ..< end, fewer than a vector has, and touches no others.
  @inline(__always) func combineSamples<O: Samples>(
    _ output: O.Type, _ i: inout Int, _ end: Int, _ destination: UnsafeMutablePointer<O.Stored>
  ) where I.A == O.A {
    if I.hasPartialAccess {
      let left = end &- i
      if left <= 0 { return }
      let sums = weightedRows(I.A.self, weights, stride: 1, count: count) { I.loadPart(row($0) + i, count: left) }
      O.storePart(sums, at: destination + i, count: left)
      i = end
      return
    }
    while i < end {
      var sum = I.A.product(weights[0], I.row(row(0)[i]))
      var k = 1
      while k < count {
        sum = I.A.multiplyAdd(sum, weights[k], I.row(row(k)[i]))
        k &+= 1
      }
      destination[i] = O.stored(sum)
      i &+= 1
    }
  }

  /// Combines all whole vectors from sample `i` on and gives each to `put` with its position.
  @inline(__always) func combineVectors(_ i: inout Int, _ samples: Int, _ put: (I.A.Vector, Int) -> Void) {
    typealias A = I.A
    let step = A.width
    // Four vectors at a time, so that the chains of multiply-adds overlap.
    while i &+ 4 &* step <= samples {
      let first = row(0) + i
      let weight = A.splat(weights[0])
      var a = A.product(weight, I.load(first))
      var b = A.product(weight, I.load(first + step))
      var c = A.product(weight, I.load(first + 2 &* step))
      var d = A.product(weight, I.load(first + 3 &* step))
      var k = 1
      while k < count {
        let next = row(k) + i
        let weight = A.splat(weights[k])
        a = A.multiplyAdd(a, weight, I.load(next))
        b = A.multiplyAdd(b, weight, I.load(next + step))
        c = A.multiplyAdd(c, weight, I.load(next + 2 &* step))
        d = A.multiplyAdd(d, weight, I.load(next + 3 &* step))
        k &+= 1
      }
      put(a, i)
      put(b, i &+ step)
      put(c, i &+ 2 &* step)
      put(d, i &+ 3 &* step)
      i &+= 4 &* step
    }
    while i &+ step <= samples {
      put(weightedRows(A.self, weights, stride: 1, count: count) { I.load(row($0) + i) }, i)
      i &+= step
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

/// Combines the rows of a small plane, `samples` each without gaps, to all rows of another.
@inline(__always) func verticalPlanePass<S: Samples>(
  _ dtype: S.Type, source: UnsafeRawPointer, _ table: UnsafePointer<rsk_taps>, samples: Int,
  destination: UnsafeMutableRawPointer
) {
  let source = source.assumingMemoryBound(to: S.Stored.self)
  let destination = destination.assumingMemoryBound(to: S.Stored.self)
  let allWeights = table.pointee.weights!.assumingMemoryBound(to: S.Row.self)
  var y = 0
  while y < table.pointee.length {
    let rows = source + Int(table.pointee.first![y]) &* samples
    let weights = allWeights + y &* table.pointee.sample_stride
    let count = Int(table.pointee.count![y])
    forEachVector(S.self, S.self, samples, destination + y &* samples) { i, load in
      count == 0
        ? S.A.zero : weightedRows(S.A.self, weights, stride: 1, count: count) { load(rows + ($0 &* samples &+ i)) }
    }
    y &+= 1
  }
}

/// Stores `sums` of each vector of `count` samples, of a pixel or a row; it gets the place of the first of them and how
/// to load a vector of source samples.
@inline(__always) func forEachVector<I: Samples, O: Samples>(
  _ input: I.Type, _ output: O.Type, _ count: Int, _ destination: UnsafeMutablePointer<O.Stored>,
  _ sums: (_ place: Int, _ samples: (UnsafePointer<I.Stored>) -> I.A.Vector) -> I.A.Vector
) where I.A == O.A {
  typealias A = I.A
  var place = 0
  while place &+ A.width <= count {
    O.store(sums(place) { I.load($0) }, at: destination + place)
    place &+= A.width
  }
  if place == count { return }
  if I.hasPartialAccess {
    O.storePart(
      sums(place) { I.loadPart($0, count: count &- place) }, at: destination + place, count: count &- place)
  } else if count >= A.width {
    // The last vector begins among the samples before.
    O.store(sums(count &- A.width) { I.load($0) }, at: destination + (count &- A.width))
  } else {
    while place < count {
      // One sample in every element.
      destination[place] = O.stored(A.first(sums(place) { A.splat(I.row($0[0])) }))
      place &+= 1
    }
  }
}
