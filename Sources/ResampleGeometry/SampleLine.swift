/// Where output sample i lies in the source axis, by a convention that computes it in a way of its own:
///
///     base + (i + shift) * stretch * span / divisor + offset
///
/// Evaluated from the left, in the type of the coordinates: conventions that agree on paper differ in where they round.
package struct SampleLine: Equatable {
  package var base: Double
  package var shift: Double
  package var stretch: Double
  package var span: Double
  package var divisor: Double
  package var offset: Double

  package init(
    base: Double = 0, shift: Double = 0, stretch: Double = 1, span: Double = 1, divisor: Double = 1, offset: Double = 0
  ) {
    self.base = base
    self.shift = shift
    self.stretch = stretch
    self.span = span
    self.divisor = divisor
    self.offset = offset
  }

  /// The distance in the source axis between neighbouring output samples.
  var scale: Double { stretch * span / divisor }

  /// The position of output sample `index` without the offset: on an axis where source sample i covers i ..< i + 1, its
  /// centre.
  @inline(never)
  func centre<R: Real>(of index: Int) -> R {
    R(base) + (R(index) + R(shift)) * R(stretch) * R(span) / R(divisor)
  }

  /// Where the share of output sample `index` of that axis begins, as far as its centre is half a sample after it.
  func start<R: Real>(of index: Int) -> R { R(base) + R(index) * R(stretch) * R(span) / R(divisor) }

  func position<R: Real>(of index: Int) -> R { centre(of: index) + R(offset) }
}
