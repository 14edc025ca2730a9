import ResampleGeometry

extension AxisTaps {
  /// The taps of one axis on its own, to be destroyed in the end. Of the options mode, align_corners, antialias and one scale_factor count; the
  /// linear modes mean the same here.
  @export(interface) package static func make(
    inputLength: Int, outputLength: Int, dtype: Dtype, _ options: InterpolateOptions
  ) throws(ResampleError) -> UnsafeMutablePointer<AxisTaps> {
    let mode = try InterpolateRequest.mode(options)
    try InterpolateRequest.checkAntialias(mode, options)
    try AxisTaps.checkLength(inputLength)
    try AxisTaps.checkLength(outputLength)
    guard (0...1).contains(options.scaleFactorCount) else {
      throw .invalidValue("an axis takes at most one scale_factor, got \(options.scaleFactorCount)")
    }
    var factor: Double?
    if options.scaleFactorCount == 1 {
      let given = options.scaleFactor[0]
      // A factor that does not belong to the lengths would give windows of any length.
      let fitting = ResampleGeometry.outputLength(
        of: inputLength, factor: given, longest: Shape.longestAxis)
      guard fitting == outputLength else {
        throw .invalidValue("scale_factor \(given) does not make \(outputLength) samples of \(inputLength)")
      }
      if !options.recomputeScaleFactor && mode != .area { factor = given }
    }
    let sampling = mode.sampling(antialias: options.antialias)
    let format = SampleFormat(dtype, sampling, longestWindow: inputLength / outputLength)
    guard format != nil || mode.isNearest else { throw .unweighable(dtype, mode.name) }
    let samples = InterpolateRequest.sampleKind(dtype, mode, format?.workingType, roundsWeights: true)
    let axis = Axis(
      inputLength: inputLength, outputLength: outputLength, factor: factor,
      .pytorch(
        mode, antialias: options.antialias, alignCorners: options.alignCorners ?? false, samples,
        isSmallImage: false))
    return try Owned.make(AxisTaps(axis, mode.isNearest ? nil : format?.workingType))
  }

  @export(interface) package static func destroy(_ taps: UnsafeMutablePointer<AxisTaps>?) { Owned.destroy(taps) }

  private static func checkLength(_ length: Int) throws(ResampleError) {
    guard length > 0, length <= Shape.longestAxis else {
      throw .invalidValue("an axis has from 1 to \(Shape.longestAxis) samples, got \(length)")
    }
  }
}
