import CShims

/// The first few values that are asked for, which stay; those that come later are made for each call. Threads that ask at once
/// get one value.
struct KeptValues<Value: ~Copyable>: ~Copyable {
  private let places: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let count: Int

  init(count: Int) throws(ResampleError) {
    places = try Owned<UnsafeMutableRawPointer?>.allocate(count: count)
    places.initialize(repeating: nil, count: count)
    self.count = count
  }

  deinit {
    for index in 0..<count { Owned.destroy(places[index]?.assumingMemoryBound(to: Value.self)) }
    free(places)
  }

  /// Calls `body` with the value that `isWanted` tells of, or with the one that `make` makes.
  func with(
    _ isWanted: (UnsafePointer<Value>) -> Bool,
    make: () throws(ResampleError) -> UnsafeMutablePointer<Value>,
    _ body: (UnsafePointer<Value>) throws(ResampleError) -> Void
  ) throws(ResampleError) {
    var made: UnsafeMutablePointer<Value>?
    // Empty once it is kept.
    defer { Owned.destroy(made) }
    for index in 0..<count {
      var present = rsk_load_pointer(places + index)
      if present == nil {
        let value: UnsafeMutablePointer<Value>
        if let made { value = made } else { value = try make() }
        made = value
        present = rsk_publish_pointer(places + index, value)
        if present == UnsafeMutableRawPointer(value) { made = nil }
      }
      let value = UnsafePointer(present!.assumingMemoryBound(to: Value.self))
      if isWanted(value) { return try body(value) }
    }
    let value: UnsafeMutablePointer<Value>
    if let made { value = made } else { value = try make() }
    made = value
    try body(UnsafePointer(value))
  }
}
