import CShims

// Kernels that use intrinsics are functions of their own, not to be inlined: within a closure that becomes a C function
// pointer, the compiler leaves every intrinsic of CShims as a call.

@inline(never) private func horizontalFloat32(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  if samplesPerPixel == 3 || samplesPerPixel == 4 {
    return colourPass(ColourSummands<FourFloats>.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
  }
  horizontalPass(Float32Samples.self, Float32Samples.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
}

@inline(never) private func verticalFloat32(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(Float32Samples.self, Float32Samples.self, sources, taps, samples: samples, targets) }

@inline(never) private func bilinearFloat32(
  _ sources: UnsafePointer<rsk_source_rows>, _ height: UnsafePointer<rsk_taps>, _ width: UnsafePointer<rsk_taps>,
  _ samplesPerPixel: Int, _ isHeightFirst: Bool, _ targets: UnsafePointer<rsk_target_rows>
) {
  bilinearPass(
    Float32Samples.self, sources, height: height, width: width, samplesPerPixel: samplesPerPixel,
    isHeightFirst: isHeightFirst, targets)
}

@inline(never) private func horizontalFloat64(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  if samplesPerPixel == 3 || samplesPerPixel == 4 {
    return colourPass(ColourSummands<FourDoubles>.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
  }
  horizontalPass(Float64Samples.self, Float64Samples.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
}

@inline(never) private func verticalFloat64(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(Float64Samples.self, Float64Samples.self, sources, taps, samples: samples, targets) }

@inline(never) private func bilinearFloat64(
  _ sources: UnsafePointer<rsk_source_rows>, _ height: UnsafePointer<rsk_taps>, _ width: UnsafePointer<rsk_taps>,
  _ samplesPerPixel: Int, _ isHeightFirst: Bool, _ targets: UnsafePointer<rsk_target_rows>
) {
  bilinearPass(
    Float64Samples.self, sources, height: height, width: width, samplesPerPixel: samplesPerPixel,
    isHeightFirst: isHeightFirst, targets)
}

@inline(never) private func verticalFromFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(Float16Samples.self, Float32Samples.self, sources, taps, samples: samples, targets) }

@inline(never) private func horizontalToFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  horizontalPass(Float32Samples.self, Float16Samples.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
}

@inline(never) private func verticalToFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(Float32Samples.self, Float16Samples.self, sources, taps, samples: samples, targets) }

@inline(never) private func verticalFromBFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(BFloat16Samples.self, Float32Samples.self, sources, taps, samples: samples, targets) }

@inline(never) private func horizontalToBFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) {
  horizontalPass(Float32Samples.self, BFloat16Samples.self, sources, taps, samplesPerPixel: samplesPerPixel, targets)
}

@inline(never) private func verticalToBFloat16(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalPass(Float32Samples.self, BFloat16Samples.self, sources, taps, samples: samples, targets) }

@_optimize(speed) @inline(never) private func sparseBytesFloat32(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { colourPass(ColourBytes<FourFloats>.self, sources, taps, samplesPerPixel: samplesPerPixel, targets) }

@_optimize(speed) @inline(never) private func sparseBytesFloat64(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { colourPass(ColourBytes<FourDoubles>.self, sources, taps, samplesPerPixel: samplesPerPixel, targets) }

/// The arguments of a pass that has scratch memory.
private struct FixedPointRows {
  let sources: UnsafePointer<rsk_source_rows>
  let taps: UnsafePointer<rsk_taps>
  let samplesPerPixel: Int
  let targets: UnsafePointer<rsk_target_rows>
}

@inline(never) private func horizontalFixedPoint(
  _ call: UnsafePointer<FixedPointRows>, _ scratch: UnsafeMutableRawPointer
) {
  horizontalFixedPointPass(
    FixedPoint.self, call.pointee.sources, call.pointee.taps.pointee, samplesPerPixel: call.pointee.samplesPerPixel,
    call.pointee.targets, scratch: scratch)
}

@inline(never) private func verticalFixedPoint(
  _ sources: UnsafePointer<rsk_source_rows>, _ taps: UnsafePointer<rsk_taps>, _ samples: Int,
  _ targets: UnsafePointer<rsk_target_rows>
) { verticalFixedPointPass(FixedPoint.self, sources, taps, samples: samples, targets) }

@inline(never) private func select1(_ selection: UnsafePointer<rsk_selection>) {
  selectPixels(Pixels1.self, selection.pointee)
}

@inline(never) private func select2(_ selection: UnsafePointer<rsk_selection>) {
  selectPixels(Pixels2.self, selection.pointee)
}

@inline(never) private func select4(_ selection: UnsafePointer<rsk_selection>) {
  selectPixels(Pixels4.self, selection.pointee)
}

@inline(never) private func select8(_ selection: UnsafePointer<rsk_selection>) {
  selectPixels(Pixels8.self, selection.pointee)
}

@inline(never) private func convolveFloat32(
  _ convolution: UnsafePointer<rsk_convolution>, _ outputs: Int, _ samples: Int, _ sums: UnsafeMutableRawPointer,
  _ sumStride: Int
) {
  convolvePass(
    Float32Arithmetic.self, convolution, outputs: outputs, samples: samples, sums: sums, sumStride: sumStride)
}

@inline(never) private func convolveFloat64(
  _ convolution: UnsafePointer<rsk_convolution>, _ outputs: Int, _ samples: Int, _ sums: UnsafeMutableRawPointer,
  _ sumStride: Int
) {
  convolvePass(
    Float64Arithmetic.self, convolution, outputs: outputs, samples: samples, sums: sums, sumStride: sumStride)
}

@inline(never) private func convolveInt64(
  _ convolution: UnsafePointer<rsk_convolution>, _ outputs: Int, _ samples: Int, _ sums: UnsafeMutableRawPointer,
  _ sumStride: Int
) {
  convolvePass(Int64Summation.self, convolution, outputs: outputs, samples: samples, sums: sums, sumStride: sumStride)
}

@inline(never) private func correlateFloat32(
  _ correlation: UnsafePointer<rsk_correlation>, _ sums: UnsafeMutableRawPointer
) { correlatePass(Float32Samples.self, correlation, sums) }

@inline(never) private func correlateFloat64(
  _ correlation: UnsafePointer<rsk_correlation>, _ sums: UnsafeMutableRawPointer
) { correlatePass(Float64Samples.self, correlation, sums) }

@inline(never) private func reassembleFloat32(
  _ convolution: UnsafePointer<rsk_convolution>, _ rows: Int, _ samples: Int, _ sums: UnsafeMutableRawPointer,
  _ sumStride: Int, _ rowStride: Int
) {
  reassemblePass(
    Float32Arithmetic.self, convolution, rows: rows, samples: samples, sums: sums, sumStride: sumStride,
    rowStride: rowStride)
}

@inline(never) private func reassembleFloat64(
  _ convolution: UnsafePointer<rsk_convolution>, _ rows: Int, _ samples: Int, _ sums: UnsafeMutableRawPointer,
  _ sumStride: Int, _ rowStride: Int
) {
  reassemblePass(
    Float64Arithmetic.self, convolution, rows: rows, samples: samples, sums: sums, sumStride: sumStride,
    rowStride: rowStride)
}

@inline(never) private func locateFloat32(
  _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) { locatePass(Float32Arithmetic.self, points: points, count: count, sampling, taps) }

@inline(never) private func locateFloat64(
  _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) { locatePass(Float64Arithmetic.self, points: points, count: count, sampling, taps) }

@inline(never) private func spreadFloat32(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    Float32Arithmetic.self, channels: Int(RSK_WIDEST_VECTOR), pointsOfVector: Float32Arithmetic.width, points: points,
    count: count, taps,
    gradients)
}

@inline(never) private func spreadFloat64(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    Float64Arithmetic.self, channels: Int(RSK_WIDEST_VECTOR), pointsOfVector: Float64Arithmetic.width, points: points,
    count: count, taps,
    gradients)
}

@inline(never) private func spreadFourFloats(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    FourFloats.self, channels: 4, pointsOfVector: Float32Arithmetic.width, points: points, count: count, taps,
    gradients)
}

@inline(never) private func spreadFourDoubles(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    FourDoubles.self, channels: 4, pointsOfVector: Float64Arithmetic.width, points: points, count: count, taps,
    gradients)
}

@inline(never) private func spreadOneFloat(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    OneFloat.self, channels: 1, pointsOfVector: Float32Arithmetic.width, points: points, count: count, taps,
    gradients)
}

@inline(never) private func spreadOneDouble(
  _ points: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) {
  spreadPass(
    OneDouble.self, channels: 1, pointsOfVector: Float64Arithmetic.width, points: points, count: count, taps,
    gradients)
}

@inline(never) private func sampleFloat32(
  _ plane: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float32Samples.self, plane: plane, count: count, taps, row: row)
}

@inline(never) private func sampleFloat64(
  _ plane: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float64Samples.self, plane: plane, count: count, taps, row: row)
}

@inline(never) private func sampleFloat16(
  _ plane: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float16Samples.self, plane: plane, count: count, taps, row: row)
}

@inline(never) private func sampleBFloat16(
  _ plane: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(BFloat16Samples.self, plane: plane, count: count, taps, row: row)
}

@inline(never) private func samplePixels(
  _ pixels: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ rows: UnsafeMutableRawPointer
) { samplePixelsPass(pixels: pixels, count: count, taps, rows: rows) }

@inline(never) private func interleave4(
  _ source: UnsafeRawPointer, _ sampleStride: Int, _ streamStride: Int, _ destination: UnsafeMutableRawPointer,
  _ destinationSampleStride: Int, _ destinationStreamStride: Int, _ samples: Int, _ streams: Int
) {
  interleavePass(
    UInt32.self, source: source, sampleStride: sampleStride, streamStride: streamStride, destination: destination,
    destinationSampleStride: destinationSampleStride, destinationStreamStride: destinationStreamStride,
    samples: samples, streams: streams)
}

@inline(never) private func label(
  _ scores: UnsafeRawPointer, _ channelStride: Int, _ channels: Int, _ samples: Int,
  _ labels: UnsafeMutablePointer<Float>
) -> Bool {
  labelPass(
    Float32Arithmetic.self, scores, channelStride: channelStride, channels: channels, samples: samples, labels)
}

/// What rsk_fill_ of every instruction set does.
@inline(__always) func fill(_ table: UnsafeMutablePointer<rsk_table>) {
  table.pointee.float32 = rsk_passes(
    horizontal: { horizontalFloat32($0!, $1!, $2, $3!) }, vertical: { verticalFloat32($0!, $1!, $2, $3!) },
    bilinear: { bilinearFloat32($0!, $1!, $2!, $3, $4, $5!) }, most_expanded: Float32Arithmetic.width &- 1)
  table.pointee.float64 = rsk_passes(
    horizontal: { horizontalFloat64($0!, $1!, $2, $3!) }, vertical: { verticalFloat64($0!, $1!, $2, $3!) },
    bilinear: { bilinearFloat64($0!, $1!, $2!, $3, $4, $5!) }, most_expanded: Float64Arithmetic.width &- 1)
  table.pointee.fixed_point = rsk_passes(
    horizontal: { sources, taps, samplesPerPixel, targets in
      var call = FixedPointRows(
        sources: sources!, taps: taps!, samplesPerPixel: samplesPerPixel, targets: targets!)
      rsi_with_scratch(
        { scratch, call in horizontalFixedPoint(call!.assumingMemoryBound(to: FixedPointRows.self), scratch!) }, &call)
    }, vertical: { verticalFixedPoint($0!, $1!, $2, $3!) }, bilinear: nil, most_expanded: FixedPoint.mostExpanded)
  table.pointee.fixed_point_weights = Int32(truncatingIfNeeded: FixedPoint.weights)
  table.pointee.sparse_bytes = rsk_passes(
    horizontal: { sparseBytesFloat32($0!, $1!, $2, $3!) }, vertical: nil, bilinear: nil, most_expanded: 0)
  table.pointee.widened_sparse_bytes = rsk_passes(
    horizontal: { sparseBytesFloat64($0!, $1!, $2, $3!) }, vertical: nil, bilinear: nil, most_expanded: 0)
  if Abilities.convertsHalves {
    table.pointee.from_float16 = rsk_passes(
      horizontal: nil, vertical: { verticalFromFloat16($0!, $1!, $2, $3!) },
      bilinear: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.to_float16 = rsk_passes(
      horizontal: { horizontalToFloat16($0!, $1!, $2, $3!) }, vertical: { verticalToFloat16($0!, $1!, $2, $3!) },
      bilinear: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.from_bfloat16 = rsk_passes(
      horizontal: nil, vertical: { verticalFromBFloat16($0!, $1!, $2, $3!) },
      bilinear: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.to_bfloat16 = rsk_passes(
      horizontal: { horizontalToBFloat16($0!, $1!, $2, $3!) }, vertical: { verticalToBFloat16($0!, $1!, $2, $3!) },
      bilinear: nil, most_expanded: Float32Arithmetic.width &- 1)
  }

  fillConversions(table)

  // Pixels of 1, 2, 4 and 8 bytes, then of any size (RSK_SELECT_ANY).
  table.pointee.select = (
    { select1($0!) }, { select2($0!) }, { select4($0!) }, { select8($0!) }, { selectBlocks($0!.pointee) }
  )

  table.pointee.convolutions = rsk_convolutions(
    float32: { convolveFloat32($0!, $1, $2, $3!, $4) },
    float64: { convolveFloat64($0!, $1, $2, $3!, $4) },
    int64: { convolveInt64($0!, $1, $2, $3!, $4) },
    most_outputs: mostConvolutionOutputs)

  table.pointee.correlations = rsk_correlations(
    float32: { correlateFloat32($0!, $1!) }, float64: { correlateFloat64($0!, $1!) },
    total_float32: { totalPass(Float32Arithmetic.self, $0!, $1, $2!) },
    total_float64: { totalPass(Float64Arithmetic.self, $0!, $1, $2!) }, firsts_of_float32: correlatedFirsts,
    seconds_at_once: correlatedSeconds, sum_size: MemoryLayout<FloatVector>.size)

  table.pointee.reassemblies = rsk_reassemblies(
    float32: { reassembleFloat32($0!, $1, $2, $3!, $4, $5) }, float64: { reassembleFloat64($0!, $1, $2, $3!, $4, $5) })

  table.pointee.samplings = rsk_samplings(
    locate_float32: { locateFloat32($0!, $1, $2!, $3!) }, locate_float64: { locateFloat64($0!, $1, $2!, $3!) },
    float32: { sampleFloat32($0!, $1, $2!, $3!) }, float64: { sampleFloat64($0!, $1, $2!, $3!) },
    float16: { sampleFloat16($0!, $1, $2!, $3!) }, bfloat16: { sampleBFloat16($0!, $1, $2!, $3!) },
    pixels: { samplePixels($0!, $1, $2!, $3!) },
    spread_float32: { spreadFloat32($0!, $1, $2!, $3!) }, spread_float64: { spreadFloat64($0!, $1, $2!, $3!) },
    spread_four_floats: { spreadFourFloats($0!, $1, $2!, $3!) },
    spread_four_doubles: { spreadFourDoubles($0!, $1, $2!, $3!) },
    spread_one_float: { spreadOneFloat($0!, $1, $2!, $3!) }, spread_one_double: { spreadOneDouble($0!, $1, $2!, $3!) })

  table.pointee.byte_blending = rsk_byte_blending(
    horizontal: { blendPixels($0!, $1!) }, vertical: { blendRows($0!, $1!, $2!, $3, $4!) },
    vertical_exact: { blendRowsExactly($0!, $1!, $2!, $3, $4!) })
  table.pointee.byte_cells = rsk_byte_cells(
    add_rows: { addRows($0!, $1, $2, $3, $4!) }, average: { averageCells($0!, $1, $2, $3, $4, $5!, $6!) },
    halve: { halveRows($0!, $1, $2, $3!) })

  table.pointee.look_up = (
    { lookUpPass(UInt8.self, source: $0!, stride: $1, count: $2, table: $3!, target: $4!, targetStride: $5) },
    { lookUpPass(UInt16.self, source: $0!, stride: $1, count: $2, table: $3!, target: $4!, targetStride: $5) },
    { lookUpPass(UInt32.self, source: $0!, stride: $1, count: $2, table: $3!, target: $4!, targetStride: $5) }
  )

  table.pointee.label = { label($0!, $1, $2, $3, $4!) }

  table.pointee.interleave = (
    {
      interleavePass(
        UInt8.self, source: $0!, sampleStride: $1, streamStride: $2, destination: $3!, destinationSampleStride: $4,
        destinationStreamStride: $5, samples: $6, streams: $7)
    },
    {
      interleavePass(
        UInt16.self, source: $0!, sampleStride: $1, streamStride: $2, destination: $3!, destinationSampleStride: $4,
        destinationStreamStride: $5, samples: $6, streams: $7)
    },
    { interleave4($0!, $1, $2, $3!, $4, $5, $6, $7) },
    {
      interleavePass(
        UInt64.self, source: $0!, sampleStride: $1, streamStride: $2, destination: $3!, destinationSampleStride: $4,
        destinationStreamStride: $5, samples: $6, streams: $7)
    },
    {
      interleavePass(
        SIMD2<UInt64>.self, source: $0!, sampleStride: $1, streamStride: $2, destination: $3!,
        destinationSampleStride: $4,
        destinationStreamStride: $5, samples: $6, streams: $7)
    }
  )
}
