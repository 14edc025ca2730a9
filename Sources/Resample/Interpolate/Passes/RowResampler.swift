import CShims

/// The kernel of the width.
struct RowResampler {
  private let horizontal: rsk_horizontal
  private let taps: UnsafePointer<rsk_taps>
  private let samplesPerPixel: Int

  init(_ execution: UnsafePointer<WeightedExecution>) {
    horizontal = execution.pointee.kernels.width.horizontal
    taps = execution.pointee.rowTaps
    samplesPerPixel = execution.pointee.rowSamplesPerPixel
  }

  /// Resamples the rows with the numbers of the targets.
  func resample(_ rows: rsk_source_rows, into targets: rsk_target_rows) {
    var (rows, targets) = (rows, targets)
    horizontal(&rows, taps, samplesPerPixel, &targets)
  }
}
