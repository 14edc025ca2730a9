import ResampleGeometry

/// The arguments of a preprocessing as they came from the caller; `Preprocess.init` checks them.
package struct PreprocessOptions {
  /// Whose filters resize; the raw values are those of the C interface.
  package enum Resizer: Int32 {
    case pytorch = 0
    case pillow = 1
  }

  /// What becomes of alpha, the last of two channels or four; the raw values are those of the C interface.
  package enum Alpha: Int32 {
    case dropped = 0
    /// Colours are blended with white.
    case overWhite = 1
    case refused = 2
  }

  /// What there is where the image is not; the raw values are those of the C interface.
  package enum Border: Int32 {
    /// A level for each channel, which becomes a number as those of the image do.
    case level = 0
    /// A number for each channel.
    case value = 1
    /// The image's nearest sample.
    case edge = 2
  }

  package var resizer = Resizer.pytorch
  /// PyTorch's mode.
  package var mode: Int32 = 0
  package var antialias = true
  package var size = SizeRule.unchanged
  package var canvas = Canvas()
  package var alpha = Alpha.dropped
  package var border = Border.level
  package var fill = InlineArray<3, Double>(repeating: 0)
  /// nil: as many as the image's; a grey image is repeated.
  package var channels: Int?
  /// The colours are read in reverse: BGR becomes RGB.
  package var reversesColours = false
  /// (N, H, W, C).
  package var isChannelsLast = false
  package var dtype = Dtype.float32
  package var levels = LevelRule()

  package init() {}

  /// The most that an output may have.
  var mostChannels: Int { channels ?? LevelRule.mostColours }
}
