import CShims

/// Moves `samples` samples of each of some streams; strides are in bytes.
@inline(__always) func interleavePass<T: BitwiseCopyable>(
  _ sample: T.Type, source: UnsafeRawPointer, sampleStride: Int, streamStride: Int,
  destination: UnsafeMutableRawPointer, destinationSampleStride: Int, destinationStreamStride: Int,
  samples: Int, streams: Int
) {
  let size = MemoryLayout<T>.size
  let dense = streams &* size
  // Samples of 16 bytes are vectors already.
  let hasLoops = size < 16
  if hasLoops && sampleStride == size && destinationStreamStride == size && destinationSampleStride == dense {
    // Loops of their own for two to four streams, so that the compiler makes vectors of them.
    if streams == 2 { return interleave(T.self, 2, source, stride: streamStride, destination, samples: samples) }
    if streams == 3 { return interleave(T.self, 3, source, stride: streamStride, destination, samples: samples) }
    if streams == 4 { return interleave(T.self, 4, source, stride: streamStride, destination, samples: samples) }
  }
  if hasLoops && streamStride == size && sampleStride == dense && destinationSampleStride == size {
    if streams == 2 {
      return deinterleave(T.self, 2, source, destination, stride: destinationStreamStride, samples: samples)
    }
    if streams == 3 {
      return deinterleave(T.self, 3, source, destination, stride: destinationStreamStride, samples: samples)
    }
    if streams == 4 {
      return deinterleave(T.self, 4, source, destination, stride: destinationStreamStride, samples: samples)
    }
  }
  if size == 4 {
    // Four streams at a time, or four samples, transposed in vectors.
    if sampleStride == size && destinationStreamStride == size && streams % 4 == 0 {
      return gatherFours(
        source, streamStride: streamStride, destination, pixelStride: destinationSampleStride, pixels: samples,
        streams: streams)
    }
    if streamStride == size && destinationSampleStride == size && samples >= 4 {
      let whole = samples & -4
      gatherFours(
        source, streamStride: sampleStride, destination, pixelStride: destinationStreamStride, pixels: streams,
        streams: whole)
      return moveOneByOne(
        T.self, source: source + whole &* sampleStride, sampleStride: sampleStride, streamStride: streamStride,
        destination: destination + whole &* size, destinationSampleStride: size,
        destinationStreamStride: destinationStreamStride, samples: samples &- whole, streams: streams)
    }
  }
  moveOneByOne(
    T.self, source: source, sampleStride: sampleStride, streamStride: streamStride, destination: destination,
    destinationSampleStride: destinationSampleStride, destinationStreamStride: destinationStreamStride,
    samples: samples, streams: streams)
}

@inline(never) private func moveOneByOne<T: BitwiseCopyable>(
  _ sample: T.Type, source: UnsafeRawPointer, sampleStride: Int, streamStride: Int,
  destination: UnsafeMutableRawPointer, destinationSampleStride: Int, destinationStreamStride: Int,
  samples: Int, streams: Int
) {
  var stream = 0
  while stream < streams {
    let from = source + stream &* streamStride
    let to = destination + stream &* destinationStreamStride
    var i = 0
    while i < samples {
      store(load(from + i &* sampleStride, as: T.self), at: to + i &* destinationSampleStride)
      i &+= 1
    }
    stream &+= 1
  }
}

@inline(__always) private func interleave<T: BitwiseCopyable>(
  _ sample: T.Type, _ streams: Int, _ source: UnsafeRawPointer, stride: Int, _ destination: UnsafeMutableRawPointer,
  samples: Int
) {
  let size = MemoryLayout<T>.size
  let (a, b) = (source, source + stride)
  let (c, d) = (source + 2 &* stride, source + 3 &* stride)
  var i = 0
  while i < samples {
    let to = destination + i &* streams &* size
    store(load(a + i &* size, as: T.self), at: to)
    store(load(b + i &* size, as: T.self), at: to + size)
    if streams > 2 { store(load(c + i &* size, as: T.self), at: to + 2 &* size) }
    if streams > 3 { store(load(d + i &* size, as: T.self), at: to + 3 &* size) }
    i &+= 1
  }
}

@inline(__always) private func deinterleave<T: BitwiseCopyable>(
  _ sample: T.Type, _ streams: Int, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer, stride: Int,
  samples: Int
) {
  let size = MemoryLayout<T>.size
  let (a, b) = (destination, destination + stride)
  let (c, d) = (destination + 2 &* stride, destination + 3 &* stride)
  var i = 0
  while i < samples {
    let from = source + i &* streams &* size
    store(load(from, as: T.self), at: a + i &* size)
    store(load(from + size, as: T.self), at: b + i &* size)
    if streams > 2 { store(load(from + 2 &* size, as: T.self), at: c + i &* size) }
    if streams > 3 { store(load(from + 3 &* size, as: T.self), at: d + i &* size) }
    i &+= 1
  }
}

/// Interleaves streams whose samples are four bytes and side by side: four of each pixel at a time.
@inline(never) private func gatherFours(
  _ source: UnsafeRawPointer, streamStride: Int, _ destination: UnsafeMutableRawPointer, pixelStride: Int,
  pixels: Int, streams: Int
) {
  let width = Float32Arithmetic.width
  var pixel = 0
  while pixel < pixels {
    let isVector = pixel &+ width <= pixels
    let isFour = pixel &+ 4 <= pixels
    var stream = 0
    while stream < streams {
      let from = source + (stream &* streamStride &+ pixel &* 4)
      let to = destination + (pixel &* pixelStride &+ stream &* 4)
      if isVector {
        let fours = transposedFours(
          load(from, as: FloatVector.self), load(from + streamStride, as: FloatVector.self),
          load(from + 2 &* streamStride, as: FloatVector.self), load(from + 3 &* streamStride, as: FloatVector.self))
        storeFours(fours.0, at: to, stride: 4 &* pixelStride)
        storeFours(fours.1, at: to + pixelStride, stride: 4 &* pixelStride)
        storeFours(fours.2, at: to + 2 &* pixelStride, stride: 4 &* pixelStride)
        storeFours(fours.3, at: to + 3 &* pixelStride, stride: 4 &* pixelStride)
      } else if isFour {
        let (a, b) = (load(from, as: SIMD4<Float>.self), load(from + streamStride, as: SIMD4<Float>.self))
        let (c, d) = (
          load(from + 2 &* streamStride, as: SIMD4<Float>.self), load(from + 3 &* streamStride, as: SIMD4<Float>.self)
        )
        store(SIMD4(a[0], b[0], c[0], d[0]), at: to)
        store(SIMD4(a[1], b[1], c[1], d[1]), at: to + pixelStride)
        store(SIMD4(a[2], b[2], c[2], d[2]), at: to + 2 &* pixelStride)
        store(SIMD4(a[3], b[3], c[3], d[3]), at: to + 3 &* pixelStride)
      } else {
        var i = 0
        while i < 4 {
          store(load(from + i &* streamStride, as: UInt32.self), at: to + i &* 4)
          i &+= 1
        }
      }
      stream &+= 4
    }
    pixel &+= isVector ? width : isFour ? 4 : 1
  }
}
