import Testing

@testable import Resample

private func text(_ message: Message) -> String {
  defer { message.discard() }
  return String(decoding: (0..<message.count).map { message[$0] }, as: UTF8.self)
}

@Test func messagesReadAsWritten() {
  var shape = Shape(rank: 3)
  (shape[0], shape[1], shape[2]) = (1, 20, 300)
  #expect(text("size must have \(2) entries, got \(-3)") == "size must have 2 entries, got -3")
  #expect(text("\(shape) of \(Dtype.bfloat16)") == "(1, 20, 300) of bfloat16")
  #expect(text("\(Dtype(code: 9, bits: 4))") == "dtype {9, 4, 1}")
  #expect(text("\(Int.min) \(Int.max)") == "-9223372036854775808 9223372036854775807")
}

@Test(arguments: [
  (0.0, "0"), (2, "2"), (-1.5, "-1.5"), (0.753812, "0.753812"), (1e30, "1e30"), (2.5e-7, "2.5e-7"), (.nan, "nan"),
  (-.infinity, "-inf"), (Double.leastNonzeroMagnitude, "4.940656e-324"), (0.9999999, "1"), (1e-300, "1e-300"),
  (1e300, "1e300"),
])
func numbersAreRecognisable(_ number: Double, _ expected: String) {
  #expect(text("\(number)") == expected)
}

@Test func longMessagesAreCutOff() {
  var shape = Shape(rank: 5)
  for axis in 0..<5 { shape[axis] = .max }
  let message: Message = "\(shape) \(shape) \(shape) \(shape) \(shape)"
  #expect(message.count == Message.capacity)
  message.discard()
}
