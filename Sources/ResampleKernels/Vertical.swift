import CShims

/// Combines rows: destination[i] = sum over rows of weight * row[i], summed in the order of the rows.
@inline(__always) func verticalPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int,
  _ samples: Int,
  _ destination: UnsafeMutableRawPointer
) {
  let weights = weights.assumingMemoryBound(to: A.Scalar.self)
  let destination = destination.assumingMemoryBound(to: A.Scalar.self)
  let step = A.lanes
  var i = 0
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
    store(a, at: destination + i)
    store(b, at: destination + i + step)
    store(c, at: destination + i + 2 &* step)
    store(d, at: destination + i + 3 &* step)
    i &+= 4 &* step
  }
  while i < samples {
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
