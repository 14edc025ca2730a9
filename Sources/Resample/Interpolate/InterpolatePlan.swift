import CShims
import ResampleGeometry

/// Everything about one resampling that does not depend on the samples. It never changes once made: what it knows of a
/// memory format is made when a tensor of that format first comes.
package struct InterpolatePlan: ~Copyable {
  package let request: InterpolateRequest
  /// The part of the input that is read, as (N, C, spatial axes).
  private let sourceShape: Shape
  private let kernelTable: UnsafePointer<rsk_table>
  /// Depth, height, width; axes that the input does not have are identities.
  private let axes: UnsafeMutablePointer<AxisTaps>
  /// What kernels read of each: they take its address.
  private let tables: UnsafeMutablePointer<rsk_taps>
  private let passPlans: Lazy<PassPlan>
  private let copyPlans: Lazy<CopyPlan>
  private static let dimensions = 3
  /// Channels are planes, or the samples of a pixel.
  private static let memoryFormats = 2

  init(_ request: InterpolateRequest, _ instructionSet: InstructionSet) throws(ResampleError) {
    let kernelTable = instructionSet.table
    let isWeighted = request.format != nil
    let passPlans = try Lazy<PassPlan>(count: isWeighted ? InterpolatePlan.memoryFormats : 0)
    let copyPlans = try Lazy<CopyPlan>(count: isWeighted ? 0 : InterpolatePlan.memoryFormats)
    let memory = try Owned<AxisTaps>.allocate(count: InterpolatePlan.dimensions)
    let tables: UnsafeMutablePointer<rsk_taps>
    let workingType = request.format?.workingType
    let directions: InlineArray<3, PassDirection> = [
      .acrossRows, .acrossRows, .alongRows(fixedPointWeights: kernelTable.pointee.fixed_point_weights),
    ]
    var made = 0
    do throws(ResampleError) {
      while made < InterpolatePlan.dimensions {
        let axis = request.axis(ofDimension: made)
        let outputs = request.outputs(ofDimension: made)
        if request.isBackward, let workingType {
          (memory + made).initialize(
            to: try AxisTaps(transposing: axis, outputs: outputs, workingType, directions[made]))
        } else {
          (memory + made).initialize(to: try AxisTaps(axis, outputs: outputs, workingType, directions[made]))
        }
        made += 1
      }
      tables = try Owned<rsk_taps>.allocate(count: InterpolatePlan.dimensions)
    } catch {
      Owned.destroy(memory, count: made)
      throw error
    }
    var sourceShape = request.readShape
    for dimension in 0..<InterpolatePlan.dimensions {
      (tables + dimension).initialize(to: memory[dimension].kernelTaps)
      if let axis = sourceShape.axis(ofDimension: dimension) { sourceShape[axis] = memory[dimension].sources.count }
    }
    self.request = request
    self.sourceShape = sourceShape
    self.kernelTable = kernelTable
    axes = memory
    self.tables = tables
    self.passPlans = passPlans
    self.copyPlans = copyPlans
  }

  deinit {
    Owned.destroy(axes, count: InterpolatePlan.dimensions)
    Owned.destroy(tables, count: InterpolatePlan.dimensions)
  }

  var kernels: rsk_table { _read { yield kernelTable.pointee } }

  /// The taps of depth (0), height (1) or width (2). The address is good as long as the plan.
  package func axis(ofDimension dimension: Int) -> UnsafePointer<AxisTaps> {
    precondition(dimension >= 0 && dimension < InterpolatePlan.dimensions)
    return UnsafePointer(axes + dimension)
  }

  /// The table that kernels read; its address is good as long as the plan.
  func kernelTaps(ofDimension dimension: Int) -> UnsafePointer<rsk_taps> {
    precondition(dimension >= 0 && dimension < InterpolatePlan.dimensions)
    return UnsafePointer(tables + dimension)
  }

  /// The dimension that is spatial axis `index`, or nil where there is no such axis.
  package func dimension(ofSpatialAxis index: Int) -> Int? {
    let rank = request.inputShape.spatialRank
    return index >= 0 && index < rank ? InterpolatePlan.dimensions - rank + index : nil
  }

  /// What is read of an input: of all of it, or of the part itself.
  private func source(of input: Tensor) -> Tensor {
    input.shape == sourceShape ? input : sourcePart(of: input)
  }

  /// Of all of an input, or of some of its images.
  private func sourcePart(of input: Tensor) -> Tensor {
    var (start, shape) = (InlineArray<3, Int>(repeating: 0), sourceShape)
    shape[0] = input.shape.batch
    for dimension in 0..<InterpolatePlan.dimensions { start[dimension] = axes[dimension].sources.lowerBound }
    return Tensor(input, from: start, shape)
  }

  /// Resamples `input` into `output`, or the gradient of the output into that of the input. `input` is all of the input, or the
  /// part of it that is read. Nothing is written when it fails.
  @export(interface) @_addressableSelf package func execute(
    _ input: Tensor, _ output: Tensor
  ) throws(ResampleError) {
    try request.check(input, output, part: sourceShape)
    guard !output.isEmpty else { return }
    guard !input.isEmpty else { return output.fillWithZeros() }
    guard let selection = request.selection else { return try executePlanes(source(of: input), output) }
    let views = SelectedViews(selection, input, output)
    let isPart = input.shape == selection.tensorShape(ofPlanes: sourceShape, like: input.shape)
    if !request.outputShape.isEmpty { try execute(views, isPart: isPart) }
    guard let value = request.surroundings else { return }
    let sample = kernels.sample(value, request.dtype)
    for index in 0..<views.count { request.fillSurroundings(of: views.output(index), with: sample) }
  }

  /// `isPart`: the input is the part that is read.
  @inline(never)
  private func execute(_ views: SelectedViews, isPart: Bool) throws(ResampleError) {
    func source(_ index: Int) -> Tensor { isPart ? views.input(index) : sourcePart(of: views.input(index)) }
    func target(_ index: Int) -> Tensor {
      request.surroundings == nil ? views.output(index) : request.region(of: views.output(index))
    }
    let (first, firstTarget) = (source(0), target(0))
    guard views.count > 1 else { return try executePlanes(first, firstTarget) }
    let samplesPerPixel = SourcePlanes.samplesPerPixel(first, firstTarget)
    // One plan and one execution for all views, because nothing may fail once something is written.
    guard let format = request.format else {
      return try withCopies(samplesPerPixel: samplesPerPixel) { copies in
        for index in 0..<views.count {
          CopyExecution(self, copies, input: source(index), output: target(index)).run()
        }
      }
    }
    try withPasses(format, samplesPerPixel: samplesPerPixel) { passes throws(ResampleError) in
      var execution = try WeightedExecution(self, format, passes, input: first, output: firstTarget)
      execution.run()
      for index in 1..<views.count {
        execution.move(to: source(index), target(index))
        execution.run()
      }
    }
  }

  @inline(never)
  private func executePlanes(_ source: Tensor, _ output: Tensor) throws(ResampleError) {
    let samplesPerPixel = SourcePlanes.samplesPerPixel(source, output)
    if let format = request.format {
      try withPasses(format, samplesPerPixel: samplesPerPixel) { passes throws(ResampleError) in
        let execution = try WeightedExecution(self, format, passes, input: source, output: output)
        execution.run()
      }
    } else {
      try withCopies(samplesPerPixel: samplesPerPixel) { copies in
        CopyExecution(self, copies, input: source, output: output).run()
      }
    }
  }

  /// Calls `body` with what the plan knows of tensors whose pixels have that many samples: 1, or the channels.
  func withPasses(
    _ format: SampleFormat, samplesPerPixel: Int, _ body: (UnsafePointer<PassPlan>) throws(ResampleError) -> Void
  ) throws(ResampleError) {
    try with(passPlans, samplesPerPixel: samplesPerPixel, body) { () throws(ResampleError) in
      try Owned.make(PassPlan(self, format, samplesPerPixel: samplesPerPixel))
    }
  }

  func withCopies(
    samplesPerPixel: Int, _ body: (UnsafePointer<CopyPlan>) throws(ResampleError) -> Void
  ) throws(ResampleError) {
    try with(copyPlans, samplesPerPixel: samplesPerPixel, body) { () throws(ResampleError) in
      try Owned.make(CopyPlan(self, samplesPerPixel: samplesPerPixel))
    }
  }

  /// What longer rows need of several samples a pixel is made for each call: a plan that kept it would be many times as large
  /// as its axes, and the call has enough to do.
  private static let longestRowKept = 1 << 17

  private func with<Value: ~Copyable>(
    _ values: borrowing Lazy<Value>, samplesPerPixel: Int,
    _ body: (UnsafePointer<Value>) throws(ResampleError) -> Void,
    make: () throws(ResampleError) -> UnsafeMutablePointer<Value>
  ) throws(ResampleError) {
    let isKept =
      samplesPerPixel == 1 || axes[2].outputLength <= InterpolatePlan.longestRowKept / samplesPerPixel
    if isKept {
      try body(try values.value(samplesPerPixel > 1 ? 1 : 0, make: make))
    } else {
      let value = try make()
      defer { Owned.destroy(value) }
      try body(UnsafePointer(value))
    }
  }
}
