import CResample
import Resample
import ResampleGeometry

@implementation @_cdecl("rsmp_preprocess_create")
public func rsmp_preprocess_create(
  _ options: UnsafePointer<rsmp_preprocess_options>!, _ preprocess: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let preprocess = try required("preprocess", preprocess)
    preprocess.pointee = nil
    preprocess.pointee = OpaquePointer(
      try Preprocess.make(PreprocessOptions(options), InstructionSet.selected()))
  }
}

@implementation @_cdecl("rsmp_preprocess_placement")
public func rsmp_preprocess_placement(
  _ preprocess: OpaquePointer!, _ height: Int64, _ width: Int64, _ placement: UnsafeMutablePointer<rsmp_placement>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let preprocess = try required("preprocess", preprocess, as: Preprocess.self)
    let target = try required("placement", placement)
    // All fields are of the first version. One that is added has to be covered by the size before it is written.
    _ = try callerSize("placement", target)
    let placement = try preprocess.pointee.placement(
      of: ImageSize(height: Int(clamping: height), width: Int(clamping: width)))
    target.pointee.reserved = 0
    (target.pointee.height, target.pointee.width) = (height, width)
    target.pointee.resized_height = Int64(placement.resized.height)
    target.pointee.resized_width = Int64(placement.resized.width)
    target.pointee.canvas_height = Int64(placement.output.height)
    target.pointee.canvas_width = Int64(placement.output.width)
    (target.pointee.top, target.pointee.left) = (Int64(placement.top), Int64(placement.left))
  }
}

@implementation @_cdecl("rsmp_preprocess_output_shape")
public func rsmp_preprocess_output_shape(
  _ preprocess: OpaquePointer!, _ count: Int64, _ images: UnsafePointer<rsmp_tensor>!,
  _ output_shape: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let preprocess = try required("preprocess", preprocess, as: Preprocess.self)
    let images = try required("images", images)
    let shape = try preprocess.pointee.outputShape(count: numberOfImages(count)) { index throws(ResampleError) in
      try Shape(rank: images[index].ndim, images[index].shape)
    }
    shape.copy(to: try required("output_shape", output_shape))
  }
}

@implementation @_cdecl("rsmp_preprocess_execute")
public func rsmp_preprocess_execute(
  _ preprocess: OpaquePointer!, _ count: Int64, _ images: UnsafePointer<rsmp_tensor>!,
  _ output: UnsafePointer<rsmp_tensor>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let preprocess = try required("preprocess", preprocess, as: Preprocess.self)
    let images = try required("images", images)
    let output = try Tensor("output", output)
    try preprocess.pointee.execute(
      count: numberOfImages(count), { index throws(ResampleError) in try Tensor("an image", images + index) }, output)
  }
}

@implementation @_cdecl("rsmp_preprocess_destroy")
public func rsmp_preprocess_destroy(_ preprocess: OpaquePointer!) {
  Preprocess.destroy(preprocess.map { UnsafeMutablePointer($0) })
}

private func numberOfImages(_ count: Int64) throws(ResampleError) -> Int {
  guard count >= 1, count <= Int64(Shape.longestAxis) else {
    throw .invalidValue("count must be from 1 to \(Shape.longestAxis), got \(Int(clamping: count))")
  }
  return Int(clamping: count)
}

extension PreprocessOptions {
  fileprivate init(_ pointer: UnsafePointer<rsmp_preprocess_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    resizer = try known("options.convention", options.convention)
    mode = options.mode
    antialias = try flag("options.antialias", options.antialias)
    size = try SizeRule(options)
    canvas = try Canvas(options)
    alpha = try known("options.alpha", options.alpha)
    border = try known("options.border", options.border)
    channels = options.channels == 0 ? nil : Int(options.channels)
    reversesColours = try flag("options.reverse_channels", options.reverse_channels)
    isChannelsLast = try flag("options.channels_last", options.channels_last)
    let given = Dtype(options.dtype)
    if given != Dtype(code: 0, bits: 0, lanes: 0) { dtype = given }
    levels.arithmetic = try known("options.arithmetic", options.arithmetic)
    if options.rescale != 0 { levels.rescale = options.rescale }
    if try flag("options.normalize", options.normalize) {
      levels.normalization = (mean: InlineArray(options.mean), std: InlineArray(options.std))
    }
    fill = InlineArray(options.fill)
  }
}

extension InlineArray<3, Double> {
  // A C array is a tuple in Swift.
  fileprivate init(_ tuple: (Double, Double, Double)) { self = [tuple.0, tuple.1, tuple.2] }
}

extension SizeRule {
  fileprivate init(_ options: rsmp_preprocess_options) throws(ResampleError) {
    let rounding: EdgeRounding = try known("options.edge_rounding", options.edge_rounding)
    let size = ImageSize(height: Int(clamping: options.height), width: Int(clamping: options.width))
    let longest = options.longest_edge == 0 ? nil : Int(clamping: options.longest_edge)
    self =
      switch Int(options.resize) {
      case RSMP_RESIZE_NONE: .unchanged
      case RSMP_RESIZE_EXACT: .exactly(size)
      case RSMP_RESIZE_SHORTEST_EDGE: .shortestEdge(Int(clamping: options.shortest_edge), longest: longest)
      case RSMP_RESIZE_SHORTEST_EDGE_ROUNDED:
        .shortestEdgeRounded(
          Int(clamping: options.shortest_edge), longest: longest, multiple: one(options.edge_multiple))
      case RSMP_RESIZE_LONGEST_EDGE: .longestEdge(Int(clamping: options.longest_edge))
      case RSMP_RESIZE_WITHIN: .within(size, rounding)
      case RSMP_RESIZE_COVERING: .covering(size, rounding)
      default: throw .invalidValue("options.resize has no value \(Int(options.resize))")
      }
  }
}

extension Canvas {
  fileprivate init(_ options: rsmp_preprocess_options) throws(ResampleError) {
    self.init()
    let size = ImageSize(height: Int(clamping: options.canvas_height), width: Int(clamping: options.canvas_width))
    extent =
      switch Int(options.canvas) {
      case RSMP_CANVAS_RESIZED: .resized
      case RSMP_CANVAS_CROP: .cropped(size)
      case RSMP_CANVAS_PAD: .padded(size)
      case RSMP_CANVAS_LARGEST: .largest
      default: throw .invalidValue("options.canvas has no value \(Int(options.canvas))")
      }
    anchor =
      switch Int(options.anchor) {
      case RSMP_ANCHOR_TOP_LEFT: .topLeft
      case RSMP_ANCHOR_CENTER: .center
      case RSMP_ANCHOR_CENTER_CUT_OFF: .centerCutOff
      case RSMP_ANCHOR_CENTER_DOWN: .centerDown
      case RSMP_ANCHOR_AT: .at(top: Int(clamping: options.top), left: Int(clamping: options.left))
      default: throw .invalidValue("options.anchor has no value \(Int(options.anchor))")
      }
    multiple = one(options.canvas_multiple)
  }
}

/// Where 0 stands for 1.
private func one(_ number: Int64) -> Int { number == 0 ? 1 : Int(clamping: number) }
