import CShims

/// Adds the products of some input channels along a row to the sums of up to `mostConvolutionOutputs` output channels,
/// or to where these start.
///
/// The sums of a few vectors of the row and of all these channels stay in registers: a vector of the input is loaded
/// once for all channels of the output, and a weight once for all vectors.
@inline(__always) func convolvePass<A: Summation>(
  _ arithmetic: A.Type, _ convolution: UnsafePointer<rsk_convolution>, outputs: Int, samples: Int,
  sums: UnsafeMutableRawPointer, sumStride: Int
) {
  let sums = sums.assumingMemoryBound(to: A.Scalar.self)
  @inline(__always) func many<O: OutputCount>(_ outputs: O.Type) -> Int {
    A.hasAllLoops ? convolveMany(A.self, O.self, convolution, samples: samples, sums, sumStride: sumStride) : 0
  }
  if mostConvolutionOutputs > 4 && outputs > 4 {
    convolve(A.self, EightOutputs.self, convolution, samples: samples, sums, sumStride: sumStride)
  } else if outputs > 3 {
    convolve(A.self, FourOutputs.self, convolution, samples: samples, sums, sumStride: sumStride)
  } else if outputs > 2 {
    // What many vectors leave of a row, as two channels and one.
    let x = many(ThreeOutputs.self)
    convolve(A.self, TwoOutputs.self, convolution, from: x, samples: samples, sums, sumStride: sumStride)
    convolve(A.self, OneOutput.self, convolution, output: 2, from: x, samples: samples, sums, sumStride: sumStride)
  } else if outputs > 1 {
    let x = many(TwoOutputs.self)
    convolve(A.self, TwoOutputs.self, convolution, from: x, samples: samples, sums, sumStride: sumStride)
  } else {
    let x = many(OneOutput.self)
    convolve(A.self, OneOutput.self, convolution, from: x, samples: samples, sums, sumStride: sumStride)
  }
}

/// As many as registers hold the sums of, three vectors each.
@inline(__always) var mostConvolutionOutputs: Int { Abilities.registers > 16 ? 8 : 4 }

// Types, as in Rows.swift: each combination has a loop of its own.

private protocol OutputCount {
  static var outputs: Int { get }
}
private enum OneOutput: OutputCount { @inline(__always) static var outputs: Int { 1 } }
private enum TwoOutputs: OutputCount { @inline(__always) static var outputs: Int { 2 } }
private enum ThreeOutputs: OutputCount { @inline(__always) static var outputs: Int { 3 } }
private enum FourOutputs: OutputCount { @inline(__always) static var outputs: Int { 4 } }
private enum EightOutputs: OutputCount { @inline(__always) static var outputs: Int { 8 } }

extension OutputCount {
  /// As many vectors of a few channels as registers hold the sums of, with a weight of each and a vector of the input.
  @inline(__always) static var manyVectors: Int { min(8, (Abilities.registers &- outputs &- 1) / outputs) }
}

private protocol VectorCount {
  static var vectors: Int { get }
}
private enum OneVector: VectorCount { @inline(__always) static var vectors: Int { 1 } }
private enum TwoVectors: VectorCount { @inline(__always) static var vectors: Int { 2 } }
private enum ThreeVectors: VectorCount { @inline(__always) static var vectors: Int { 3 } }

/// Samples `from` ..< `samples` of the channels from `output` on.
@inline(never) private func convolve<A: Summation, O: OutputCount>(
  _ arithmetic: A.Type, _ outputs: O.Type, _ convolution: UnsafePointer<rsk_convolution>, output: Int = 0,
  from start: Int = 0, samples: Int, _ sums: UnsafeMutablePointer<A.Scalar>, sumStride: Int
) {
  var x = start
  while !A.isInteger && x &+ 2 &* A.width < samples {
    convolve(A.self, O.self, ThreeVectors.self, convolution, output, x: x, sums, sumStride: sumStride)
    x &+= 3 &* A.width
  }
  if !A.isInteger && O.outputs > 2 && x &+ A.width < samples {
    convolve(A.self, O.self, TwoVectors.self, convolution, output, x: x, sums, sumStride: sumStride)
    x &+= 2 &* A.width
  }
  while x < samples {
    convolve(A.self, O.self, OneVector.self, convolution, output, x: x, sums, sumStride: sumStride)
    x &+= A.width
  }
}

/// The sums of an output channel.
private struct ChannelSums<A: Summation, V: VectorCount> {
  private var a = A.zero
  private var b = A.zero
  private var c = A.zero

  @inline(__always) init() {}

  @inline(__always) mutating func add(_ weight: A.Scalar, _ input: (A.Vector, A.Vector, A.Vector)) {
    let weight = A.splat(weight)
    a = A.multiplyAdd(a, weight, input.0)
    if V.vectors > 1 { b = A.multiplyAdd(b, weight, input.1) }
    if V.vectors > 2 { c = A.multiplyAdd(c, weight, input.2) }
  }

  @inline(__always) func add(to sums: UnsafeMutablePointer<A.Scalar>, _ start: UnsafePointer<A.Scalar>?) {
    add(a, to: sums, start)
    if V.vectors > 1 { add(b, to: sums + A.width, start) }
    if V.vectors > 2 { add(c, to: sums + 2 &* A.width, start) }
  }

  @inline(__always) private func add(
    _ vector: A.Vector, to sums: UnsafeMutablePointer<A.Scalar>, _ start: UnsafePointer<A.Scalar>?
  ) {
    let before = if let start { A.splat(start.pointee) } else { load(sums, as: A.Vector.self) }
    store(A.sum(before, vector), at: sums)
  }
}

@inline(__always) private func convolve<A: Summation, O: OutputCount, V: VectorCount>(
  _ arithmetic: A.Type, _ outputs: O.Type, _ vectors: V.Type, _ convolution: UnsafePointer<rsk_convolution>,
  _ output: Int, x: Int, _ sums: UnsafeMutablePointer<A.Scalar>, sumStride: Int
) {
  typealias Sums = ChannelSums<A, V>
  var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
  var (e, f, g, h) = (Sums(), Sums(), Sums(), Sums())
  var input = convolution.pointee.input!.assumingMemoryBound(to: A.Scalar.self) + x
  var weights = convolution.pointee.weights!.assumingMemoryBound(to: A.Scalar.self) + output
  let taps = convolution.pointee.taps!
  let tapCount = convolution.pointee.tap_count
  var channel = convolution.pointee.channels
  while channel > 0 {
    var tap = 0
    while tap < tapCount {
      let samples = input + taps[tap].input
      let weight = weights + taps[tap].weights
      let first = load(samples, as: A.Vector.self)
      let second = V.vectors > 1 ? load(samples + A.width, as: A.Vector.self) : first
      let third = V.vectors > 2 ? load(samples + 2 &* A.width, as: A.Vector.self) : first
      let vectors = (first, second, third)
      a.add(weight[0], vectors)
      if O.outputs > 1 { b.add(weight[1], vectors) }
      if O.outputs > 2 {
        c.add(weight[2], vectors)
        d.add(weight[3], vectors)
      }
      if O.outputs > 4 {
        e.add(weight[4], vectors)
        f.add(weight[5], vectors)
        g.add(weight[6], vectors)
        h.add(weight[7], vectors)
      }
      tap &+= 1
    }
    input += convolution.pointee.input_stride
    weights += convolution.pointee.weight_stride
    channel &-= 1
  }
  let start = convolution.pointee.start?.assumingMemoryBound(to: A.Scalar.self)
  @inline(__always) func finish(_ channel: Sums, _ index: Int) {
    let output = output &+ index
    channel.add(to: sums + (output &* sumStride &+ x), start.map { $0 + output })
  }
  finish(a, 0)
  if O.outputs > 1 { finish(b, 1) }
  if O.outputs > 2 {
    finish(c, 2)
    finish(d, 3)
  }
  if O.outputs > 4 {
    finish(e, 4)
    finish(f, 5)
    finish(g, 6)
    finish(h, 7)
  }
}

/// The sums of a vector of up to three channels.
private struct VectorSums<A: Summation, O: OutputCount> {
  private var a = A.zero
  private var b = A.zero
  private var c = A.zero

  @inline(__always) init() {}

  @inline(__always) mutating func add(_ input: A.Vector, _ weights: (A.Vector, A.Vector, A.Vector)) {
    a = A.multiplyAdd(a, weights.0, input)
    if O.outputs > 1 { b = A.multiplyAdd(b, weights.1, input) }
    if O.outputs > 2 { c = A.multiplyAdd(c, weights.2, input) }
  }

  @inline(__always) func add(to sums: UnsafeMutablePointer<A.Scalar>, stride: Int, _ start: UnsafePointer<A.Scalar>?) {
    @inline(__always) func add(_ vector: A.Vector, _ channel: Int) {
      let target = sums + channel &* stride
      let before = if let start { A.splat(start[channel]) } else { load(target, as: A.Vector.self) }
      store(A.sum(before, vector), at: target)
    }
    add(a, 0)
    if O.outputs > 1 { add(b, 1) }
    if O.outputs > 2 { add(c, 2) }
  }
}

/// Many vectors of up to three channels at a time, as far as rows have them: a weight is loaded once for all of them. Returns
/// how far that is.
@inline(never) private func convolveMany<A: Summation, O: OutputCount>(
  _ arithmetic: A.Type, _ outputs: O.Type, _ convolution: UnsafePointer<rsk_convolution>, samples: Int,
  _ sums: UnsafeMutablePointer<A.Scalar>, sumStride: Int
) -> Int {
  let (taps, tapCount) = (convolution.pointee.taps!, convolution.pointee.tap_count)
  let start = convolution.pointee.start?.assumingMemoryBound(to: A.Scalar.self)
  var x = 0
  while x &+ O.manyVectors &* A.width <= samples {
    typealias Sums = VectorSums<A, O>
    var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
    var (e, f, g, h) = (Sums(), Sums(), Sums(), Sums())
    var input = convolution.pointee.input!.assumingMemoryBound(to: A.Scalar.self) + x
    var weights = convolution.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
    var channel = convolution.pointee.channels
    while channel > 0 {
      var tap = 0
      while tap < tapCount {
        let samples = input + taps[tap].input
        let weight = weights + taps[tap].weights
        let one = A.splat(weight[0])
        let two = O.outputs > 1 ? A.splat(weight[1]) : one
        let three = O.outputs > 2 ? A.splat(weight[2]) : one
        @inline(__always) func add(_ sums: inout Sums, _ vector: Int) {
          if vector >= O.manyVectors { return }
          sums.add(load(samples + vector &* A.width, as: A.Vector.self), (one, two, three))
        }
        add(&a, 0)
        add(&b, 1)
        add(&c, 2)
        add(&d, 3)
        add(&e, 4)
        add(&f, 5)
        add(&g, 6)
        add(&h, 7)
        tap &+= 1
      }
      input += convolution.pointee.input_stride
      weights += convolution.pointee.weight_stride
      channel &-= 1
    }
    @inline(__always) func finish(_ vector: Sums, _ index: Int) {
      if index >= O.manyVectors { return }
      vector.add(to: sums + (x &+ index &* A.width), stride: sumStride, start)
    }
    finish(a, 0)
    finish(b, 1)
    finish(c, 2)
    finish(d, 3)
    finish(e, 4)
    finish(f, 5)
    finish(g, 6)
    finish(h, 7)
    x &+= O.manyVectors &* A.width
  }
  return x
}
