import CShims

/// Rows of the gradient of a transposed convolution's output, by phase: the samples a stride apart lie side by side, so that
/// neighbouring samples of the input meet neighbours in them.
///
/// In memory by channel, by slice, by phase of the height, by phase of the width, by row of the phase.
struct GradientRows {
  private let gradient: RowReader
  private let depth: ConvTransposeAxis
  private let height: ConvTransposeAxis
  private let width: ConvTransposeAxis
  private let format: SumFormat
  private let interleave: rsk_interleave
  /// From one row to the next, in samples, and the zeros before the first.
  let pitch: Int
  private let leftZeros: Int
  /// Samples that are loaded of all phases of a row at once: as far as every one has them.
  private let whole: Int
  /// The rows of a phase that some rows of the input meet begin this far after these, and are that many more.
  private let firstShift: Int
  private let moreRows: Int

  /// With zeros enough on either side for all taps of a row, or without any.
  init(
    _ gradient: Tensor, _ request: ConvTransposeRequest, _ format: SumFormat, _ kernels: rsk_table, hasZeros: Bool
  ) throws(ResampleError) {
    self.gradient = RowReader(gradient, format, kernels)
    self.format = format
    depth = request.axis(ofDimension: 0)
    height = request.axis(ofDimension: 1)
    width = request.axis(ofDimension: 2)
    interleave = kernels.interleave(sampleSize: format.sampleSize)
    whole = width.readsAllPhases && width.stride > 1 && format.isDirect ? width.output / width.stride : 0
    let shifts = height.shifts
    firstShift = shifts.lowerBound
    moreRows = shifts.upperBound - shifts.lowerBound
    let longest = width.length(ofPhase: 0)
    guard hasZeros else {
      (pitch, leftZeros) = (longest, 0)
      return
    }
    var (left, right) = (0, 0)
    for k in width.meetingTaps {
      guard let tap = width.gradientTap(k) else { continue }
      left = max(left, -tap.shift)
      right = max(right, width.input + tap.shift - width.length(ofPhase: tap.phase))
    }
    leftZeros = left
    // Zeros between two rows serve both.
    pitch = max(longest + max(left, right), width.input)
  }

  /// The rows of each phase that `rows` of the input meet.
  private func rowCount(for rows: Int) -> Int { rows + moreRows }
  private func phaseStride(for rows: Int) -> Int { rowCount(for: rows) * pitch }

  /// Samples of a channel of what slice `z` of the input meets.
  func channelStride(of z: Int, rows: Int) -> Int { channelStride(slices: sliceCount(of: z), rows: rows) }

  private func channelStride(slices: Int, rows: Int) -> Int {
    slices * height.phasesRead * width.phasesRead * phaseStride(for: rows)
  }

  /// Room for rows of a number of channels, with what vectors read after them.
  func reserve(
    channels: Int, rows: Int, in layout: inout ScratchLayout
  ) throws(ResampleError) -> RowRegion {
    let slices = min(depth.kernel, depth.output)
    let phases = try checkedProduct(height.phasesRead, width.phasesRead)
    let plane = try checkedProduct(phases, try checkedProduct(rowCount(for: rows), pitch))
    let samples = try checkedProduct(channels, try checkedProduct(slices, plane))
    return try layout.reserveRows(
      try checkedSum(samples, leftZeros + pitch + 2 * Int(RSK_WIDEST_VECTOR)), of: format.sampleSize)
  }

  /// The taps along the depth that meet something at slice `z` of the input; their slices are loaded in this order.
  func forEachSlice(of z: Int, _ body: (ConvTransposeAxis.GradientTap, _ slot: Int) -> Void) {
    var slot = 0
    for k in depth.meetingTaps {
      guard let tap = depth.gradientTap(k), tap.inputs.contains(z) else { continue }
      body(tap, slot)
      slot += 1
    }
  }

  func sliceCount(of z: Int) -> Int {
    var count = 0
    forEachSlice(of: z) { _, _ in count += 1 }
    return count
  }

  /// Where, in samples, `row` of the input begins to meet a tap in the rows loaded for `rows`.
  func offset(
    slot: Int, _ y: ConvTransposeAxis.GradientTap, _ x: ConvTransposeAxis.GradientTap, row: Int, _ rows: Range<Int>
  ) -> Int {
    let phase = (slot * height.phasesRead + height.place(of: y)) * width.phasesRead + width.place(of: x)
    return leftZeros + phase * phaseStride(for: rows.count)
      + (row - rows.lowerBound + y.shift - firstShift) * pitch + x.shift
  }

  /// Loads what `rows` of slice `z` of the input meet in some channels of an image.
  func load(
    _ rows: Range<Int>, z: Int, image: Int, channels: Range<Int>, into memory: UnsafeMutableRawPointer
  ) {
    let size = format.sampleSize
    memset(memory, 0, leftZeros * size)
    let samples = memory + leftZeros * size
    let slices = sliceCount(of: z)
    for channel in channels {
      let start = samples + (channel - channels.lowerBound) * channelStride(slices: slices, rows: rows.count) * size
      forEachSlice(of: z) { tap, slot in
        let slice = gradient.planes.row(
          image: image, channel: channel, z: (z + tap.shift) * depth.stride + tap.phase, y: 0)
        loadSlice(slice, rows, start + slot * channelStride(slices: 1, rows: rows.count) * size)
      }
    }
  }

  /// What `load` reads, of several slices the first.
  func upcoming(_ rows: Range<Int>, z: Int, image: Int, channels: Range<Int>) -> rsk_upcoming {
    var slice: Int?
    forEachSlice(of: z) { tap, slot in if slot == 0 { slice = (z + tap.shift) * depth.stride + tap.phase } }
    guard let slice else { return rsk_upcoming() }
    let first = rows.lowerBound + firstShift
    return gradient.planes.upcoming(
      image: image, channels: channels, z: slice,
      rows: first * height.stride..<(first + rowCount(for: rows.count)) * height.stride)
  }

  private func loadSlice(_ slice: UnsafeRawPointer, _ rows: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let size = format.sampleSize
    let stride = phaseStride(for: rows.count) * size
    // In the order of memory.
    for number in 0..<rowCount(for: rows.count) {
      let row = rows.lowerBound + firstShift + number
      for place in 0..<height.phasesRead {
        let phase = height.phase(ofPlace: place)
        let length = phase < height.output ? height.length(ofPhase: phase) : 0
        let target = memory + place * width.phasesRead * stride + number * pitch * size
        if row >= 0 && row < length {
          loadRow(slice + (row * height.stride + phase) * gradient.planes.rowStride, target, stride)
        } else {
          for other in 0..<width.phasesRead { memset(target + other * stride, 0, pitch * size) }
        }
      }
    }
  }

  /// Puts the phases of a row apart, `phaseBytes` from one to the next.
  private func loadRow(_ row: UnsafeRawPointer, _ memory: UnsafeMutableRawPointer, _ phaseBytes: Int) {
    let size = format.sampleSize
    let sampleStride = gradient.planes.pixelStride
    let step = width.stride * sampleStride
    if whole > 0 {
      interleave(row, step, sampleStride, memory, size, phaseBytes, whole, width.stride)
      if whole == pitch && whole * width.stride == width.output { return }
    }
    for place in 0..<width.phasesRead {
      let phase = width.phase(ofPlace: place)
      let length = phase < width.output ? width.length(ofPhase: phase) : 0
      let target = memory + place * phaseBytes
      if length > whole {
        gradient.load(
          row + phase * sampleStride + whole * step, samples: length - whole, step: width.stride,
          into: target + whole * size)
      }
      memset(target + length * size, 0, (pitch - length) * size)
    }
  }
}
