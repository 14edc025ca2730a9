import CShims

/// A few values that are made when they are first needed, by whichever thread comes first, and then stay.
struct Lazy<Value: ~Copyable>: ~Copyable {
  /// nil where there are no values.
  private let places: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private let count: Int

  // Not inlined: where the count is known, the compiler makes this a calloc.
  @inline(never)
  init(count: Int) throws(ResampleError) {
    guard count > 0 else {
      (places, self.count) = (nil, 0)
      return
    }
    let bytes = count * MemoryLayout<UnsafeMutableRawPointer?>.stride
    let places = try allocated(bytes: bytes).bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
    places.initialize(repeating: nil, count: count)
    (self.places, self.count) = (places, count)
  }

  deinit {
    guard let places else { return }
    for index in 0..<count { Owned.destroy(places[index]?.assumingMemoryBound(to: Value.self)) }
    free(places)
  }

  /// The `index`-th value, made if it is not there yet; `make` may run in several threads, of which one wins.
  func value(
    _ index: Int, make: () throws(ResampleError) -> UnsafeMutablePointer<Value>
  ) throws(ResampleError) -> UnsafePointer<Value> {
    precondition(index >= 0 && index < count)
    let place = places! + index
    if let value = rsk_load_pointer(place) {
      return UnsafePointer(value.assumingMemoryBound(to: Value.self))
    }
    let made = try make()
    let present = rsk_publish_pointer(place, made)!.assumingMemoryBound(to: Value.self)
    if present != made { Owned.destroy(made) }
    return UnsafePointer(present)
  }

  /// Calls `body` with the value that `isWanted` tells of, which `make` makes if it is not there yet, at the first empty place.
  /// Where all places have other values, the value is for this call alone.
  func with(
    _ isWanted: (UnsafePointer<Value>) -> Bool, make: () throws(ResampleError) -> UnsafeMutablePointer<Value>,
    _ body: (UnsafePointer<Value>) throws(ResampleError) -> Void
  ) throws(ResampleError) {
    for index in 0..<count {
      let value = try value(index, make: make)
      if isWanted(value) { return try body(value) }
    }
    let value = try make()
    defer { Owned.destroy(value) }
    try body(UnsafePointer(value))
  }
}
