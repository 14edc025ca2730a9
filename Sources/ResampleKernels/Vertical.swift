import CShims

/// Combines rows: destination[i] = sum over rows of weight * row[i], summed in the order of the rows.
@inline(__always) func verticalPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int,
  _ samples: Int, _ destination: UnsafeMutableRawPointer, _ streams: Bool
) {
  let weights = weights.assumingMemoryBound(to: A.Scalar.self)
  let destination = destination.assumingMemoryBound(to: A.Scalar.self)
  var i = 0
  // Vectors begin where they are aligned: one across two cache lines costs twice one within a line. A few do not pay it.
  let head = streams || samples >= 4 &* A.lanes ? samplesToAlignment(A.self, destination) : nil
  if let head { combineSamples(A.self, rows, weights, count, min(head, samples), &i, destination) }
  if streams && head != nil {
    combineVectors(A.self, rows, weights, count, samples, &i) { A.stream($0, to: destination + $1) }
  } else {
    combineVectors(A.self, rows, weights, count, samples, &i) { store($0, at: destination + $1) }
  }
  combineSamples(A.self, rows, weights, count, samples, &i, destination)
}

/// Combines samples i ..< end, fewer than a vector has, and touches no others.
@inline(__always) private func combineSamples<A: Arithmetic>(
  _ arithmetic: A.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<A.Scalar>, _ count: Int,
  _ end: Int, _ i: inout Int, _ destination: UnsafeMutablePointer<A.Scalar>
) {
  #if !RESAMPLE_BASELINE
    let left = end &- i
    if left <= 0 { return }
    func samples(_ k: Int) -> A.Vector { A.loadPart(rows[k]!.assumingMemoryBound(to: A.Scalar.self) + i, count: left) }
    var sums = A.product(A.splat(weights[0]), samples(0))
    var k = 1
    while k < count {
      sums = A.multiplyAdd(sums, A.splat(weights[k]), samples(k))
      k &+= 1
    }
    A.storePart(sums, at: destination + i, count: left)
    i = end
  #endif
  while i < end {
    var sum = A.product(weights[0], rows[0]!.assumingMemoryBound(to: A.Scalar.self)[i])
    var k = 1
    while k < count {
      sum = A.multiplyAdd(sum, weights[k], rows[k]!.assumingMemoryBound(to: A.Scalar.self)[i])
      k &+= 1
    }
    destination[i] = sum
    i &+= 1
  }
}

/// Combines all whole vectors from sample `i` on and gives each to `put` with its position.
@inline(__always) private func combineVectors<A: Arithmetic>(
  _ arithmetic: A.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<A.Scalar>, _ count: Int,
  _ samples: Int, _ i: inout Int, _ put: (A.Vector, Int) -> Void
) {
  let step = A.lanes
  // Four vectors at a time, so that the chains of multiply-adds overlap.
  while i &+ 4 &* step <= samples {
    let row = rows[0]!.assumingMemoryBound(to: A.Scalar.self) + i
    let weight = A.splat(weights[0])
    var a = A.product(weight, load(row, as: A.Vector.self))
    var b = A.product(weight, load(row + step, as: A.Vector.self))
    var c = A.product(weight, load(row + 2 &* step, as: A.Vector.self))
    var d = A.product(weight, load(row + 3 &* step, as: A.Vector.self))
    var k = 1
    while k < count {
      let row = rows[k]!.assumingMemoryBound(to: A.Scalar.self) + i
      let weight = A.splat(weights[k])
      a = A.multiplyAdd(a, weight, load(row, as: A.Vector.self))
      b = A.multiplyAdd(b, weight, load(row + step, as: A.Vector.self))
      c = A.multiplyAdd(c, weight, load(row + 2 &* step, as: A.Vector.self))
      d = A.multiplyAdd(d, weight, load(row + 3 &* step, as: A.Vector.self))
      k &+= 1
    }
    put(a, i)
    put(b, i &+ step)
    put(c, i &+ 2 &* step)
    put(d, i &+ 3 &* step)
    i &+= 4 &* step
  }
  while i &+ step <= samples {
    put(combinedVector(A.self, rows, weights, count, i), i)
    i &+= step
  }
}

@inline(__always) private func combinedVector<A: Arithmetic>(
  _ arithmetic: A.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafePointer<A.Scalar>, _ count: Int,
  _ i: Int
) -> A.Vector {
  var sum = A.product(
    A.splat(weights[0]), load(rows[0]!.assumingMemoryBound(to: A.Scalar.self) + i, as: A.Vector.self))
  var k = 1
  while k < count {
    let row = rows[k]!.assumingMemoryBound(to: A.Scalar.self) + i
    sum = A.multiplyAdd(sum, A.splat(weights[k]), load(row, as: A.Vector.self))
    k &+= 1
  }
  return sum
}

/// Combines the rows of a small plane, `samples` each and one behind the other, to all rows of another.
@inline(__always) func verticalPlanePass<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafeRawPointer, _ table: UnsafePointer<rsk_taps>, _ samples: Int,
  _ destination: UnsafeMutableRawPointer
) {
  let source = source.assumingMemoryBound(to: A.Scalar.self)
  let destination = destination.assumingMemoryBound(to: A.Scalar.self)
  let allWeights = table.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  var y = 0
  while y < table.pointee.length {
    let rows = source + Int(table.pointee.first![y]) &* samples
    let weights = allWeights + y &* table.pointee.sample_stride
    let count = Int(table.pointee.count![y])
    forEachVector(A.self, samples, destination + y &* samples) { i, load in
      var sums = A.product(A.splat(weights[0]), load(rows + i))
      var k = 1
      while k < count {
        sums = A.multiplyAdd(sums, A.splat(weights[k]), load(rows + (k &* samples &+ i)))
        k &+= 1
      }
      return sums
    }
    y &+= 1
  }
}

/// Stores `sums` of each vector of `lanes` samples, of a pixel or a row; it gets the first of them and how to load its like.
@inline(__always) func forEachVector<A: Arithmetic>(
  _ arithmetic: A.Type, _ lanes: Int, _ output: UnsafeMutablePointer<A.Scalar>,
  _ sums: (_ lane: Int, _ samples: (UnsafePointer<A.Scalar>) -> A.Vector) -> A.Vector
) {
  var lane = 0
  while lane &+ A.lanes <= lanes {
    store(sums(lane) { load($0, as: A.Vector.self) }, at: output + lane)
    lane &+= A.lanes
  }
  if lane == lanes { return }
  #if RESAMPLE_BASELINE
    if lanes >= A.lanes {
      // The last vector begins among the samples before.
      store(sums(lanes &- A.lanes) { load($0, as: A.Vector.self) }, at: output + (lanes &- A.lanes))
      return
    }
    while lane < lanes {
      // One sample in every lane.
      output[lane] = A.first(sums(lane) { A.splat($0[0]) })
      lane &+= 1
    }
  #else
    A.storePart(sums(lane) { A.loadPart($0, count: lanes &- lane) }, at: output + lane, count: lanes &- lane)
  #endif
}
