extension Tensor {
  /// Whether some byte belongs to an element of both.
  ///
  /// Exact for the views that occur: a search over the axes, largest stride first, bounded in its steps. Where the
  /// bound is reached the answer is yes, which refuses a call rather than spoiling its input.
  @export(interface) package func overlaps(_ other: Tensor) -> Bool {
    guard !isEmpty, !other.isEmpty else { return false }
    let distance = Int(bitPattern: other.origin) - Int(bitPattern: origin)
    guard extent.lowerBound < distance + other.extent.upperBound, distance + other.extent.lowerBound < extent.upperBound
    else { return false }

    // A shared byte is a solution of: sum of stride * index over the axes of both and the bytes of a sample of each
    // = target, where every term is turned to run upwards from its lowest offset.
    var search = OverlapSearch()
    for axis in 0..<shape.rank { search.add(stride: byteStride(axis), count: shape[axis]) }
    for axis in 0..<other.shape.rank { search.add(stride: other.byteStride(axis), count: other.shape[axis]) }
    search.add(stride: 1, count: sampleSize)
    search.add(stride: 1, count: other.sampleSize)
    // origin + extent.low + a = other.origin + other.extent.high - 1 - b, with a and b the sums of the two sides
    let target = distance + other.extent.upperBound - 1 - extent.lowerBound
    return search.hasSolution(target)
  }
}

/// Looks for indices with sum of stride * index = target, 0 <= index < count.
private struct OverlapSearch {
  private var strides = InlineArray<18, Int>(repeating: 0)
  private var highest = InlineArray<18, Int>(repeating: 0)
  private var count = 0
  private var steps = 0

  mutating func add(stride: Int, count length: Int) {
    guard stride != 0, length > 1 else { return }
    // Sorted, the largest stride first.
    var place = count
    while place > 0 && strides[place - 1] < abs(stride) {
      strides[place] = strides[place - 1]
      highest[place] = highest[place - 1]
      place -= 1
    }
    strides[place] = abs(stride)
    highest[place] = length - 1
    count += 1
  }

  mutating func hasSolution(_ target: Int) -> Bool { search(0, target) }

  private mutating func search(_ axis: Int, _ target: Int) -> Bool {
    if target < 0 { return false }
    if axis == count { return target == 0 }
    steps += 1
    if steps > 10_000 { return true }
    var reach = 0
    for later in axis + 1..<max(count, axis + 1) { reach += strides[later] * highest[later] }
    let upper = min(target / strides[axis], highest[axis])
    let lower = max((target - reach + strides[axis] - 1) / strides[axis], 0)
    var index = upper
    while index >= lower {
      if search(axis + 1, target - index * strides[axis]) { return true }
      index -= 1
    }
    return false
  }
}
