import CShims

/// Pixels that are moved as a whole, whatever their bytes mean.
protocol Pixels {
  associatedtype Pixel: BitwiseCopyable
}
enum Pixels1: PixelsOfSet { typealias Pixel = UInt8 }
enum Pixels2: PixelsOfSet { typealias Pixel = UInt16 }
enum Pixels4: PixelsOfSet { typealias Pixel = UInt32 }
enum Pixels8: PixelsOfSet { typealias Pixel = UInt64 }

/// Those that an instruction set can move by a variable within a vector.
protocol PermutedPixels: Pixels {
  associatedtype Vector: BitwiseCopyable
  /// first[0], first[1], ... of a window of pixels that starts at `base`; `width` of them are read, or of their low bytes.
  static func permutation(
    _ first: UnsafePointer<Int32>, _ bytes: UnsafePointer<UInt8>, from base: Int32
  ) -> Vector
  static func permute(_ window: Vector, _ permutation: Vector) -> Vector
  /// Whether it is quicker to load the first half of a vector alone, and how; the other half is anything.
  static var hasHalfAccess: Bool { get }
  static func loadHalf(_ address: UnsafeRawPointer) -> Vector
  /// Whether the functions below work: they touch nothing but the first `bytes`.
  static var hasPartialAccess: Bool { get }
  static func loadPart(_ address: UnsafeRawPointer, bytes: Int) -> Vector
  static func storePart(_ vector: Vector, at address: UnsafeMutableRawPointer, bytes: Int)
}

extension PermutedPixels {
  /// The pixels of a vector.
  @inline(__always) static var width: Int { MemoryLayout<Vector>.size / MemoryLayout<Pixel>.size }
}
