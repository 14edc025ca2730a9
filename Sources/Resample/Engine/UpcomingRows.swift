import CShims

extension Planes where Address: _Pointer {
  /// Rows of a slice of some channels that will be read or written soon, for kernels that bring them near while they compute.
  /// None where the rows of a channel are not contiguous.
  func upcoming(image: Int, channels: Range<Int>, z: Int, rows: Range<Int>) -> rsk_upcoming {
    let rows = rows.clamped(to: 0..<height)
    guard hasDenseSlices, !rows.isEmpty, !channels.isEmpty else { return rsk_upcoming() }
    let first = row(image: image, channel: channels.lowerBound, z: z, y: rows.lowerBound)
    let lines = (rows.count * width * pixelSize + ScratchLayout.cacheLine - 1) / ScratchLayout.cacheLine
    return rsk_upcoming(
      first: UnsafeRawPointer(bitPattern: Int(bitPattern: first)), stride: channelStride, lines: lines, start: 0,
      end: channels.count * lines)
  }
}

extension rsk_upcoming {
  /// The `number`-th of `count` parts of all lines.
  func part(_ number: Int, of count: Int) -> rsk_upcoming {
    rsk_upcoming(
      first: first, stride: stride, lines: lines, start: end * number / count, end: end * (number + 1) / count)
  }
}
