/// Why a call is refused; the raw values are those of the C interface.
package enum Status: Int32 {
  case invalidValue = 1
  case invalidType = 2
  case notImplemented = 3
  case outOfMemory = 4
  case unsupportedProcessor = 5
}

package struct ResampleError: Error {
  package let status: Status
  package let message: Message

  package static func invalidValue(_ message: Message) -> ResampleError {
    .init(status: .invalidValue, message: message)
  }
  package static func invalidType(_ message: Message) -> ResampleError { .init(status: .invalidType, message: message) }
  package static func notImplemented(_ message: Message) -> ResampleError {
    .init(status: .notImplemented, message: message)
  }
  package static func outOfMemory(bytes: Int) -> ResampleError {
    .init(status: .outOfMemory, message: "out of memory: \(bytes) bytes could not be allocated")
  }
  package static func unsupportedProcessor(_ message: Message) -> ResampleError {
    .init(status: .unsupportedProcessor, message: message)
  }
}
