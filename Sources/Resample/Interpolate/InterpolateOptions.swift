/// The arguments of interpolate as they came from the caller, not yet checked.
package struct InterpolateOptions {
  package var mode: Int32 = 0
  package var alignCorners: Bool?
  package var antialias = false
  package var recomputeScaleFactor = false
  /// The entries of `size` and `scaleFactor` that were given, whether or not there is room for them.
  package var sizeCount = 0
  package var scaleFactorCount = 0
  package var size = InlineArray<3, Int>(repeating: 0)
  package var scaleFactor = InlineArray<3, Double>(repeating: 0)
  /// The output samples of each spatial axis that are wanted; nil: all, or up to the end.
  package var region = InlineArray<3, (start: Int, stop: Int?)?>(repeating: nil)
  package var low: Double?
  package var high: Double?

  package init() {}
}
