/// The options of conv_transpose as a caller states them; a count of 0 means that they are not stated.
package struct ConvTransposeOptions {
  package var groups = 0
  package var stride = PerAxis()
  package var padding = PerAxis()
  package var outputPadding = PerAxis()
  package var dilation = PerAxis()

  package init() {}

  /// One option's values, one a spatial axis.
  package struct PerAxis {
    package var count = 0
    package var values = InlineArray<3, Int>(repeating: 0)

    package init() {}
  }
}
