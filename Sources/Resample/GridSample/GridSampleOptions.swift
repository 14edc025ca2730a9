import CShims

/// How grid_sample computes a sample from its neighbours; the raw values are those of the C interface.
package enum SampleMode: Int32 {
  case bilinear = 0
  case nearest = 1
  case bicubic = 2

  /// Taps along an axis.
  var taps: Int {
    switch self {
    case .nearest: 1
    case .bilinear: 2
    case .bicubic: 4
    }
  }
}

/// What grid_sample reads outside the input; the raw values are those of the C interface.
package enum PaddingMode: Int32 {
  case zeros = 0
  case border = 1
  case reflection = 2

  var kernelMode: Int32 {
    switch self {
    case .zeros: Int32(RSK_PADDING_ZEROS)
    case .border: Int32(RSK_PADDING_BORDER)
    case .reflection: Int32(RSK_PADDING_REFLECTION)
    }
  }
}

package struct GridSampleOptions {
  package var mode = SampleMode.bilinear
  package var paddingMode = PaddingMode.zeros
  package var alignCorners = false

  package init() {}
}
