import CShims

/// Where the samples that a pass combines lie; kernels of each direction want the table in a form of their own.
enum PassDirection {
  /// Side by side: the width. `fixedPointWeights`: what kernels want of such weights besides, RSK_PLAIN_WEIGHTS and so on.
  case alongRows(fixedPointWeights: Int32)
  /// In rows of a slice, or in slices: the height, and the depth.
  case acrossRows

  var isAlongRows: Bool {
    if case .alongRows = self { true } else { false }
  }

  /// Whether kernels want the weights of `workingType` in that form, too.
  func wants(_ form: Int, of workingType: WorkingType?) -> Bool {
    guard case .alongRows(let wanted) = self, workingType == .fixedPoint else { return false }
    return Int(wanted) == form
  }
}
