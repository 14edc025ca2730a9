import CShims

/// Moves `samples` samples of each of some streams; strides are in bytes.
@inline(__always) func interleavePass<T: BitwiseCopyable>(
  _ sample: T.Type, _ source: UnsafeRawPointer, _ sampleStride: Int, _ streamStride: Int,
  _ destination: UnsafeMutableRawPointer, _ destinationSampleStride: Int, _ destinationStreamStride: Int,
  _ samples: Int, _ streams: Int
) {
  let size = MemoryLayout<T>.size
  let dense = streams &* size
  if sampleStride == size && destinationStreamStride == size && destinationSampleStride == dense {
    // Loops of their own for two to four streams, so that the compiler makes vectors of them.
    if streams == 2 { return interleave(T.self, 2, source, streamStride, destination, samples) }
    if streams == 3 { return interleave(T.self, 3, source, streamStride, destination, samples) }
    if streams == 4 { return interleave(T.self, 4, source, streamStride, destination, samples) }
  }
  if streamStride == size && sampleStride == dense && destinationSampleStride == size {
    if streams == 2 { return deinterleave(T.self, 2, source, destination, destinationStreamStride, samples) }
    if streams == 3 { return deinterleave(T.self, 3, source, destination, destinationStreamStride, samples) }
    if streams == 4 { return deinterleave(T.self, 4, source, destination, destinationStreamStride, samples) }
  }
  if size == 4 {
    // Four streams at a time, or four samples, transposed in vectors.
    if sampleStride == size && destinationStreamStride == size && streams % 4 == 0 {
      return gatherFours(source, streamStride, destination, destinationSampleStride, samples, streams)
    }
    if streamStride == size && destinationSampleStride == size && samples >= 4 {
      let whole = samples & -4
      gatherFours(source, sampleStride, destination, destinationStreamStride, streams, whole)
      return moveOneByOne(
        T.self, source + whole &* sampleStride, sampleStride, streamStride, destination + whole &* size, size,
        destinationStreamStride, samples &- whole, streams)
    }
  }
  moveOneByOne(
    T.self, source, sampleStride, streamStride, destination, destinationSampleStride, destinationStreamStride, samples,
    streams)
}

@inline(__always) private func moveOneByOne<T: BitwiseCopyable>(
  _ sample: T.Type, _ source: UnsafeRawPointer, _ sampleStride: Int, _ streamStride: Int,
  _ destination: UnsafeMutableRawPointer, _ destinationSampleStride: Int, _ destinationStreamStride: Int,
  _ samples: Int, _ streams: Int
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
  _ sample: T.Type, _ streams: Int, _ source: UnsafeRawPointer, _ streamStride: Int,
  _ destination: UnsafeMutableRawPointer, _ samples: Int
) {
  let size = MemoryLayout<T>.size
  let (a, b) = (source, source + streamStride)
  let (c, d) = (source + 2 &* streamStride, source + 3 &* streamStride)
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
  _ sample: T.Type, _ streams: Int, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer,
  _ streamStride: Int, _ samples: Int
) {
  let size = MemoryLayout<T>.size
  let (a, b) = (destination, destination + streamStride)
  let (c, d) = (destination + 2 &* streamStride, destination + 3 &* streamStride)
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
@inline(__always) private func gatherFours(
  _ source: UnsafeRawPointer, _ streamStride: Int, _ destination: UnsafeMutableRawPointer, _ pixelStride: Int,
  _ pixels: Int, _ streams: Int
) {
  let lanes = Float32Arithmetic.lanes
  var pixel = 0
  while pixel < pixels {
    let isVector = pixel &+ lanes <= pixels
    var stream = 0
    while stream < streams {
      let from = source + (stream &* streamStride &+ pixel &* 4)
      let to = destination + (pixel &* pixelStride &+ stream &* 4)
      if isVector {
        let fours = transposedFours(
          load(from, as: FloatVector.self), load(from + streamStride, as: FloatVector.self),
          load(from + 2 &* streamStride, as: FloatVector.self), load(from + 3 &* streamStride, as: FloatVector.self))
        storeFours(fours.0, to, 4 &* pixelStride)
        storeFours(fours.1, to + pixelStride, 4 &* pixelStride)
        storeFours(fours.2, to + 2 &* pixelStride, 4 &* pixelStride)
        storeFours(fours.3, to + 3 &* pixelStride, 4 &* pixelStride)
      } else {
        var i = 0
        while i < 4 {
          store(load(from + i &* streamStride, as: UInt32.self), at: to + i &* 4)
          i &+= 1
        }
      }
      stream &+= 4
    }
    pixel &+= isVector ? lanes : 1
  }
}

/// Each 16 bytes of a vector, `stride` bytes apart.
@inline(__always) private func storeFours(_ vector: FloatVector, _ address: UnsafeMutableRawPointer, _ stride: Int) {
  #if RESAMPLE_AVX512
    store(vector.lowHalf.lowHalf, at: address)
    store(vector.lowHalf.highHalf, at: address + stride)
    store(vector.highHalf.lowHalf, at: address + 2 &* stride)
    store(vector.highHalf.highHalf, at: address + 3 &* stride)
  #elseif RESAMPLE_AVX2
    store(vector.lowHalf, at: address)
    store(vector.highHalf, at: address + stride)
  #else
    store(vector, at: address)
  #endif
}
