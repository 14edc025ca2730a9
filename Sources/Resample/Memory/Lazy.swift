import CShims

/// A few values that are made when they are first needed, by whichever thread comes first, and then stay.
struct Lazy<Value: ~Copyable>: ~Copyable {
  /// nil where there are no values.
  private let places: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private let count: Int

  init(count: Int) throws(ResampleError) {
    guard count > 0 else {
      (places, self.count) = (nil, 0)
      return
    }
    let bytes = count * MemoryLayout<UnsafeMutableRawPointer?>.stride
    guard let memory = malloc(bytes) else { throw .outOfMemory(bytes: bytes) }
    let places = memory.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
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
}
