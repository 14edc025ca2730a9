import CResample
import Resample

@implementation @_cdecl("rsmp_axis_create")
public func rsmp_axis_create(
  _ input_length: Int64, _ output_length: Int64, _ dtype: rsmp_dtype,
  _ options: UnsafePointer<rsmp_interpolate_options>!, _ axis: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let axis = try required("axis", axis)
    axis.pointee = nil
    let taps = try AxisTaps.make(
      inputLength: Int(clamping: input_length), outputLength: Int(clamping: output_length), dtype: Dtype(dtype),
      InterpolateOptions(options))
    axis.pointee = OpaquePointer(taps)
  }
}

@implementation @_cdecl("rsmp_plan_axis")
public func rsmp_plan_axis(
  _ plan: OpaquePointer!, _ index: Int32, _ axis: UnsafeMutablePointer<OpaquePointer?>!,
  _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let plan = try required("plan", plan, as: ResizePlan.self).pointee.resampling()
    let axis = try required("axis", axis)
    axis.pointee = nil
    guard let dimension = plan.pointee.dimension(ofSpatialAxis: Int(index)) else {
      throw .invalidValue("the plan has no spatial axis \(Int(index))")
    }
    axis.pointee = OpaquePointer(plan.pointee.axis(ofDimension: dimension))
  }
}

@implementation @_cdecl("rsmp_axis_describe")
public func rsmp_axis_describe(
  _ axis: OpaquePointer!, _ info: UnsafeMutablePointer<rsmp_axis_info>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let taps = try required("axis", axis, as: AxisTaps.self)
    let info = try required("info", info)
    // All fields are of the first version. One that is added has to be covered by the size before it is written.
    _ = try callerSize("info", info)
    info.pointee.reserved = 0
    info.pointee.input_length = Int64(taps.pointee.inputLength)
    info.pointee.output_length = Int64(taps.pointee.outputLength)
    info.pointee.tap_count = Int64(taps.pointee.tapCount)
  }
}

@implementation @_cdecl("rsmp_axis_taps")
public func rsmp_axis_taps(
  _ axis: OpaquePointer!, _ coordinates: UnsafeMutablePointer<Double>!, _ indices: UnsafeMutablePointer<Int64>!,
  _ weights: UnsafeMutablePointer<Double>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    let taps = try required("axis", axis, as: AxisTaps.self)
    let tapCount = taps.pointee.tapCount
    for output in 0..<taps.pointee.outputLength {
      if let coordinates { coordinates[output] = taps.pointee.coordinate(of: output) }
      for tap in 0..<tapCount {
        let entry = output * tapCount + tap
        if let indices { indices[entry] = Int64(taps.pointee.index(of: output, tap: tap)) }
        if let weights { weights[entry] = taps.pointee.weight(of: output, tap: tap) }
      }
    }
  }
}

@implementation @_cdecl("rsmp_axis_destroy")
public func rsmp_axis_destroy(_ axis: OpaquePointer!) {
  AxisTaps.destroy(axis.map { UnsafeMutablePointer($0) })
}
