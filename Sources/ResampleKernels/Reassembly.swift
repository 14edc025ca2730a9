import CShims

/// sums[o][x] = start[o], or what it was, + sum over taps of weights[x] * input[o][x], both where the tap says: eight
/// channels at a time share a load of the weights.
@inline(__always) func reassemblePass<A: Summation>(
  _ arithmetic: A.Type, _ convolution: UnsafePointer<rsk_convolution>, samples: Int, sums: UnsafeMutableRawPointer,
  sumStride: Int
) {
  var channel = 0
  while channel < convolution.pointee.channels {
    let input = convolution.pointee.input! + channel &* convolution.pointee.input_stride &* MemoryLayout<A.Scalar>.size
    let sums = sums + channel &* sumStride &* MemoryLayout<A.Scalar>.size
    let left = convolution.pointee.channels &- channel
    if left >= 8 {
      reassemble(A.self, channels: 8, convolution, first: channel, input, samples: samples, sums, sumStride: sumStride)
      channel &+= 8
    } else if left >= 4 {
      reassemble(A.self, channels: 4, convolution, first: channel, input, samples: samples, sums, sumStride: sumStride)
      channel &+= 4
    } else {
      reassemble(A.self, channels: 1, convolution, first: channel, input, samples: samples, sums, sumStride: sumStride)
      channel &+= 1
    }
  }
}

@inline(__always) private func reassemble<A: Summation>(
  _ arithmetic: A.Type, channels: Int, _ convolution: UnsafePointer<rsk_convolution>, first: Int,
  _ input: UnsafeRawPointer, samples: Int, _ sums: UnsafeMutableRawPointer, sumStride: Int
) {
  let input = input.assumingMemoryBound(to: A.Scalar.self)
  let sums = sums.assumingMemoryBound(to: A.Scalar.self)
  let weights = convolution.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
  let (taps, tapCount) = (convolution.pointee.taps!, convolution.pointee.tap_count)
  let stride = convolution.pointee.input_stride
  let start = convolution.pointee.start.map { $0.assumingMemoryBound(to: A.Scalar.self) + first }
  var x = 0
  while x < samples {
    @inline(__always) func before(_ channel: Int) -> A.Vector {
      if channel >= channels { return A.zero }
      if let start { return A.splat(start[channel]) }
      return load(sums + (channel &* sumStride &+ x), as: A.Vector.self)
    }
    var (a, b, c, d) = (before(0), before(1), before(2), before(3))
    var (e, f, g, h) = (before(4), before(5), before(6), before(7))
    var tap = 0
    while tap < tapCount {
      let weight = load(weights + (taps[tap].weights &+ x), as: A.Vector.self)
      let row = input + (taps[tap].input &+ x)
      @inline(__always) func add(_ sum: inout A.Vector, _ channel: Int) {
        sum = A.multiplyAdd(sum, weight, load(row + channel &* stride, as: A.Vector.self))
      }
      add(&a, 0)
      if channels > 1 {
        add(&b, 1)
        add(&c, 2)
        add(&d, 3)
      }
      if channels > 4 {
        add(&e, 4)
        add(&f, 5)
        add(&g, 6)
        add(&h, 7)
      }
      tap &+= 1
    }
    store(a, at: sums + x)
    if channels > 1 {
      store(b, at: sums + (sumStride &+ x))
      store(c, at: sums + (2 &* sumStride &+ x))
      store(d, at: sums + (3 &* sumStride &+ x))
    }
    if channels > 4 {
      store(e, at: sums + (4 &* sumStride &+ x))
      store(f, at: sums + (5 &* sumStride &+ x))
      store(g, at: sums + (6 &* sumStride &+ x))
      store(h, at: sums + (7 &* sumStride &+ x))
    }
    x &+= A.width
  }
}
