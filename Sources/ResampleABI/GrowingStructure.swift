import CResample
import Resample

/// A structure of the header that begins with struct_size and grows at its end.
///
/// A caller may know less of it than this library (compiled with an older header), or more (with a newer one).
protocol GrowingStructure {
  /// The bytes that the structure had when it came into the header. A number, because sizeof grows with the structure.
  static var firstSize: Int { get }
  /// Every field zero.
  init()
}

extension rsmp_interpolate_options: GrowingStructure { static var firstSize: Int { 96 } }
extension rsmp_conv_transpose_options: GrowingStructure { static var firstSize: Int { 128 } }
extension rsmp_onnx_resize_options: GrowingStructure { static var firstSize: Int { 344 } }
extension rsmp_pillow_resize_options: GrowingStructure { static var firstSize: Int { 80 } }
extension rsmp_opencv_resize_options: GrowingStructure { static var firstSize: Int { 48 } }
extension rsmp_tensorflow_resize_options: GrowingStructure { static var firstSize: Int { 40 } }
extension rsmp_jax_resize_options: GrowingStructure { static var firstSize: Int { 280 } }
extension rsmp_grid_sample_options: GrowingStructure { static var firstSize: Int { 16 } }
extension rsmp_preprocess_options: GrowingStructure { static var firstSize: Int { 224 } }
extension rsmp_placement: GrowingStructure { static var firstSize: Int { 72 } }
extension rsmp_axis_info: GrowingStructure { static var firstSize: Int { 32 } }

/// A larger struct_size is no size of a structure, but memory that nobody has set.
private let largestSize = 1024

/// The structure's struct_size. Throws unless the caller knows all fields that the first version had.
func callerSize<Structure: GrowingStructure>(
  _ name: StaticString, _ pointer: UnsafePointer<Structure>
) throws(ResampleError) -> Int {
  try callerSize(name, UnsafeRawPointer(pointer), firstSize: Structure.firstSize)
}

// What follows knows no structure, so that there is one of it and not one for each.

@inline(never)
private func callerSize(
  _ name: StaticString, _ bytes: UnsafeRawPointer, firstSize: Int
) throws(ResampleError) -> Int {
  let given = Int(clamping: bytes.loadUnaligned(as: UInt32.self))
  guard given >= firstSize else {
    throw .invalidValue("\(name).struct_size must be at least \(firstSize), got \(given)")
  }
  guard given <= largestSize else {
    throw .invalidValue("\(name).struct_size must be at most \(largestSize), got \(given)")
  }
  return given
}

@inline(never)
private func read(
  _ name: StaticString, _ bytes: UnsafeRawPointer?, firstSize: Int, to copy: UnsafeMutableRawBufferPointer
) throws(ResampleError) {
  guard let bytes else { throw .invalidValue("\(name) is NULL") }
  let given = try callerSize(name, bytes, firstSize: firstSize)
  let known = copy.count
  var unknown = known
  while unknown < given {
    guard bytes.load(fromByteOffset: unknown, as: UInt8.self) == 0 else {
      throw .invalidValue(
        """
        \(name) has a value other than 0 behind the \(known) bytes that this library knows: the program was compiled \
        with a newer header
        """)
    }
    unknown += 1
  }
  copy.baseAddress?.copyMemory(from: bytes, byteCount: given < known ? given : known)
}

/// The caller's structure as this library knows it: a field that an older header lacks is zero, which is the default.
///
/// Fields of a newer header are not known here; they must be zero, because the call would else do another thing than it
/// asks for. Nothing beyond struct_size is read.
func read<Structure: GrowingStructure>(
  _ name: StaticString, _ pointer: UnsafePointer<Structure>?
) throws(ResampleError) -> Structure {
  var structure = Structure()
  try withUnsafeMutableBytes(of: &structure) { copy throws(ResampleError) in
    try read(name, UnsafeRawPointer(pointer), firstSize: Structure.firstSize, to: copy)
  }
  return structure
}
