import CResample
import Resample

/// Runs the body of an entry point; a failure becomes a status and a message in the caller's error.
func report(
  to error: UnsafeMutablePointer<rsmp_error>?, _ body: () throws(ResampleError) -> Void
) -> rsmp_status {
  let floatingPoint = FloatingPoint()
  defer { floatingPoint.restore() }
  do throws(ResampleError) {
    try body()
    return rsmp_status(RSMP_OK)
  } catch let failure {
    if let error { write(failure, to: error) }
    failure.message.discard()
    return failure.status.rawValue
  }
}

private func write(_ failure: ResampleError, to error: UnsafeMutablePointer<rsmp_error>) {
  error.pointee.status = failure.status.rawValue
  withUnsafeMutableBytes(of: &error.pointee.message) { text in
    let length = min(failure.message.count, text.count - 1)
    for index in 0..<length { text[index] = failure.message[index] }
    text[length] = 0
  }
}

/// The value that a caller has to point to.
func required<Pointee>(
  _ name: StaticString, _ pointer: UnsafePointer<Pointee>?
) throws(ResampleError) -> UnsafePointer<Pointee> {
  guard let pointer else { throw .invalidValue("\(name) is NULL") }
  return pointer
}

func required<Pointee>(
  _ name: StaticString, _ pointer: UnsafeMutablePointer<Pointee>?
) throws(ResampleError) -> UnsafeMutablePointer<Pointee> {
  guard let pointer else { throw .invalidValue("\(name) is NULL") }
  return pointer
}

/// The truth value of a caller's number.
func flag(_ name: StaticString, _ value: Int32) throws(ResampleError) -> Bool {
  guard value == 0 || value == 1 else { throw .invalidValue("\(name) must be 0 or 1, got \(Int(value))") }
  return value == 1
}

/// The case of an enumeration that a caller's number stands for.
func known<Value: RawRepresentable<Int32>>(_ name: StaticString, _ value: Int32) throws(ResampleError) -> Value {
  guard let known = Value(rawValue: value) else { throw .invalidValue("\(name) has no value \(Int(value))") }
  return known
}

/// The entries of a caller's array that are given.
func count(_ name: StaticString, _ value: Int32, most: Int) throws(ResampleError) -> Int {
  guard value >= 0, value <= most else { throw .invalidValue("\(name) must be from 0 to \(most), got \(Int(value))") }
  return Int(value)
}

/// The object of an opaque handle.
func required<Object: ~Copyable>(
  _ name: StaticString, _ handle: OpaquePointer?, as type: Object.Type
) throws(ResampleError) -> UnsafePointer<Object> {
  guard let handle else { throw .invalidValue("\(name) is NULL") }
  return UnsafePointer(handle)
}

extension UnsafeRawBufferPointer {
  /// Element `index` of an array.
  func load<Element: BitwiseCopyable>(_ index: Int, as type: Element.Type) -> Element {
    load(fromByteOffset: index * MemoryLayout<Element>.stride, as: type)
  }
}
