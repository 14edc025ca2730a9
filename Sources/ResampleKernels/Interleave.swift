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
