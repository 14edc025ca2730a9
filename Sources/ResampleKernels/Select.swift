import CShims

/// Copies pixel first[x] of the source to pixel x, whatever the `P.Pixel` means.
@inline(__always) func selectPixels<P: PixelVector>(
  _ pixels: P.Type, _ source: UnsafeRawPointer, _ sourceStride: Int, _ table: UnsafePointer<rsk_taps>,
  _ destination: UnsafeMutableRawPointer, _ destinationStride: Int
) {
  let index = table.pointee.first!
  let length = table.pointee.length
  let size = MemoryLayout<P.Pixel>.size
  @inline(__always) func copyPixels(_ from: Int, _ to: Int) {
    var x = from
    while x < to {
      store(
        load(source + Int(index[x]) &* sourceStride, as: P.Pixel.self), at: destination + x &* destinationStride)
      x &+= 1
    }
  }
  #if RESAMPLE_BASELINE
    copyPixels(0, length)
  #else
    guard sourceStride == size && destinationStride == size else { return copyPixels(0, length) }
    let slack = table.pointee.step &- 1
    var x = 0
    if table.pointee.period > 0 && table.pointee.period <= P.lanes {
      // The same lanes of a window that moves on, for every vector.
      let lanes = P.lanes(index, from: Int32(0))
      let advance = P.lanes / table.pointee.period &* table.pointee.advance
      var base = 0
      let end = Int(index[min(P.lanes, length) &- 1]) &+ slack
      while end < P.lanes && x &+ P.lanes <= length && base &+ P.lanes <= table.pointee.source_length {
        store(P.permute(load(source + base &* size, as: P.Vector.self), lanes), at: destination + x &* size)
        base &+= advance
        x &+= P.lanes
      }
    }
    while x < length {
      let count = min(P.lanes, length &- x)
      let base = max(0, Int(index[x]) &- slack)
      let end = Int(index[x &+ count &- 1]) &+ slack
      let isWhole = count == P.lanes && base &+ P.lanes <= table.pointee.source_length
      if end &- base >= P.lanes || (!isWhole && !P.loadsPart) {
        copyPixels(x, x &+ count)
      } else {
        let lanes = P.lanes(index + x, from: Int32(truncatingIfNeeded: base))
        let window =
          isWhole
          ? load(source + base &* size, as: P.Vector.self)
          : P.load(source + base &* size, bytes: (table.pointee.source_length &- base) &* size)
        if isWhole {
          store(P.permute(window, lanes), at: destination + x &* size)
        } else {
          P.store(P.permute(window, lanes), at: destination + x &* size, bytes: count &* size)
        }
      }
      x &+= count
    }
  #endif
}

/// The same for pixels of any size.
@inline(__always) func selectBlocks(
  _ source: UnsafeRawPointer, _ sourceStride: Int, _ table: UnsafePointer<rsk_taps>, _ pixelSize: Int,
  _ destination: UnsafeMutableRawPointer, _ destinationStride: Int
) {
  let index = table.pointee.first!
  let step = MemoryLayout<FloatVector>.size
  var x = 0
  while x < table.pointee.length {
    let (from, to) = (source + Int(index[x]) &* sourceStride, destination + x &* destinationStride)
    if pixelSize < step {
      memcpy(to, from, pixelSize)
    } else {
      // The last vector begins among the bytes before.
      var byte = 0
      while byte &+ step <= pixelSize {
        store(load(from + byte, as: FloatVector.self), at: to + byte)
        byte &+= step
      }
      if byte < pixelSize {
        store(load(from + (pixelSize &- step), as: FloatVector.self), at: to + (pixelSize &- step))
      }
    }
    x &+= 1
  }
}

/// Vectors of pixels that are moved as a whole.
protocol PixelVector {
  associatedtype Pixel: BitwiseCopyable
  #if !RESAMPLE_BASELINE
    associatedtype Vector: BitwiseCopyable
    static var lanes: Int { get }
    /// first[0], first[1], ... as lanes of a window of pixels that starts at `base`; RSK_LANES and more are read.
    static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> Vector
    static func permute(_ window: Vector, _ lanes: Vector) -> Vector
    /// Whether the following work; they touch nothing but the first `bytes`.
    static var loadsPart: Bool { get }
    static func load(_ address: UnsafeRawPointer, bytes: Int) -> Vector
    static func store(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int)
  #endif
}

#if RESAMPLE_AVX512
  typealias SmallPixelVector = SIMD8<Int64>
  typealias LargePixelVector = SIMD8<Int64>
#elseif RESAMPLE_AVX2
  // 32 bytes cannot be permuted by single bytes.
  typealias SmallPixelVector = SIMD2<Int64>
  typealias LargePixelVector = SIMD4<Int64>
#endif

#if !RESAMPLE_BASELINE
  extension PixelVector {
    @inline(__always) static var lanes: Int { MemoryLayout<Vector>.size / MemoryLayout<Pixel>.size }
  }

  extension PixelVector where Vector == LargePixelVector {
    @inline(__always) static var loadsPart: Bool { true }
    @inline(__always) static func load(_ address: UnsafeRawPointer, bytes: Int) -> Vector {
      #if RESAMPLE_AVX512
        rsi_load_bytes(address, bytes)
      #else
        unsafeBitCast(rsi_load_floats(address.assumingMemoryBound(to: Float.self), bytes / 4), to: Vector.self)
      #endif
    }
    @inline(__always) static func store(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int) {
      #if RESAMPLE_AVX512
        rsi_store_bytes(address, bytes, vector)
      #else
        rsi_store_floats(
          address.assumingMemoryBound(to: Float.self), bytes / 4, unsafeBitCast(vector, to: FloatVector.self))
      #endif
    }
  }
#endif

#if RESAMPLE_AVX2
  extension PixelVector where Vector == SmallPixelVector {
    @inline(__always) static var loadsPart: Bool { false }
    @inline(__always) static func load(_ address: UnsafeRawPointer, bytes: Int) -> Vector { Vector(repeating: 0) }
    @inline(__always) static func store(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int) {}
  }
#endif

enum Pixels1: PixelVector {
  typealias Pixel = UInt8
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> SmallPixelVector {
      rsi_lanes_of_8_bits(first, base)
    }
    @inline(__always) static func permute(_ window: SmallPixelVector, _ lanes: SmallPixelVector) -> SmallPixelVector {
      rsi_permute_8_bits(window, lanes)
    }
  #endif
}

enum Pixels2: PixelVector {
  typealias Pixel = UInt16
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> SmallPixelVector {
      rsi_lanes_of_16_bits(first, base)
    }
    @inline(__always) static func permute(_ window: SmallPixelVector, _ lanes: SmallPixelVector) -> SmallPixelVector {
      rsi_permute_16_bits(window, lanes)
    }
  #endif
}

enum Pixels4: PixelVector {
  typealias Pixel = UInt32
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> LargePixelVector {
      rsi_float_lanes(first, base)
    }
    @inline(__always) static func permute(_ window: LargePixelVector, _ lanes: LargePixelVector) -> LargePixelVector {
      let permuted = rsi_permute_floats(unsafeBitCast(window, to: FloatVector.self), lanes)
      return unsafeBitCast(permuted, to: LargePixelVector.self)
    }
  #endif
}

enum Pixels8: PixelVector {
  typealias Pixel = UInt64
  #if !RESAMPLE_BASELINE
    @inline(__always) static func lanes(_ first: UnsafePointer<Int32>, from base: Int32) -> LargePixelVector {
      rsi_double_lanes(first, base)
    }
    @inline(__always) static func permute(_ window: LargePixelVector, _ lanes: LargePixelVector) -> LargePixelVector {
      let permuted = rsi_permute_doubles(unsafeBitCast(window, to: DoubleVector.self), lanes)
      return unsafeBitCast(permuted, to: LargePixelVector.self)
    }
  #endif
}
