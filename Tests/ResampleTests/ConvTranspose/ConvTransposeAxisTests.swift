import Testing

@testable import Resample

/// The taps of a phase by arithmetic are those that trying every weight finds.
@Test func tapsOfPhaseAreThoseThatReadTheInput() throws {
  for (stride, dilation) in [(1, 1), (2, 1), (1, 3), (2, 2), (3, 2), (4, 6), (6, 4), (5, 5), (7, 3), (3, 9)] {
    for input in [1, 2, 5] {
      for kernel in [1, 2, 3, 4, 7, 12] {
        for padding in [0, 1, 2, 5, 8] {
          guard
            let axis = try? ConvTransposeAxis(
              input: input, kernel: kernel, stride: stride, padding: padding, outputPadding: 0, dilation: dilation)
          else { continue }
          for phase in 0..<axis.output {
            for count in [1, 2, axis.length(ofPhase: phase)] {
              var expected: [[Int]] = []
              for k in 0..<kernel where (phase + padding - k * dilation) % stride == 0 {
                let first = (phase + padding - k * dilation) / stride
                if first < input && first + count > 0 { expected.append([k, first]) }
              }
              #expect(axis.taps(ofPhase: phase, count).map { [$0.k, $0.input] } == expected)
              #expect(expected.count <= axis.mostTaps)
            }
          }
        }
      }
    }
  }
}
