import CShims

/// A sentence for the user.
///
///     let message: Message = "size must have \(2) entries for a \(4)-D input, got \(3)"
///
/// Its characters are allocated, and whoever catches the error discards them: what throws would otherwise copy them in hundreds of
/// places. Its parts are appended by calls: there are many messages, and none is ever needed in a hurry.
package struct Message: ExpressibleByStringInterpolation, @unchecked Sendable {
  package static var capacity: Int { 251 }

  private struct Sentence {
    var count: Int
    /// As many of them.
    var bytes: InlineArray<251, UInt8>
  }

  /// nil where there was no memory for it.
  private let sentence: UnsafeMutablePointer<Sentence>?
  private static var ofLostOnes: StaticString { "no memory is left to say more" }

  package init(stringLiteral literal: StaticString) {
    self.init()
    append(literal)
  }

  package init(stringInterpolation interpolation: StringInterpolation) { self = interpolation.message }

  @inline(never) private init() {
    sentence = malloc(MemoryLayout<Sentence>.size)?.bindMemory(to: Sentence.self, capacity: 1)
    sentence?.pointee.count = 0
  }

  /// Nobody reads it any more.
  package func discard() { free(sentence) }

  package var count: Int { sentence?.pointee.count ?? Message.ofLostOnes.utf8CodeUnitCount }

  package subscript(index: Int) -> UInt8 {
    if let sentence { sentence.pointee.bytes[index] } else { Message.ofLostOnes.utf8Start[index] }
  }

  /// What does not fit is cut off.
  @inline(never) private func append(_ byte: UInt8) {
    guard let sentence, sentence.pointee.count < Message.capacity else { return }
    sentence.pointee.bytes[sentence.pointee.count] = byte
    sentence.pointee.count += 1
  }

  @inline(never) private func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { append(text.utf8Start[index]) }
  }

  @inline(never) private func append(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    let magnitude = number.magnitude
    var divisor: UInt64 = 1
    while magnitude / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(magnitude / divisor % 10))
      divisor /= 10
    }
  }

  /// Enough to recognise a user's number: six digits after the point, or an exponent.
  @inline(never) private func append(_ number: Double) {
    if number.isNaN { return append("nan") }
    if number < 0 { append(UInt8(ascii: "-")) }
    if number.isInfinite { return append("inf") }
    var scaled = abs(number)
    var exponent = 0
    if scaled >= 1e15 || scaled > 0 && scaled < 1e-4 {
      while scaled >= 10 {
        scaled /= 10
        exponent += 1
      }
      while scaled < 1 {
        scaled *= 10
        exponent -= 1
      }
    }
    var whole = Int64(scaled)
    var fraction = Int64((scaled - Double(whole)) * 1e6 + 0.5)
    if fraction == 1_000_000 {
      whole += 1
      fraction = 0
    }
    if exponent != 0 && whole == 10 {
      whole = 1
      exponent += 1
    }
    append(whole)
    if fraction > 0 {
      append(UInt8(ascii: "."))
      var divisor: Int64 = 100_000
      while fraction > 0 {
        append(UInt8(ascii: "0") + UInt8(fraction / divisor))
        fraction %= divisor
        divisor /= 10
      }
    }
    if exponent != 0 {
      append("e")
      append(Int64(exponent))
    }
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate let message = Message()

    package init(literalCapacity: Int, interpolationCount: Int) {}

    @inline(never) package mutating func appendLiteral(_ literal: StaticString) { message.append(literal) }
    @inline(never) package mutating func appendInterpolation(_ text: StaticString) { message.append(text) }
    @inline(never) package mutating func appendInterpolation(_ number: Int) { message.append(Int64(number)) }
    @inline(never) package mutating func appendInterpolation(_ number: Double) { message.append(number) }

    /// Text from outside, such as an environment variable: what is not printable ASCII becomes a question mark, so that
    /// the message stays UTF-8.
    @inline(never) package mutating func appendInterpolation(_ text: UnsafePointer<CChar>) {
      var index = 0
      while index < Message.capacity, text[index] != 0 {
        let byte = UInt8(bitPattern: text[index])
        message.append((0x20...0x7e).contains(byte) ? byte : UInt8(ascii: "?"))
        index += 1
      }
    }
  }
}
