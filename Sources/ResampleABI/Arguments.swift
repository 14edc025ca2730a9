import CResample
import Resample

// What the caller's structures become inside: values that have been looked at once. Numbers of 64 bits are clamped to Int, which
// has 32 on WebAssembly: beyond them is what is too large for its memory, or a limit that nothing reaches.

extension Dtype {
  init(_ dtype: rsmp_dtype) { self.init(code: dtype.code, bits: dtype.bits, lanes: dtype.lanes) }
}

extension Shape {
  init(rank: Int32, _ lengths: UnsafePointer<Int64>?) throws(ResampleError) {
    guard rank >= 0, rank <= Shape.maximumRank else {
      throw .notImplemented(
        "tensors have at most \(Shape.maximumRank) axes here, (N, C, H, W) for instance, got \(Int(rank))-D")
    }
    self.init(rank: Int(rank))
    guard rank > 0 else { return }
    let lengths = try required("shape", lengths)
    for axis in 0..<Int(rank) { self[axis] = Int(clamping: lengths[axis]) }
    guard !hasNegativeLength else { throw .invalidValue("shape \(self) has a negative length") }
  }

  func copy(to lengths: UnsafeMutablePointer<Int64>) {
    for axis in 0..<rank { lengths[axis] = Int64(self[axis]) }
  }
}

extension Tensor {
  init(_ name: StaticString, _ tensor: UnsafePointer<rsmp_tensor>?) throws(ResampleError) {
    let tensor = try required(name, tensor).pointee
    guard tensor.device.type == 0 || tensor.device.type == 1 else {
      throw .invalidValue("\(name) is on device type \(Int(tensor.device.type)); only memory of the CPU can be read")
    }
    try self.init(
      name, data: tensor.data, byteOffset: tensor.byte_offset, dtype: Dtype(tensor.dtype),
      shape: Shape(rank: tensor.ndim, tensor.shape), strides: tensor.strides)
  }
}

extension Tensor {
  /// nil for a tensor that the caller does not give.
  init?(_ name: StaticString, ifGiven tensor: UnsafePointer<rsmp_tensor>?) throws(ResampleError) {
    guard tensor != nil else { return nil }
    try self.init(name, tensor)
  }
}

extension InterpolateOptions {
  init(_ pointer: UnsafePointer<rsmp_interpolate_options>?) throws(ResampleError) {
    let options = try read("options", pointer)
    self.init()
    mode = options.mode
    switch Int(options.align_corners) {
    case RSMP_ALIGN_CORNERS_NOT_GIVEN: alignCorners = nil
    case RSMP_ALIGN_CORNERS_FALSE: alignCorners = false
    case RSMP_ALIGN_CORNERS_TRUE: alignCorners = true
    default: throw .invalidValue("options.align_corners has no value \(Int(options.align_corners))")
    }
    antialias = try flag("options.antialias", options.antialias)
    recomputeScaleFactor = try flag("options.recompute_scale_factor", options.recompute_scale_factor)
    sizeCount = Int(options.size_count)
    scaleFactorCount = Int(options.scale_factor_count)
    size = [Int(clamping: options.size.0), Int(clamping: options.size.1), Int(clamping: options.size.2)]
    scaleFactor = [options.scale_factor.0, options.scale_factor.1, options.scale_factor.2]
    let starts: InlineArray<3, Int64> = [options.region_start.0, options.region_start.1, options.region_start.2]
    let stops: InlineArray<3, Int64> = [options.region_stop.0, options.region_stop.1, options.region_stop.2]
    for axis in 0..<3 where starts[axis] != 0 || stops[axis] != 0 {
      region[axis] = (Int(clamping: starts[axis]), stops[axis] == 0 ? nil : Int(clamping: stops[axis]))
    }
    let clamp = Int(options.clamp)
    guard clamp & ~(RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH) == 0 else {
      throw .invalidValue("options.clamp has no value \(clamp)")
    }
    low = clamp & RSMP_CLAMP_LOW != 0 ? options.clamp_low : nil
    high = clamp & RSMP_CLAMP_HIGH != 0 ? options.clamp_high : nil
  }
}
