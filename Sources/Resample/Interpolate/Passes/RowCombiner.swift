import CShims

/// The kernel of an axis across rows: the height, or the depth.
struct RowCombiner {
  private let vertical: rsk_vertical
  private let taps: UnsafePointer<rsk_taps>
  private let samples: Int

  /// Of rows of `samples` samples.
  init(_ passes: rsk_passes, _ taps: UnsafePointer<rsk_taps>, samples: Int) {
    vertical = passes.vertical
    self.taps = taps
    self.samples = samples
  }

  /// Combines rows to those with the numbers of the targets.
  func combine(_ rows: rsk_source_rows, into targets: rsk_target_rows) {
    var (rows, targets) = (rows, targets)
    vertical(&rows, taps, samples, &targets)
  }
}
