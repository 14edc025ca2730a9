import CShims

/// The kernel of the width.
struct RowResampler {
  private let horizontal: rsk_horizontal
  private let taps: UnsafePointer<rsk_taps>
  private let samplesPerPixel: Int
  /// Rows that go straight to memory are made one by one: it takes one stream of them better than four.
  private let isOneByOne: Bool

  init(_ execution: UnsafePointer<WeightedExecution>) {
    horizontal = execution.pointee.kernels.width.horizontal
    taps = execution.pointee.rowTaps
    samplesPerPixel = execution.pointee.rowSamplesPerPixel
    isOneByOne = execution.pointee.resamplesOneByOne
  }

  /// Resamples the rows with the numbers of the targets.
  func resample(_ rows: rsk_source_rows, into targets: rsk_target_rows) {
    var (rows, targets) = (rows, targets)
    guard isOneByOne else { return horizontal(&rows, taps, samplesPerPixel, &targets) }
    let end = targets.rows.upperBound
    targets.count = 1
    while targets.first < end {
      horizontal(&rows, taps, samplesPerPixel, &targets)
      targets.start += targets.stride
      targets.first += 1
    }
  }
}
