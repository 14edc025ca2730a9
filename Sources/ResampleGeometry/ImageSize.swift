/// The rows and the columns of an image.
package struct ImageSize: Equatable {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  /// Rounded up to a multiple.
  package func roundedUp(to multiple: Int) -> ImageSize {
    func rounded(_ length: Int) -> Int { (length + multiple - 1) / multiple * multiple }
    return ImageSize(height: rounded(height), width: rounded(width))
  }
}

/// A length, cut off; one that no Int holds is the largest that it does.
private func integer(_ length: Double) -> Int { Int(clamping: Int64(length)) }

/// How lengths become integers once they are multiplied by a scale; the raw values are those of the C interface.
package enum EdgeRounding: Int32 {
  /// Cut off: transformers.
  case down = 0
  /// floor(x + 1/2): SAM.
  case halfUp = 1
  /// To nearest, halves to even: letterboxes.
  case halfToEven = 2
  /// The same, of lengths that are divided by the inverse of the scale: timm's ResizeKeepRatio.
  case halfToEvenOfQuotient = 3

  /// The image's proportions inside `size`, or around it.
  fileprivate func fitting(_ image: ImageSize, to size: ImageSize, isInner: Bool) -> ImageSize {
    func scaled(_ length: Int, _ scale: Double) -> Int {
      switch self {
      case .down: integer(Double(length) * scale)
      case .halfUp: integer(Double(length) * scale + 0.5)
      case .halfToEven: integer((Double(length) * scale).rounded(.toNearestOrEven))
      case .halfToEvenOfQuotient: integer((Double(length) / scale).rounded(.toNearestOrEven))
      }
    }
    // A quotient's divisor is the larger, the smaller the image becomes.
    let isInverse = self == .halfToEvenOfQuotient
    let (from, to) = isInverse ? (size, image) : (image, size)
    let (height, width) = (Double(to.height) / Double(from.height), Double(to.width) / Double(from.width))
    let scale = isInner == isInverse ? max(height, width) : min(height, width)
    return ImageSize(height: scaled(image.height, scale), width: scaled(image.width, scale))
  }
}

/// The size of an image once it is resized, by its own. Lengths are at most 2^20, so that their products are exact.
package enum SizeRule {
  package static let longestEdge = 1 << 20

  case unchanged
  case exactly(ImageSize)
  /// The shorter edge, and the most that the longer one may have; cut off: torchvision, timm and most of transformers.
  case shortestEdge(Int, longest: Int?)
  /// The same, where the shorter edge is rounded once the longer one is at its most: DETR and its family. YOLOS cuts edges
  /// off to a multiple, and computes the longer edge of a tall image even where the shorter one stays.
  case shortestEdgeRounded(Int, longest: Int?, multiple: Int)
  /// The longer edge; the shorter one is cut off.
  case longestEdge(Int)
  /// The largest size with the image's proportions that fits.
  case within(ImageSize, EdgeRounding)
  /// The smallest that leaves nothing free.
  case covering(ImageSize, EdgeRounding)

  /// An edge of the result may be 0.
  package func size(of image: ImageSize) -> ImageSize {
    let (shorter, longer) = (min(image.height, image.width), max(image.height, image.width))
    func oriented(shorter: Int, longer: Int) -> ImageSize {
      image.width <= image.height
        ? ImageSize(height: longer, width: shorter) : ImageSize(height: shorter, width: longer)
    }
    switch self {
    case .unchanged: return image
    case .exactly(let size): return size
    case .shortestEdge(let edge, let longest):
      let other = integer(Double(edge) * Double(longer) / Double(shorter))
      if let longest, other > longest {
        return oriented(shorter: integer(Double(longest) * Double(edge) / Double(other)), longer: longest)
      }
      return oriented(shorter: edge, longer: other)
    case .shortestEdgeRounded(let edge, let longest, let multiple):
      var (edge, unrounded) = (edge, Double(edge))
      if let longest, Double(longer) / Double(shorter) * Double(edge) > Double(longest) {
        unrounded = Double(longest) * Double(shorter) / Double(longer)
        edge = integer(unrounded.rounded(.toNearestOrEven))
      }
      let stays = shorter == edge && (multiple == 1 || image.height <= image.width)
      let size =
        stays ? image : oriented(shorter: edge, longer: integer(unrounded * Double(longer) / Double(shorter)))
      return ImageSize(height: size.height - size.height % multiple, width: size.width - size.width % multiple)
    case .longestEdge(let edge):
      return oriented(shorter: integer(Double(edge) * Double(shorter) / Double(longer)), longer: edge)
    case .within(let size, let rounding): return rounding.fitting(image, to: size, isInner: true)
    case .covering(let size, let rounding): return rounding.fitting(image, to: size, isInner: false)
    }
  }
}
