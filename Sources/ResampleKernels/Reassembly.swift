import CShims

/// sums[r][o][x] = start[o], or what it was, + sum over taps of weights[r][x] * input[o][x], both where the tap says:
/// several channels at a time share a load of the weights, and two rows a load of the input.
@inline(__always) func reassemblePass<A: Summation>(
  _ arithmetic: A.Type, _ convolution: UnsafePointer<rsk_convolution>, rows: Int, samples: Int,
  sums: UnsafeMutableRawPointer, sumStride: Int, rowStride: Int
) {
  let size = MemoryLayout<A.Scalar>.size
  var (row, weights) = (0, convolution.pointee.weights!)
  while row < rows {
    let sums = sums + row &* rowStride &* size
    let isPair = A.hasAllLoops && rows &- row > 1
    if isPair {
      Reassembly<A, TwoRows>(convolution, weights, samples: samples, sumStride, rowStride).sum(sums)
    } else {
      Reassembly<A, OneRow>(convolution, weights, samples: samples, sumStride, rowStride).sum(sums)
    }
    let done = isPair ? 2 : 1
    weights += done &* convolution.pointee.weight_stride &* size
    row &+= done
  }
}

/// One row, or two, of all channels.
private struct Reassembly<A: Summation, R: RowCount> {
  private let convolution: UnsafePointer<rsk_convolution>
  private let weights: UnsafePointer<A.Scalar>
  private let samples: Int
  private let sumStride: Int
  private let rowStride: Int

  @inline(__always) init(
    _ convolution: UnsafePointer<rsk_convolution>, _ weights: UnsafeRawPointer, samples: Int, _ sumStride: Int,
    _ rowStride: Int
  ) {
    self.convolution = convolution
    self.weights = weights.assumingMemoryBound(to: A.Scalar.self)
    self.samples = samples
    self.sumStride = sumStride
    self.rowStride = rowStride
  }

  @inline(__always) func sum(_ sums: UnsafeMutableRawPointer) {
    let sums = sums.assumingMemoryBound(to: A.Scalar.self)
    let channels = convolution.pointee.channels
    var channel = 0
    while channel < channels {
      let left = channels &- channel
      if left >= 8 && (R.rows == 1 || Abilities.registers > 16) {
        sum(8, first: channel, sums + channel &* sumStride)
        channel &+= 8
      } else if left >= 4 {
        sum(4, first: channel, sums + channel &* sumStride)
        channel &+= 4
      } else {
        sum(1, first: channel, sums + channel &* sumStride)
        channel &+= 1
      }
    }
  }

  /// The sums of a channel, in one row or two.
  private struct Sums {
    var a: A.Vector
    var b: A.Vector

    @inline(__always) mutating func add(_ input: A.Vector, _ weights: (A.Vector, A.Vector)) {
      a = A.multiplyAdd(a, weights.0, input)
      if R.rows > 1 { b = A.multiplyAdd(b, weights.1, input) }
    }
  }

  @inline(__always) private func sum(_ channels: Int, first: Int, _ sums: UnsafeMutablePointer<A.Scalar>) {
    let (taps, tapCount) = (convolution.pointee.taps!, convolution.pointee.tap_count)
    let (stride, weightStride) = (convolution.pointee.input_stride, convolution.pointee.weight_stride)
    let input = convolution.pointee.input!.assumingMemoryBound(to: A.Scalar.self) + first &* stride
    let start = convolution.pointee.start.map { $0.assumingMemoryBound(to: A.Scalar.self) + first }
    var x = 0
    while x < samples {
      @inline(__always) func before(_ channel: Int) -> Sums {
        if channel >= channels { return Sums(a: A.zero, b: A.zero) }
        if let start { return Sums(a: A.splat(start[channel]), b: A.splat(start[channel])) }
        let sums = sums + (channel &* sumStride &+ x)
        let a = load(sums, as: A.Vector.self)
        return Sums(a: a, b: R.rows > 1 ? load(sums + rowStride, as: A.Vector.self) : a)
      }
      var (a, b, c, d) = (before(0), before(1), before(2), before(3))
      var (e, f, g, h) = (before(4), before(5), before(6), before(7))
      var tap = 0
      while tap < tapCount {
        let weight = weights + (taps[tap].weights &+ x)
        let one = load(weight, as: A.Vector.self)
        let two = R.rows > 1 ? load(weight + weightStride, as: A.Vector.self) : one
        let row = input + (taps[tap].input &+ x)
        @inline(__always) func add(_ sum: inout Sums, _ channel: Int) {
          sum.add(load(row + channel &* stride, as: A.Vector.self), (one, two))
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
      @inline(__always) func finish(_ sum: Sums, _ channel: Int) {
        let target = sums + (channel &* sumStride &+ x)
        store(sum.a, at: target)
        if R.rows > 1 { store(sum.b, at: target + rowStride) }
      }
      finish(a, 0)
      if channels > 1 {
        finish(b, 1)
        finish(c, 2)
        finish(d, 3)
      }
      if channels > 4 {
        finish(e, 4)
        finish(f, 5)
        finish(g, 6)
        finish(h, 7)
      }
      x &+= A.width
    }
  }
}
