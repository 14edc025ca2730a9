import CShims

/// The kernel of the width, for one row or for several at once.
struct RowResampler {
  static let rowsAtOnce = Int(RSK_ROWS_AT_ONCE)

  private let horizontal: rsk_horizontal
  private let taps: UnsafePointer<rsk_taps>
  private let samplesPerPixel: Int
  private let sources: UnsafeMutablePointer<UnsafeRawPointer?>
  private let results: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init(_ execution: UnsafePointer<WeightedExecution>, _ memory: ScratchMemory) {
    horizontal = execution.pointee.kernels.width.horizontal
    taps = execution.pointee.rowTaps
    samplesPerPixel = execution.pointee.rowSamplesPerPixel
    sources = memory[execution.pointee.regions.pendingSources]
    results = memory[execution.pointee.regions.pendingResults]
  }

  func resample(_ source: UnsafeRawPointer, into row: UnsafeMutableRawPointer, streams: Bool = false) {
    (sources[0], results[0]) = (source, row)
    horizontal(sources, taps, samplesPerPixel, results, 1, streams)
  }

  /// Adds a row as the `index`-th of those that `resampleAdded` takes at once.
  func add(_ source: UnsafeRawPointer, into row: UnsafeMutableRawPointer, at index: Int) {
    (sources[index], results[index]) = (source, row)
  }

  func resampleAdded(_ count: Int) { horizontal(sources, taps, samplesPerPixel, results, count, false) }
}
