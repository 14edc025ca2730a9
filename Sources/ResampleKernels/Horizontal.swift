import CShims

/// Resamples one row along its pixels: destination[x] = sum over taps of weight * source[first[x] + tap].
///
/// The taps of an output sample are summed in order, the first product alone, the others by multiply-add: every other
/// kernel that replaces this one has to keep that order, because the bits of a result must not depend on the layout.
@inline(__always) func horizontalPass<A: Arithmetic>(
  _ arithmetic: A.Type, _ source: UnsafeRawPointer, _ taps: UnsafePointer<rsk_taps>, _ lanes: Int,
  _ destination: UnsafeMutableRawPointer
) {
  let source = source.assumingMemoryBound(to: A.Scalar.self)
  let destination = destination.assumingMemoryBound(to: A.Scalar.self)
  let weights = taps.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let first = taps.pointee.first!
  let counts = taps.pointee.count!
  let stride = taps.pointee.stride
  let length = taps.pointee.length
  if lanes == 1 {
    var x = 0
    while x < length {
      destination[x] = weightedSum(A.self, source + Int(first[x]), 1, weights + x &* stride, Int(counts[x]))
      x &+= 1
    }
    return
  }
  var x = 0
  while x < length {
    let pixel = source + Int(first[x]) &* lanes
    let weight = weights + x &* stride
    let count = Int(counts[x])
    let output = destination + x &* lanes
    var lane = 0
    while lane &+ A.lanes <= lanes {
      var sum = A.product(A.splat(weight[0]), load(pixel + lane, as: A.Vector.self))
      var tap = 1
      while tap < count {
        sum = A.multiplyAdd(sum, A.splat(weight[tap]), load(pixel + (tap &* lanes &+ lane), as: A.Vector.self))
        tap &+= 1
      }
      store(sum, at: output + lane)
      lane &+= A.lanes
    }
    while lane < lanes {
      output[lane] = weightedSum(A.self, pixel + lane, lanes, weight, count)
      lane &+= 1
    }
    x &+= 1
  }
}

/// The sum of `count` samples, `stride` samples apart, times their weights.
@inline(__always) func weightedSum<A: Arithmetic>(
  _ arithmetic: A.Type, _ samples: UnsafePointer<A.Scalar>, _ stride: Int, _ weights: UnsafePointer<A.Scalar>,
  _ count: Int
) -> A.Scalar {
  var sum = A.product(weights[0], samples[0])
  var tap = 1
  while tap < count {
    sum = A.multiplyAdd(sum, weights[tap], samples[tap &* stride])
    tap &+= 1
  }
  return sum
}
