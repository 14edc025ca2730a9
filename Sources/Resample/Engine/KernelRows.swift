import CShims

// Rows as kernels read and make them.

extension SourcePlanes.Plane {
  /// The rows of slice z, for kernels.
  func rows(ofSlice z: Int) -> rsk_source_rows {
    rsk_source_rows(start: row(z, 0), stride: rowStride, mask: -1)
  }
}

extension ScratchMemory {
  /// Rows of scratch memory, for kernels; `mask` is that of a ring.
  func sources(_ rows: RowRegion, mask: Int = -1) -> rsk_source_rows {
    rsk_source_rows(start: self[rows], stride: rows.stride, mask: mask)
  }

  /// Rows of scratch memory to be made, the first of them at a place of the region.
  func targets(_ region: RowRegion, from place: Int = 0, rows: Range<Int>) -> rsk_target_rows {
    rsk_target_rows(
      start: self[region, place], stride: region.stride, first: rows.lowerBound, count: rows.count, streams: false)
  }
}

extension rsk_target_rows {
  var rows: Range<Int> { first..<first + count }

  /// The same memory for rows with other numbers.
  func counted(from first: Int) -> rsk_target_rows {
    rsk_target_rows(start: start, stride: stride, first: first, count: count, streams: streams)
  }

  /// Some of the rows.
  subscript(rows: Range<Int>) -> rsk_target_rows {
    rsk_target_rows(
      start: start + (rows.lowerBound - first) * stride, stride: stride, first: rows.lowerBound, count: rows.count,
      streams: streams)
  }
}
