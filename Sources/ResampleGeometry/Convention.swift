/// A library's rules of resampling along one axis: where samples lie, how coordinates and weights round, and what the mode
/// does with them. Everything below takes them from here and knows no library; PyTorch's are in Convention+PyTorch.swift.
package struct Convention {
  package var sampling: Sampling
  package var coordinates: Coordinates
  package var coordinateRounding: CoordinateRounding
  /// Coordinates and weights are float64 rather than float32.
  package var isDouble: Bool
  /// The sample before a coordinate is that before the coordinate rounded to float32.
  package var roundsIndicesToSingle: Bool
  package var nearest: NearestRounding
  /// Keys' A, of cubic and of the cubic filter.
  package var cubicSharpness: Double
  package var weightPrecision: WeightPrecision
  /// Filters are stretched over what an output sample covers, where the axis shrinks.
  package var stretchesFilters: Bool
  package var borders: Borders
  /// The distance of a coordinate from the sample before it is a whole number of so many steps, halves to the even one; nil:
  /// anything.
  package var stepsPerSample: Int?
  /// Products and sums of a filter's polynomial are fused.
  package var fusesFilters: Bool
  /// The fractional bits of the weights of 8-bit samples; nil: as many as int16 has room for.
  package var fixedPointBits: Int32?
  /// An axis that keeps its length is copied, whatever the factor.
  package var copiesEqualLengths: Bool

  package init(
    sampling: Sampling, coordinates: Coordinates = .halfPixel, coordinateRounding: CoordinateRounding = .twice,
    isDouble: Bool = false, roundsIndicesToSingle: Bool = false, nearest: NearestRounding = .down,
    cubicSharpness: Double = -0.5, weightPrecision: WeightPrecision = .full, stretchesFilters: Bool = true,
    borders: Borders = .dropped, stepsPerSample: Int? = nil, fusesFilters: Bool = true, fixedPointBits: Int32? = nil,
    copiesEqualLengths: Bool = false
  ) {
    self.sampling = sampling
    self.coordinates = coordinates
    self.coordinateRounding = coordinateRounding
    self.isDouble = isDouble
    self.roundsIndicesToSingle = roundsIndicesToSingle
    self.nearest = nearest
    self.cubicSharpness = cubicSharpness
    self.weightPrecision = weightPrecision
    self.stretchesFilters = stretchesFilters
    self.borders = borders
    self.stepsPerSample = stepsPerSample
    self.fusesFilters = fusesFilters
    self.fixedPointBits = fixedPointBits
    self.copiesEqualLengths = copiesEqualLengths
  }

  /// Where the output samples lie in the source axis.
  package enum Coordinates: Equatable {
    /// The ends of both axes meet: sample i covers i ..< i + 1 of its own.
    case halfPixel
    /// The centres of the first samples meet, and those of the last.
    case cornersAligned
    /// The centres of the first samples meet.
    case asymmetric
    case line(SampleLine)
  }

  /// How s * (i + 0.5) - 0.5 rounds.
  package enum CoordinateRounding {
    /// As a fused multiply-add.
    case once
    case twice
  }

  /// Which sample is the nearest to a coordinate.
  package enum NearestRounding {
    /// The one before it.
    case down
    /// The one before it, but for whole factors: where the length stays or doubles, the lengths alone decide.
    case downOrByLengths
    /// The one before the coordinate plus 0.5, which rounds once more.
    case halfUp
    /// The one whose share of the axis, i ..< i + 1, the centre of the output sample lies in.
    case byCentre
    /// The one before it; coordinates are added up, a step for each sample.
    case downBySteps
    /// The one at the coordinate or after it.
    case up
    /// The nearer of its neighbours, and of two that are as near the one before it, or the one after it.
    case halfToBefore
    case halfToAfter
  }

  /// What becomes of the taps of a filter that lie outside the axis. Its weights add up to 1 then.
  package enum Borders: Equatable {
    /// They read its first or its last sample.
    case clamped
    /// As many of them as the filter's support do so on either side, and those beyond are left out. Weights that add up to
    /// nearly nothing count as none.
    case padded
    /// They are left out.
    case dropped
    /// They are left out, and output samples whose centre lies outside the axis read nothing: they are 0.
    case droppedWithCentres
  }

  /// How the share of the axis that an output sample covers is measured: it begins a scale after the share before it.
  package enum Shares: Equatable {
    /// It ends where the next one begins, and what it has of each sample is divided by the scale.
    case adjoining
    /// It ends a scale after its beginning, and what it has of each sample is divided by the sum.
    case apart
  }
}

/// The rule by which one axis is resampled.
package enum Sampling: Equatable {
  case nearest
  /// Two taps at the source coordinate.
  case linear
  /// Four taps at the source coordinate.
  case cubic
  /// The mean of the source samples that an output sample covers.
  case area
  /// The mean of the share of the axis that an output sample covers, of its first and last sample a part.
  case covered(Convention.Shares)
  /// A filter over the source samples that an output sample covers; those outside the axis are left out.
  case antialiased(Filter)
  /// The taps of a filter around the source coordinate, inside the axis or not: as many for every output sample.
  case filtered(Filter)
  /// Samples around the source coordinate, inside the axis or not, by weights that OpenCV computes in a way of its own.
  case neighbours(NeighbourFilter)
  /// The mean of what an output sample covers, samples by their shares.
  case cells
  /// The sum of the samples that an output sample covers.
  case cellSums

  /// The weights of an axis that keeps its length are 1 and 0, so that copying does the same.
  var interpolates: Bool {
    switch self {
    case .antialiased(let filter), .filtered(let filter): filter.interpolates
    case .nearest, .linear, .cubic, .area, .neighbours, .cells, .cellSums, .covered: true
    }
  }
}
