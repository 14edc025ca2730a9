/// One axis of a transposed convolution: output sample o is the sum over k of weight k times input sample
/// (o + padding - k * dilation) / stride, where that is one.
struct ConvTransposeAxis {
  let input: Int
  let output: Int
  let kernel: Int
  let stride: Int
  private let padding: Int
  private let dilation: Int
  /// The distance between phases that have taps (the greatest common divisor of stride and dilation), and between the taps
  /// of one.
  private let phaseStep: Int
  private let tapStep: Int
  /// The first tap of the phase `phaseStep` after phase -`padding`, whose first is 0.
  private let inverse: Int

  static let none = ConvTransposeAxis()

  private init() {
    (input, output, kernel, stride, padding, dilation) = (1, 1, 1, 1, 0, 1)
    (phaseStep, tapStep, inverse) = (1, 1, 0)
  }

  /// `isOfNothing`: the batch is empty. PyTorch then takes axes without samples, and any output_padding.
  init(
    input: Int, kernel: Int, stride: Int, padding: Int, outputPadding: Int, dilation: Int, isOfNothing: Bool = false
  ) throws(ResampleError) {
    guard input > 0 || isOfNothing else { throw .invalidValue("input has an empty spatial axis") }
    guard kernel > 0 else { throw .invalidValue("weight has an empty spatial axis") }
    guard outputPadding < max(stride, dilation) || isOfNothing else {
      throw .invalidValue(
        "output_padding must be smaller than stride or dilation, got \(outputPadding), \(stride) and \(dilation)")
    }
    let (reach, overflow) = (input - 1).multipliedReportingOverflow(by: stride)
    let (spread, spreadOverflow) = (kernel - 1).multipliedReportingOverflow(by: dilation)
    let (length, lengthOverflow) = reach.addingReportingOverflow(spread)
    guard !overflow, !spreadOverflow, !lengthOverflow, length <= Shape.addressSpace else {
      throw .invalidValue(
        "an input of \(input) samples with a kernel of \(kernel), stride \(stride) and dilation \(dilation) is too long"
      )
    }
    output = length - 2 * padding + outputPadding + 1
    guard output > 0 || (isOfNothing && output == 0) else {
      throw .invalidValue(
        "padding \(padding) leaves an output of \(output) samples of an input of \(input) with a kernel of \(kernel)")
    }
    (self.input, self.kernel, self.stride, self.padding, self.dilation) = (input, kernel, stride, padding, dilation)
    // Tap k belongs to the phases whose distance from -padding leaves the rest of k * dilation when divided by stride.
    var (a, b) = (dilation, stride)
    var (inverse, next) = (1, 0)
    while b > 0 {
      (inverse, next) = (next, inverse - a / b * next)
      (a, b) = (b, a % b)
    }
    phaseStep = a
    tapStep = stride / a
    self.inverse = (inverse % tapStep + tapStep) % tapStep
  }

  /// The sets of weights: output samples that are `stride` apart read the same ones.
  var phases: Int { min(stride, output) }

  /// The output samples of a phase.
  func length(ofPhase phase: Int) -> Int { (output - phase + stride - 1) / stride }

  /// A weight, and the input sample that it meets at the first output sample of a phase, whether or not there is one.
  struct Tap {
    let k: Int
    let input: Int
  }

  /// The taps of a phase that read any sample of the input for its first `count` output samples, by rising k.
  func taps(ofPhase phase: Int, _ count: Int) -> Taps {
    let position = phase + padding
    guard position % phaseStep == 0 else { return Taps(k: kernel, end: kernel, step: 1, input: 0, inputStep: 0) }
    var k = position / phaseStep % tapStep * inverse % tapStep
    // Those before it read after the end of the input.
    let outside = (position - input * stride) / dilation
    if position >= input * stride, k <= outside { k += (outside - k) / tapStep * tapStep + tapStep }
    let end = min(kernel, (position + count * stride - 1) / dilation + 1)
    return Taps(
      k: k, end: end, step: tapStep, input: k < end ? (position - k * dilation) / stride : 0,
      inputStep: dilation / phaseStep)
  }

  struct Taps: Sequence, IteratorProtocol {
    fileprivate var k: Int
    fileprivate let end: Int
    fileprivate let step: Int
    fileprivate var input: Int
    fileprivate let inputStep: Int

    mutating func next() -> Tap? {
      guard k < end else { return nil }
      defer {
        k += step
        input -= inputStep
      }
      return Tap(k: k, input: input)
    }
  }

  /// As many taps as a phase may have.
  var mostTaps: Int { (kernel - 1) / tapStep + 1 }

  /// The input samples, and those outside it, from the first to the last that `rows` neighbouring output samples may read.
  func mostRows(for rows: Int) -> Int {
    let count = (rows + stride - 1) / stride
    let (reach, overflow) = ((kernel - 1) * dilation / stride).addingReportingOverflow(count + 1)
    return min(overflow ? .max : reach, input + 2 * count)
  }

  // MARK: The gradient of the input

  /// A weight, and what it meets in the gradient of the output: for input sample i, sample i + `shift` of phase `phase`.
  struct GradientTap {
    let k: Int
    let phase: Int
    let shift: Int
    /// The input samples for which there is one.
    let inputs: Range<Int>
  }

  /// Tap `k`, or nil where it meets nothing.
  func gradientTap(_ k: Int) -> GradientTap? {
    let position = k * dilation - padding
    let shift = position >= 0 ? position / stride : -((stride - 1 - position) / stride)
    let phase = position - shift * stride
    guard phase < output else { return nil }
    let (low, high) = (max(0, -shift), min(input, length(ofPhase: phase) - shift))
    return low < high ? GradientTap(k: k, phase: phase, shift: shift, inputs: low..<high) : nil
  }

  /// The taps that may meet anything: between them each of these steps over the output.
  var meetingTaps: Range<Int> {
    let (low, high) = (padding - input * stride, (padding + output - 1) / dilation + 1)
    let first = low < 0 ? 0 : low / dilation + 1
    return first..<max(first, min(kernel, high))
  }

  /// Those that meet the same phase, one of `phasesRead`.
  func meetingTaps(ofPhase phase: Int) -> StrideTo<Int> {
    Swift.stride(from: meetingTaps.lowerBound + phase, to: meetingTaps.upperBound, by: tapStep)
  }

  /// How many phases of the output taps meet: all of them, or those of as many neighbouring taps.
  var phasesRead: Int { min(tapStep, kernel) }
  var readsAllPhases: Bool { phasesRead == stride && phasesRead <= output }

  /// The place of a phase that taps meet among `phasesRead`: themselves where all are read.
  func place(of tap: GradientTap) -> Int { readsAllPhases ? tap.phase : tap.k % tapStep }
  func phase(ofPlace place: Int) -> Int {
    if readsAllPhases { return place }
    let rest = (place * dilation - padding) % stride
    return rest < 0 ? rest + stride : rest
  }

  /// The least and the greatest shift of a tap that meets anything; 0 and 0 where none does.
  var shifts: ClosedRange<Int> {
    var (low, high) = (Int.max, Int.min)
    for k in meetingTaps {
      guard let tap = gradientTap(k) else { continue }
      low = min(low, tap.shift)
      high = max(high, tap.shift)
    }
    return low <= high ? low...high : 0...0
  }
}
