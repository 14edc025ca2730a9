/// One call of conv_transpose, checked.
package struct ConvTransposeRequest {
  private let inputShape: Shape
  private let weightShape: Shape
  package let outputShape: Shape
  let groups: Int
  /// Depth, height and width; an axis that the input does not have leaves its single sample as it is.
  private var axes: InlineArray<3, ConvTransposeAxis>

  package init(input: Shape, weight: Shape, _ options: ConvTransposeOptions) throws(ResampleError) {
    guard (3...5).contains(input.rank), weight.rank == input.rank else {
      throw .invalidValue(
        "input and weight must have the same 3 to 5 axes (N, Cin, ...) and (Cin, Cout / groups, ...), got \(input) and \(weight)"
      )
    }
    let groups = options.groups == 0 ? 1 : options.groups
    guard groups > 0 else { throw .invalidValue("groups must be positive, got \(groups)") }
    guard input.channels > 0, weight[0] == input.channels else {
      throw .invalidValue("weight \(weight) must begin with the input's channels, got an input of shape \(input)")
    }
    guard input.channels % groups == 0 else {
      throw .invalidValue("the input's channels must be divisible by groups \(groups), got \(input.channels)")
    }
    let (outputChannels, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    guard !overflow, outputChannels > 0 else {
      throw .invalidValue("weight \(weight) and groups \(groups) give no number of channels")
    }
    var output = input
    output[1] = outputChannels
    axes = InlineArray(repeating: .none)
    let spatialRank = input.spatialRank
    for index in 0..<spatialRank {
      let axis = try ConvTransposeAxis(
        input: input[index + 2], kernel: weight[index + 2],
        stride: try options.stride.value("stride", index, of: spatialRank, atLeast: 1, otherwise: 1),
        padding: try options.padding.value("padding", index, of: spatialRank, atLeast: 0, otherwise: 0),
        outputPadding: try options.outputPadding.value(
          "output_padding", index, of: spatialRank, atLeast: 0, otherwise: 0),
        dilation: try options.dilation.value("dilation", index, of: spatialRank, atLeast: 1, otherwise: 1))
      output[index + 2] = axis.output
      axes[3 - spatialRank + index] = axis
    }
    guard output.byteCount(sampleSize: 1) != nil else {
      throw .invalidValue("an output of shape \(output) is too large")
    }
    self.groups = groups
    inputShape = input
    weightShape = weight
    outputShape = output
  }

  /// Depth (0), height (1) or width (2).
  func axis(ofDimension dimension: Int) -> ConvTransposeAxis { axes[dimension] }

  /// Computes `output`. Nothing is written when it fails.
  package func run(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ output: Tensor, _ instructionSet: InstructionSet
  ) throws(ResampleError) {
    guard let format = SumFormat(input.dtype) else {
      throw .invalidType("input must be float32, float64, float16, bfloat16 or int64, got \(input.dtype)")
    }
    try input.require("input", inputShape, input.dtype)
    try weight.require("weight", weightShape, input.dtype)
    try output.require("output", outputShape, input.dtype)
    try output.requireApart(from: input)
    try output.requireApart(from: weight, "weight")
    if let bias {
      var shape = Shape(rank: 1)
      shape[0] = outputShape.channels
      try bias.require("bias", shape, input.dtype)
      try output.requireApart(from: bias, "bias")
    }
    guard !output.shape.isEmpty else { return }
    var execution = try ConvTransposeExecution(self, format, input, weight, bias, output, instructionSet.kernels)
    try execution.run()
  }
}

extension ConvTransposeOptions.PerAxis {
  /// More than any tensor has, and few enough for sums of products.
  private static let largest = Int(Int32.max)

  fileprivate func value(
    _ name: StaticString, _ index: Int, of spatialRank: Int, atLeast lowest: Int, otherwise: Int
  ) throws(ResampleError) -> Int {
    if count == 0 { return otherwise }
    guard count == spatialRank else {
      throw .invalidValue("\(name) must have \(spatialRank) entries, got \(count)")
    }
    guard (lowest...ConvTransposeOptions.PerAxis.largest).contains(values[index]) else {
      throw .invalidValue(
        "\(name) must be from \(lowest) to \(ConvTransposeOptions.PerAxis.largest), got \(values[index])")
    }
    return values[index]
  }
}

/// One axis of a transposed convolution: output sample o is the sum over k of weight k times input sample
/// (o + padding - k * dilation) / stride, where that is one.
struct ConvTransposeAxis {
  let input: Int
  let output: Int
  let kernel: Int
  let stride: Int
  private let padding: Int
  private let dilation: Int
  /// The phases that have taps at all are so far apart (the greatest common divisor of stride and dilation), and so far
  /// apart are the taps of one.
  private let phaseStep: Int
  private let tapStep: Int
  /// The first tap of the phase that is `phaseStep` behind phase -`padding`, whose first is 0.
  private let inverse: Int

  static let none = ConvTransposeAxis()

  private init() {
    (input, output, kernel, stride, padding, dilation) = (1, 1, 1, 1, 0, 1)
    (phaseStep, tapStep, inverse) = (1, 1, 0)
  }

  init(
    input: Int, kernel: Int, stride: Int, padding: Int, outputPadding: Int, dilation: Int
  ) throws(ResampleError) {
    guard input > 0 else { throw .invalidValue("input has an empty spatial axis") }
    guard kernel > 0 else { throw .invalidValue("weight has an empty spatial axis") }
    guard outputPadding < max(stride, dilation) else {
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
    guard output > 0 else {
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

  /// The output samples that are `stride` apart read the same weights: so many different sets there are.
  var phases: Int { min(stride, output) }

  /// The output samples of a phase.
  func length(ofPhase phase: Int) -> Int { (output - phase + stride - 1) / stride }

  /// A weight, and the input sample that it meets at the first output sample of a phase, be there one or not.
  struct Tap {
    let k: Int
    let input: Int
  }

  /// The taps of a phase that read any sample of the input for its first `count` output samples, by rising k.
  func taps(ofPhase phase: Int, _ count: Int) -> Taps {
    let position = phase + padding
    guard position % phaseStep == 0 else { return Taps(k: kernel, end: kernel, step: 1, input: 0, inputStep: 0) }
    var k = position / phaseStep % tapStep * inverse % tapStep
    // Those before it read behind the input.
    let behind = (position - input * stride) / dilation
    if position >= input * stride, k <= behind { k += (behind - k) / tapStep * tapStep + tapStep }
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
}
