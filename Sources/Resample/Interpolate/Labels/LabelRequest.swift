import CShims

/// The labels of pixels, checked: which channel of (N, C, H, W) is greatest once all of them are resampled.
package struct LabelRequest {
  private let options: InterpolateOptions
  /// (N, H, W).
  package let outputShape: Shape

  /// Labels are counted in float32.
  private static let mostChannels = 1 << 24
  /// Bytes of the resampled logits that are there at a time, unless a row of all channels takes more: they are to stay in a
  /// cache until they are compared.
  private static let bandSize = 4 << 20

  @_optimize(size)
  @export(interface) package init(shape: Shape, dtype: Dtype, _ options: InterpolateOptions) throws(ResampleError) {
    guard shape.rank == 4 else {
      throw .notImplemented("logits must be 4-D (N, C, H, W), got \(shape.rank)-D")
    }
    guard dtype.isFloatingPoint else {
      throw .invalidType("logits must be float32, float64, float16 or bfloat16, got \(dtype)")
    }
    guard shape.channels > 0, shape.channels <= LabelRequest.mostChannels else {
      throw .invalidValue("logits must have 1 to \(LabelRequest.mostChannels) channels, got shape \(shape)")
    }
    let resampled = try InterpolateRequest(shape: shape, dtype: dtype, options).outputShape
    var labels = Shape(rank: 3)
    (labels[0], labels[1], labels[2]) = (shape.batch, resampled[2], resampled[3])
    (self.options, outputShape) = (options, labels)
  }

  /// Computes `labels`, uint8, int32 or int64, of logits with the shape and the dtype that this is for. Nothing is written when
  /// it fails.
  @_optimize(size)
  @export(interface) package func run(_ logits: Tensor, _ labels: Tensor, _ instructionSet: InstructionSet)
    throws(ResampleError)
  {
    let (dtype, channels) = (labels.dtype, logits.shape.channels)
    guard dtype == .int32 || dtype == .int64 || (dtype == .uint8 && channels <= 256) else {
      throw .invalidType("labels must be int32, int64 or, of up to 256 channels, uint8, got \(dtype) of \(channels)")
    }
    try labels.require("labels", outputShape, dtype)
    try labels.requireApart(from: logits, "logits", as: "labels")
    guard !labels.isEmpty else { return }

    let (height, width) = (outputShape[1], outputShape[2])
    let rowsAtOnce = max(1, min(height, LabelRequest.bandSize / width / channels / logits.sampleSize))
    let layout = LabelBand.Layout(logits, labels, rows: rowsAtOnce)
    let memory = try Buffer<UInt8>(count: layout.byteCount)
    let band = LabelBand(layout, at: memory.start, logits, labels, instructionSet.table)
    let firstRow = options.region[0]?.start ?? 0
    for image in 0..<logits.shape.batch {
      for start in stride(from: 0, to: height, by: rowsAtOnce) {
        let rows = start..<min(start + rowsAtOnce, height)
        let source = logits.image(image)
        var part = options
        part.region[0] = (firstRow + rows.lowerBound, firstRow + rows.upperBound)
        // The bits of a part are those of the whole.
        try resize(
          source, InterpolateRequest(shape: source.shape, dtype: source.dtype, part), band.tensor(rows: rows.count),
          instructionSet)
        band.label(rows, ofImage: image)
      }
    }
    band.write(labels)
    withExtendedLifetime(memory) {}
  }
}

extension Tensor {
  /// One of the images, as a batch.
  fileprivate func image(_ index: Int) -> Tensor {
    var (shape, strides) = (shape, InlineArray<8, Int>(repeating: 0))
    for axis in 0..<shape.rank { strides[axis] = byteStride(axis) }
    shape[0] = 1
    return Tensor(self, offset: index * byteStride(0), shape, strides)
  }
}
