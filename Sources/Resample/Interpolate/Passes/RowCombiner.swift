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

  /// The same, some samples of every row after those before them: what the rows share stays in the nearest cache.
  @inline(never)
  func combineTiles(_ rows: rsk_source_rows, _ size: Int, into targets: rsk_target_rows, _ targetSize: Int) {
    var (rows, targets, left) = (rows, targets, samples)
    let tile = 512 / size
    while left > 0 {
      let count = left < 2 * tile ? left : tile
      vertical(&rows, taps, count, &targets)
      rows.start += count * size
      targets.start += count * targetSize
      left -= count
    }
  }
}
