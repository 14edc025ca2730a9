import ResampleGeometry

/// What is done to an image in turn: each step reads what the one before it wrote.
enum ResizeStep {
  /// The plan belongs to the steps.
  case resample(UnsafeMutablePointer<InterpolatePlan>)
  case average(CellMeans)
  case averageCells(CellAverages)
  /// Belongs to the steps.
  case blendBytes(UnsafeMutablePointer<ByteBlending>)
  /// Colours times alpha, the last channel.
  case premultiply(Shape)
  case unpremultiply(Shape)

  var outputShape: Shape {
    switch self {
    case .resample(let plan): plan.pointee.request.writtenTensorShape
    case .average(let means): means.outputShape
    case .averageCells(let averages): averages.outputShape
    case .blendBytes(let blending): blending.pointee.outputShape
    case .premultiply(let shape), .unpremultiply(let shape): shape
    }
  }

  func run(_ input: Tensor, _ output: Tensor) throws(ResampleError) {
    switch self {
    case .resample(let plan): try plan.pointee.execute(input, output)
    case .average(let means): means.run(input, output)
    case .averageCells(let averages): try averages.run(input, output)
    case .blendBytes(let blending): try blending.pointee.run(input, output)
    case .premultiply: Alpha(input, output).premultiply()
    case .unpremultiply: Alpha(input, output).unpremultiply()
    }
  }
}

/// A plan that may have several steps; the memory between them is that of a call.
package struct ResizePlan: ~Copyable {
  private let dtype: Dtype
  package let inputShape: Shape
  private var steps = InlineArray<5, ResizeStep?>(repeating: nil)
  private var count = 0
  /// The plan of the only step, where it is one that resamples: to look at a step copies all of them.
  private var only: UnsafeMutablePointer<InterpolatePlan>?

  init(_ dtype: Dtype, inputShape: Shape) {
    (self.dtype, self.inputShape) = (dtype, inputShape)
  }

  /// A plan of one step.
  init(_ request: InterpolateRequest, _ instructionSet: InstructionSet) throws(ResampleError) {
    self.init(request.dtype, inputShape: request.inputShape)
    append(.resample(try InterpolatePlan.make(request, instructionSet)))
  }

  deinit {
    for index in 0..<count {
      switch steps[index] {
      case .resample(let plan): InterpolatePlan.destroy(plan)
      case .blendBytes(let blending): Owned.destroy(blending)
      default: break
      }
    }
  }

  mutating func append(_ step: ResizeStep) {
    steps[count] = step
    count += 1
    if count == 1, case .resample(let plan) = step { only = plan } else { only = nil }
  }

  /// The only step, where there is one.
  @export(interface) package func resampling() throws(ResampleError) -> UnsafePointer<InterpolatePlan> {
    guard let only else {
      throw .invalidValue("a plan of several steps has no axes and no source region")
    }
    return UnsafePointer(only)
  }

  /// What the next step reads.
  package var outputShape: Shape { count == 0 ? inputShape : steps[count - 1]!.outputShape }

  /// Nothing is written when it fails.
  @export(interface) @_addressableSelf package func execute(
    _ input: Tensor, _ output: Tensor
  ) throws(ResampleError) {
    // A step checks what it is given.
    if let only { return try only.pointee.execute(input, output) }
    try input.require("input", inputShape, dtype)
    try output.require("output", outputShape, dtype)
    try output.requireApart(from: input)
    try run(0, input, output)
  }

  private func run(_ index: Int, _ input: Tensor, _ output: Tensor) throws(ResampleError) {
    let step = steps[index]!
    guard index < count - 1 else { return try step.run(input, output) }
    let shape = step.outputShape
    let memory = try Buffer<UInt8>(count: shape.byteCount(sampleSize: input.sampleSize) ?? .max, isFilled: true)
    defer { withExtendedLifetime(memory) {} }
    let between = try Tensor(
      "the image between two steps", data: memory.start, byteOffset: 0, dtype: dtype, shape: shape, strides: nil)
    try step.run(input, between)
    try run(index + 1, between, output)
  }
}

extension ResizePlan {
  /// A plan to be used any number of times, and destroyed in the end.
  @export(interface) package static func make(
    _ request: InterpolateRequest, _ instructionSet: InstructionSet
  ) throws(ResampleError) -> UnsafeMutablePointer<ResizePlan> {
    try Owned.make(ResizePlan(request, instructionSet))
  }

  @export(interface) package static func destroy(_ plan: UnsafeMutablePointer<ResizePlan>?) { Owned.destroy(plan) }
}
