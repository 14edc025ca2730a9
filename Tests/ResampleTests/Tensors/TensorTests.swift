import Testing

@testable import Resample

private func shape(_ lengths: [Int]) -> Shape {
  var shape = Shape(rank: lengths.count)
  for (axis, length) in lengths.enumerated() { shape[axis] = length }
  return shape
}

/// A tensor of int16 in memory that is never touched.
private func tensor(_ lengths: [Int], _ strides: [Int64]? = nil, at address: Int = 1 << 40) throws -> Tensor {
  try Tensor(
    "input", data: UnsafeMutableRawPointer(bitPattern: address), byteOffset: 0, dtype: .int16, shape: shape(lengths),
    strides: strides)
}

/// The bytes of a small tensor, one by one.
private func bytes(_ tensor: Tensor) -> Set<Int> {
  var offsets = [0]
  for axis in 0..<tensor.shape.rank {
    offsets = offsets.flatMap { offset in (0..<tensor.shape[axis]).map { offset + $0 * tensor.byteStride(axis) } }
  }
  let origin = Int(bitPattern: tensor.origin)
  return Set(offsets.flatMap { [origin + $0, origin + $0 + 1] })
}

@Test func extentCoversNegativeStrides() throws {
  let tensor = try tensor([1, 1, 4], [0, 0, -3])
  #expect(tensor.extent == -18..<2)
}

@Test func strideOfAnAxisOfOneSampleIsIgnored() throws {
  #expect(try tensor([1, 1, 4], [.max, .min, 1]).extent == 0..<8)
}

@Test func stridesThatOverflowAreRefused() {
  #expect(throws: ResampleError.self) { try tensor([2, 1, 4], [.max / 2, 0, 1]) }
  #expect(throws: ResampleError.self) { try tensor([3, 1, 4], [.max / 3, 0, 1]) }
  #expect(throws: ResampleError.self) { try tensor([1 << 40, 1 << 40, 4]) }
  #expect(throws: ResampleError.self) { try tensor([1, 1, 4], [0, 0, .min / 8], at: 1 << 20) }
  // Sums of two such extents would overflow.
  #expect(throws: ResampleError.self) { try tensor([1, 1, 2, 2], [0, 0, 1 << 61, 1 << 60]) }
}

@Test func missingDataIsRefusedUnlessEmpty() throws {
  #expect(throws: ResampleError.self) {
    try Tensor("input", data: nil, byteOffset: 0, dtype: .int16, shape: shape([1, 1, 4]), strides: nil)
  }
  _ = try Tensor("input", data: nil, byteOffset: 0, dtype: .int16, shape: shape([0, 1, 4]), strides: nil)
}

@Test func overlapIsExactOnRandomViews() throws {
  var found = (overlapping: 0, apart: 0)
  for _ in 0..<3000 {
    func view() throws -> Tensor {
      let rank = Int.random(in: 1...3)
      return try tensor(
        (0..<rank).map { _ in Int.random(in: 1...4) }, (0..<rank).map { _ in .random(in: -12...12) },
        at: 1 << 40 + Int.random(in: -20...20))
    }
    let (a, b) = (try view(), try view())
    let expected = !bytes(a).isDisjoint(with: bytes(b))
    #expect(a.overlaps(b) == expected)
    if expected { found.overlapping += 1 } else { found.apart += 1 }
  }
  #expect(found.overlapping > 500 && found.apart > 500)
}

@Test func interleavedViewsAreApart() throws {
  // Channels 0-2 and 3-5 of the same images; even and odd columns.
  let first = try tensor([2, 3, 8, 8], [384, 64, 8, 1])
  let second = try tensor([2, 3, 8, 8], [384, 64, 8, 1], at: 1 << 40 + 2 * 192)
  #expect(!first.overlaps(second))
  let even = try tensor([2, 3, 8, 4], [192, 64, 8, 2])
  let odd = try tensor([2, 3, 8, 4], [192, 64, 8, 2], at: 1 << 40 + 2)
  #expect(!even.overlaps(odd))
  #expect(even.overlaps(even))
}

@Test func elementsThatShareMemoryAreFound() throws {
  #expect(try tensor([2, 3, 4]).elementsAreApart)
  #expect(try tensor([2, 3, 4], [-12, 4, -1]).elementsAreApart)
  #expect(try tensor([2, 3, 4], [1, 2, 6]).elementsAreApart)
  #expect(try !tensor([2, 3, 4], [0, 4, 1]).elementsAreApart)
  #expect(try !tensor([1, 3, 4], [0, 3, 1]).elementsAreApart)
}
