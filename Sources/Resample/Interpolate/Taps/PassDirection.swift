/// Where the samples that a pass combines lie; kernels of each direction want the table in a form of their own.
enum PassDirection {
  /// Side by side: the width. Some kernels for fixed point want byte weights.
  case alongRows(hasByteWeights: Bool)
  /// In rows of a slice, or in slices: the height, and the depth.
  case acrossRows

  var isAlongRows: Bool {
    if case .alongRows = self { true } else { false }
  }

  var hasByteWeights: Bool {
    if case .alongRows(true) = self { true } else { false }
  }
}
