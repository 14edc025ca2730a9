import CShims

/// Adds the products of the taps of a row to the sums of all outputs, or to where these start.
///
/// The sums of a few vectors of the row, and of up to `mostConvolutionOutputs` outputs, stay in registers: a vector of
/// the input is loaded once for all of these, and a weight once for all vectors. All outputs take their turn at some
/// vectors before the next are read, so that the input of these comes from the nearest cache for all but the first.
@inline(__always) func convolvePass<A: Summation>(
  _ arithmetic: A.Type, _ convolution: UnsafePointer<rsk_convolution>, outputs: Int, samples: Int,
  sums: UnsafeMutableRawPointer, sumStride: Int
) {
  let sums = sums.assumingMemoryBound(to: A.Scalar.self)
  let tile = 3 &* A.width
  var x = 0
  while x < samples {
    prefetch(convolution.pointee.read, step: x / tile, of: (samples &- 1) / tile &+ 1)
    prefetch(convolution.pointee.written, step: x / tile, of: (samples &- 1) / tile &+ 1)
    let vectors = (samples &- x &+ A.width &- 1) / A.width
    // Of four two and two: the chains of a single vector wait for one another.
    if vectors == 3 || vectors > 4 {
      convolve(A.self, ThreeVectors.self, convolution, outputs: outputs, x: x, sums + x, sumStride: sumStride)
      x &+= 3 &* A.width
    } else if vectors > 1 {
      convolve(A.self, TwoVectors.self, convolution, outputs: outputs, x: x, sums + x, sumStride: sumStride)
      x &+= 2 &* A.width
    } else {
      convolve(A.self, OneVector.self, convolution, outputs: outputs, x: x, sums + x, sumStride: sumStride)
      x &+= A.width
    }
  }
}

/// As many as registers hold the sums of, three vectors each.
@inline(__always) var mostConvolutionOutputs: Int { Abilities.registers > 16 ? 8 : 4 }

// Types, as in Horizontal: each combination has a loop of its own.

private protocol OutputCount {
  static var outputs: Int { get }
}
private enum OneOutput: OutputCount { @inline(__always) static var outputs: Int { 1 } }
private enum TwoOutputs: OutputCount { @inline(__always) static var outputs: Int { 2 } }
private enum FourOutputs: OutputCount { @inline(__always) static var outputs: Int { 4 } }
private enum EightOutputs: OutputCount { @inline(__always) static var outputs: Int { 8 } }

private protocol VectorCount {
  static var vectors: Int { get }
}
private enum OneVector: VectorCount { @inline(__always) static var vectors: Int { 1 } }
private enum TwoVectors: VectorCount { @inline(__always) static var vectors: Int { 2 } }
private enum ThreeVectors: VectorCount { @inline(__always) static var vectors: Int { 3 } }

/// Some vectors of all outputs.
@inline(__always) private func convolve<A: Summation, V: VectorCount>(
  _ arithmetic: A.Type, _ vectors: V.Type, _ convolution: UnsafePointer<rsk_convolution>, outputs: Int, x: Int,
  _ sums: UnsafeMutablePointer<A.Scalar>, sumStride: Int
) {
  var (first, sums) = (0, sums)
  while first < outputs {
    let left = outputs &- first
    if mostConvolutionOutputs > 4 && left > 4 {
      convolve(A.self, EightOutputs.self, V.self, convolution, first: first, x: x, sums, sumStride: sumStride)
    } else if left > 2 {
      convolve(A.self, FourOutputs.self, V.self, convolution, first: first, x: x, sums, sumStride: sumStride)
    } else if left > 1 {
      convolve(A.self, TwoOutputs.self, V.self, convolution, first: first, x: x, sums, sumStride: sumStride)
    } else {
      convolve(A.self, OneOutput.self, V.self, convolution, first: first, x: x, sums, sumStride: sumStride)
    }
    first &+= mostConvolutionOutputs
    sums += mostConvolutionOutputs &* sumStride
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

/// Some vectors of the block of outputs from `first` on.
@inline(__always) private func convolve<A: Summation, O: OutputCount, V: VectorCount>(
  _ arithmetic: A.Type, _ outputs: O.Type, _ vectors: V.Type, _ convolution: UnsafePointer<rsk_convolution>,
  first: Int, x: Int, _ sums: UnsafeMutablePointer<A.Scalar>, sumStride: Int
) {
  typealias Sums = ChannelSums<A, V>
  var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
  var (e, f, g, h) = (Sums(), Sums(), Sums(), Sums())
  let input = convolution.pointee.input!.assumingMemoryBound(to: A.Scalar.self) + x
  let weights =
    convolution.pointee.weights!.assumingMemoryBound(to: A.Scalar.self)
    + first / mostConvolutionOutputs &* convolution.pointee.block_stride
  var tap = convolution.pointee.taps!
  let end = tap + convolution.pointee.tap_count
  while tap < end {
    let samples = input + tap.pointee.input
    let weight = weights + tap.pointee.weights &* O.outputs
    tap += 1
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
  }
  let start = convolution.pointee.start?.assumingMemoryBound(to: A.Scalar.self)
  @inline(__always) func finish(_ channel: Sums, _ output: Int) {
    channel.add(to: sums + output &* sumStride, start.map { $0 + (first &+ output) })
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
