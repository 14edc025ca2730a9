/// Where an image lies in what a network reads: row y of that is row y + top of the resized image, where it has one.
package struct Placement: Equatable {
  package let image: ImageSize
  package let resized: ImageSize
  package let output: ImageSize
  /// Negative where rows are added above the image.
  package let top: Int
  package let left: Int

  /// The rows of the output that the image has.
  package var rows: Range<Int> { Placement.visible(resized.height, from: top, output.height) }
  package var columns: Range<Int> { Placement.visible(resized.width, from: left, output.width) }

  /// The same rows, as those of the resized image.
  package var shownRows: Range<Int> { Placement.shifted(rows, by: top) }
  package var shownColumns: Range<Int> { Placement.shifted(columns, by: left) }

  /// Of none, those before the first: a part of any image.
  private static func shifted(_ range: Range<Int>, by distance: Int) -> Range<Int> {
    range.isEmpty ? 0..<0 : range.lowerBound + distance..<range.upperBound + distance
  }

  private static func visible(_ resized: Int, from start: Int, _ output: Int) -> Range<Int> {
    let first = min(max(-start, 0), output)
    return first..<max(first, min(output, resized - start))
  }
}

/// What the output shows of the resized image.
package struct Canvas {
  package enum Extent {
    case resized
    /// What an image lacks is filled.
    case cropped(ImageSize)
    /// No image may be larger.
    case padded(ImageSize)
    /// As high as the highest of a batch, and as wide as the widest.
    case largest
  }

  package enum Anchor {
    case topLeft
    /// Half of what is too much, halves to even; half of what is missing, cut off: torchvision, timm.
    case center
    /// Both cut off: transformers with torchvision, letterboxes.
    case centerCutOff
    /// (resized - output) / 2 rounded down, whatever its sign: transformers with NumPy.
    case centerDown
    case at(top: Int, left: Int)

    fileprivate func start(_ resized: Int, _ output: Int, given: Int) -> Int {
      let excess = resized - output
      return switch self {
      case .topLeft: 0
      case .center: excess < 0 ? excess / 2 : Int((Double(excess) / 2).rounded(.toNearestOrEven))
      case .centerCutOff: excess / 2
      case .centerDown: excess >> 1
      case .at: given
      }
    }
  }

  package var extent = Extent.resized
  package var anchor = Anchor.topLeft
  /// Both edges are rounded up to a multiple of it.
  package var multiple = 1

  package init() {}

  /// The output's size, where an image alone says it.
  package func size(ofResized resized: ImageSize) -> ImageSize {
    let size =
      switch extent {
      case .resized, .largest: resized
      case .cropped(let size), .padded(let size): size
      }
    return multiple > 1 ? size.roundedUp(to: multiple) : size
  }

  package func placement(of image: ImageSize, resized: ImageSize, output: ImageSize) -> Placement {
    var (top, left) = (0, 0)
    if case .at(let row, let column) = anchor { (top, left) = (row, column) }
    return Placement(
      image: image, resized: resized, output: output,
      top: anchor.start(resized.height, output.height, given: top),
      left: anchor.start(resized.width, output.width, given: left))
  }
}
