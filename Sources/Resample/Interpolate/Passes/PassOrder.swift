import CShims

/// What a convention says of the order of the passes: it shows where each pass rounds.
enum PassPreference {
  case cheaper
  case widthFirst
  case heightFirst
}

/// How the passes along width and height go over the rows of a slice. The depth, if there is one, comes last.
enum PassOrder: Equatable {
  /// Neither axis is resampled.
  case none
  case width
  case height
  /// Rows are combined before they are resampled: docs/architecture.md#order-of-the-passes.
  case heightFirst
  /// Each pass takes all rows of a small plane at once: a few kernel calls instead of a few for each row.
  case planewise(heightFirst: Bool)
  /// One kernel for both axes, with the roundings of one order or the other.
  case bothAtOnce(heightFirst: Bool)
  case widthFirst

  /// What decides about the order. Orders round differently, and the bits must not depend on where samples lie, nor on how
  /// much of the output is computed: whole axes decide between height first and width first.
  struct Candidates {
    /// Tables of height and width, and how many planes they resample.
    let height: UnsafePointer<AxisTaps>
    let width: UnsafePointer<AxisTaps>
    let planes: Int
    let samplesPerPixel: Int
    let format: SampleFormat
    let preference: PassPreference
    let kernels: rsk_passes
    /// There is no depth to resample, and rows can be written by a pass.
    let endsWithPlanes: Bool
  }

  /// The first that applies.
  init(_ candidates: Candidates) {
    switch (candidates.height.pointee.isIdentity, candidates.width.pointee.isIdentity) {
    case (true, true): self = .none
    case (true, false): self = .width
    case (false, true): self = .height
    case (false, false):
      let isHeightFirst =
        switch candidates.preference {
        case .cheaper: candidates.isHeightFirstCheaper
        case .widthFirst: false
        case .heightFirst: true
        }
      self =
        if candidates.isBilinear || (isHeightFirst && candidates.isHalved) {
          .bothAtOnce(heightFirst: isHeightFirst)
        } else if candidates.isPlanewise(heightFirst: isHeightFirst) {
          .planewise(heightFirst: isHeightFirst)
        } else {
          isHeightFirst ? .heightFirst : .widthFirst
        }
    }
  }

  /// The order where rows cannot be read, or written, where they lie. Its bits are the same.
  func possible(readsInPlace: Bool, takesPlanes: Bool) -> PassOrder {
    switch self {
    case .planewise(let isHeightFirst) where !takesPlanes: isHeightFirst ? .heightFirst : .widthFirst
    case .bothAtOnce(let isHeightFirst) where !readsInPlace: isHeightFirst ? .heightFirst : .widthFirst
    default: self
    }
  }

  /// Whether the first pass goes along rows.
  var beginsAlongRows: Bool {
    switch self {
    case .width, .widthFirst, .planewise(heightFirst: false), .bothAtOnce: true
    case .none, .height, .heightFirst, .planewise(heightFirst: true): false
    }
  }

  /// Whether the last pass of a slice goes along rows.
  var endsAlongRows: Bool { self == .width || isHeightFirst }

  /// Whether rows are combined before any of them is resampled.
  var isHeightFirst: Bool { self == .heightFirst || self == .planewise(heightFirst: true) }

  var isPlanewise: Bool { self == .planewise(heightFirst: true) || self == .planewise(heightFirst: false) }

  /// Whether rows wait in a ring to be combined.
  func hasRing(readsInPlace: Bool) -> Bool {
    switch self {
    case .widthFirst: true
    case .height, .heightFirst: !readsInPlace
    case .none, .width, .planewise, .bothAtOnce: false
    }
  }
}

extension PassOrder.Candidates {
  /// Planes of that few samples between the passes, and that many of them, are worth a table for all their rows.
  private static let smallPlane = 2048
  private static let manyPlanes = 8

  /// Compares the products of both orders; one along a row takes about twice the time of one across rows.
  fileprivate var isHeightFirstCheaper: Bool {
    let (height, width) = (height.pointee.whole, width.pointee.whole)
    func isCheaper(_ heightTaps: Int, _ widthTaps: Int) -> Bool {
      func cost(combinedLength: Int, resampledRows: Int) -> Double {
        let across = Double(height.outputLength) * Double(combinedLength) * Double(heightTaps)
        let along = Double(resampledRows) * Double(width.outputLength) * Double(widthTaps)
        return across + 2 * along
      }
      return cost(combinedLength: width.inputLength, resampledRows: height.outputLength)
        < cost(combinedLength: width.outputLength, resampledRows: height.inputLength)
    }
    // Mostly the answer is the same for all that the numbers of taps might be.
    let (some, most) = (height.tapCounts.lowerBound, height.tapCounts.upperBound)
    let answer = isCheaper(some, width.tapCounts.lowerBound)
    if answer == isCheaper(some, width.tapCounts.upperBound) && answer == isCheaper(most, width.tapCounts.lowerBound)
      && answer == isCheaper(most, width.tapCounts.upperBound)
    {
      return answer
    }
    return isCheaper(height.tapCount(), width.tapCount())
  }

  fileprivate func isPlanewise(heightFirst: Bool) -> Bool {
    let width = width.pointee.kernelTaps
    let resampledRows = height.pointee.rowsResampled(heightFirst: heightFirst)
    return format.workingType != .fixedPoint && format.memoryAccess == .direct && endsWithPlanes && samplesPerPixel == 1
      && planes >= PassOrder.Candidates.manyPlanes && resampledRows * width.length <= PassOrder.Candidates.smallPlane
      && ExpandedTaps.fits(width, samplesPerPixel: 1, rows: resampledRows)
  }

  fileprivate var isBilinear: Bool {
    let (height, width) = (height.pointee.kernelTaps, width.pointee.kernelTaps)
    return kernels.bilinear != nil && format.memoryAccess == .direct && samplesPerPixel > kernels.most_expanded
      && height.most_taps <= 2 && width.most_taps <= 2 && height.fewest_taps > 0 && width.fewest_taps > 0
  }

  /// No row is read twice.
  fileprivate var isHalved: Bool {
    var (height, width) = (height.pointee.kernelTaps, width.pointee.kernelTaps)
    return kernels.bilinear != nil && format.memoryAccess == .direct && samplesPerPixel == 1
      && width.length >= Int(RSK_WIDEST_VECTOR) && rsk_are_halves(&width) && height.most_taps == 2
      && height.fewest_taps == 2 && 2 * height.length <= height.source_length
  }
}

extension AxisTaps {
  /// Of a height, the rows of a plane that pass the width.
  func rowsResampled(heightFirst: Bool) -> Int { heightFirst ? kernelTaps.length : kernelTaps.source_length }
}
