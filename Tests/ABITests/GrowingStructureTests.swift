import CResample
import Resample
import Testing

@testable import ResampleABI

/// A structure that two later headers have added fields to: 8, 16 and 24 bytes.
private struct Grown: GrowingStructure {
  static var firstSize: Int { 8 }
  var structSize: UInt32 = 0
  var first: Int32 = 0
  var second: Double = 0
  var third: Int64 = 0
}

/// Reads what a program compiled with another header passes: that many bytes, and none behind them.
private func readGrown(size: Int, _ bytes: [UInt8]) throws -> Grown {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
  defer { memory.deallocate() }
  // What stands behind a structure is no part of it.
  memory.initializeMemory(as: UInt8.self, repeating: 0xff)
  memory.copyBytes(from: bytes)
  memory.storeBytes(of: UInt32(size), as: UInt32.self)
  return try read("options", UnsafePointer(memory.baseAddress!.assumingMemoryBound(to: Grown.self)))
}

private let stated: [UInt8] = [0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 5, 0, 0, 0, 0, 0, 0, 0]

@Test func whatAnOlderHeaderLacksIsZero() throws {
  let first = try readGrown(size: 8, Array(stated[..<8]))
  #expect(first.first == 7 && first.second == 0 && first.third == 0)
  let second = try readGrown(size: 16, Array(stated[..<16]))
  #expect(second.first == 7 && second.second == 1 && second.third == 0)
  let third = try readGrown(size: 24, stated)
  #expect(third.first == 7 && third.second == 1 && third.third == 5)
}

@Test func zerosOfANewerHeaderAreTaken() throws {
  let newer = try readGrown(size: 32, stated + [UInt8](repeating: 0, count: 8))
  #expect(newer.first == 7 && newer.second == 1 && newer.third == 5)
}

@Test(arguments: 24..<40) func valuesOfANewerHeaderAreRefused(at byte: Int) {
  var bytes = stated + [UInt8](repeating: 0, count: 16)
  bytes[byte] = 1
  #expect(throws: ResampleError.self) { try readGrown(size: 40, bytes) }
}

@Test(arguments: [0, 1, 3, 4, 7, 1025, 65536, 4_294_967_295]) func sizesThatNoHeaderHasAreRefused(size: Int) {
  #expect(throws: ResampleError.self) { try readGrown(size: size, stated) }
}

/// The first header's sizes: what they are today must not be what they were then once a structure has grown.
@Test func theFirstSizesStay() {
  #expect(rsmp_interpolate_options.firstSize == 96)
  #expect(rsmp_onnx_resize_options.firstSize == 344)
  #expect(rsmp_pillow_resize_options.firstSize == 80)
  #expect(rsmp_conv_transpose_options.firstSize == 128)
  #expect(rsmp_grid_sample_options.firstSize == 16)
  #expect(rsmp_axis_info.firstSize == 32)
  #expect(rsmp_preprocess_options.firstSize == 224)
  #expect(rsmp_placement.firstSize == 72)
}
