import CShims

/// Copies pixel index[x] of the source to pixel x, whatever its `T` means.
@inline(__always) func selectPixels<T: BitwiseCopyable>(
  _ type: T.Type, _ source: UnsafeRawPointer, _ sourceStride: Int, _ index: UnsafePointer<Int32>, _ pixels: Int,
  _ destination: UnsafeMutableRawPointer, _ destinationStride: Int
) {
  if sourceStride == MemoryLayout<T>.size && destinationStride == MemoryLayout<T>.size {
    var x = 0
    while x < pixels {
      store(
        load(source + Int(index[x]) &* MemoryLayout<T>.size, as: T.self), at: destination + x &* MemoryLayout<T>.size)
      x &+= 1
    }
    return
  }
  var x = 0
  while x < pixels {
    store(load(source + Int(index[x]) &* sourceStride, as: T.self), at: destination + x &* destinationStride)
    x &+= 1
  }
}

/// The same for pixels of any size.
@inline(__always) func selectBlocks(
  _ source: UnsafeRawPointer, _ sourceStride: Int, _ index: UnsafePointer<Int32>, _ pixels: Int, _ pixelSize: Int,
  _ destination: UnsafeMutableRawPointer, _ destinationStride: Int
) {
  var x = 0
  while x < pixels {
    memcpy(destination + x &* destinationStride, source + Int(index[x]) &* sourceStride, pixelSize)
    x &+= 1
  }
}
