import CShims

/// The kernel of an axis across rows: the height, or the depth.
struct RowCombiner {
  private let vertical: rsk_vertical
  private let axis: UnsafePointer<AxisTaps>
  private let samples: Int

  /// Of rows of `samples` samples.
  init(_ passes: rsk_passes, _ axis: UnsafePointer<AxisTaps>, samples: Int) {
    vertical = passes.vertical
    self.axis = axis
    self.samples = samples
  }

  func window(of output: Int) -> Range<Int> { axis.pointee.range(of: output) }

  /// Combines the rows of the window of `output`.
  func combine(
    _ rows: UnsafePointer<UnsafeRawPointer?>, for output: Int, into row: UnsafeMutableRawPointer, streams: Bool = false
  ) {
    let taps = axis.pointee.kernelTaps
    vertical(
      rows, axis.pointee.weights(of: output), Int(taps.count[output]), taps.precision, samples, row, streams)
  }
}
