import CShims

// Kernels that use intrinsics are functions of their own, not to be inlined: within a closure that becomes a C function
// pointer, the compiler leaves every intrinsic of CShims as a call.

@inline(never) private func horizontalFloat32(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    Float32Samples.self, Float32Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: streams)
}

@inline(never) private func verticalFloat32(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    Float32Samples.self, Float32Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: streams)
}

@inline(never) private func verticalPlaneFloat32(
  _ source: UnsafeRawPointer, _ taps: UnsafePointer<rsk_taps>, _ samples: Int, _ plane: UnsafeMutableRawPointer
) { verticalPlanePass(Float32Samples.self, source: source, taps, samples: samples, destination: plane) }

@inline(never) private func bilinearFloat32(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_taps>,
  _ samplesPerPixel: Int, _ row: UnsafeMutableRawPointer
) {
  bilinearInterleavedPass(
    Float32Samples.self, rows: rows, rowWeights: weights, rowCount: count, taps, samplesPerPixel: samplesPerPixel,
    destination: row)
}

@inline(never) private func horizontalFloat64(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    Float64Samples.self, Float64Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: streams)
}

@inline(never) private func verticalFloat64(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    Float64Samples.self, Float64Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: streams)
}

@inline(never) private func verticalPlaneFloat64(
  _ source: UnsafeRawPointer, _ taps: UnsafePointer<rsk_taps>, _ samples: Int, _ plane: UnsafeMutableRawPointer
) { verticalPlanePass(Float64Samples.self, source: source, taps, samples: samples, destination: plane) }

@inline(never) private func bilinearFloat64(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ taps: UnsafePointer<rsk_taps>,
  _ samplesPerPixel: Int, _ row: UnsafeMutableRawPointer
) {
  bilinearInterleavedPass(
    Float64Samples.self, rows: rows, rowWeights: weights, rowCount: count, taps, samplesPerPixel: samplesPerPixel,
    destination: row)
}

// What reads rows of another dtype writes to scratch memory, which is never streamed.

@inline(never) private func horizontalFromFloat16(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    Float16Samples.self, Float32Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: false)
}

@inline(never) private func verticalFromFloat16(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    Float16Samples.self, Float32Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: false)
}

@inline(never) private func horizontalToFloat16(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    Float32Samples.self, Float16Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: false)
}

@inline(never) private func verticalToFloat16(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    Float32Samples.self, Float16Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: streams)
}

@inline(never) private func horizontalFromBFloat16(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    BFloat16Samples.self, Float32Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: false)
}

@inline(never) private func verticalFromBFloat16(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    BFloat16Samples.self, Float32Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: false)
}

@inline(never) private func horizontalToBFloat16(
  _ sources: UnsafePointer<UnsafeRawPointer?>, _ taps: UnsafePointer<rsk_taps>, _ samplesPerPixel: Int,
  _ destinations: UnsafePointer<UnsafeMutableRawPointer?>, _ rows: Int, _ streams: Bool
) {
  horizontalPass(
    Float32Samples.self, BFloat16Samples.self, sources: sources, taps, samplesPerPixel: samplesPerPixel,
    destinations: destinations, rows: rows, streams: false)
}

@inline(never) private func verticalToBFloat16(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ samples: Int,
  _ row: UnsafeMutableRawPointer, _ streams: Bool
) {
  verticalPass(
    Float32Samples.self, BFloat16Samples.self, rows: rows, weights: weights, count: count, samples: samples,
    destination: row, streams: streams)
}

/// The arguments of a pass that has scratch memory.
private struct FixedPointRows {
  let sources: UnsafePointer<UnsafeRawPointer?>
  let taps: UnsafePointer<rsk_taps>
  let samplesPerPixel: Int
  let destinations: UnsafePointer<UnsafeMutableRawPointer?>
  let rows: Int
}

@inline(never) private func horizontalFixedPoint(
  _ call: UnsafePointer<FixedPointRows>, _ scratch: UnsafeMutableRawPointer
) {
  horizontalFixedPointPass(
    FixedPoint.self, sources: call.pointee.sources, call.pointee.taps.pointee,
    samplesPerPixel: call.pointee.samplesPerPixel, destinations: call.pointee.destinations, rows: call.pointee.rows,
    scratch: scratch)
}

@inline(never) private func verticalFixedPoint(
  _ rows: UnsafePointer<UnsafeRawPointer?>, _ weights: UnsafeRawPointer, _ count: Int, _ precision: Int32,
  _ samples: Int, _ row: UnsafeMutableRawPointer
) {
  verticalFixedPointPass(
    FixedPoint.self, rows: rows, weights: weights, count: count, precision: precision, samples: samples,
    destination: row)
}

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
  _ convolution: UnsafePointer<rsk_convolution>, _ samples: Int, _ sums: UnsafeMutableRawPointer, _ sumStride: Int
) { reassemblePass(Float32Arithmetic.self, convolution, samples: samples, sums: sums, sumStride: sumStride) }

@inline(never) private func reassembleFloat64(
  _ convolution: UnsafePointer<rsk_convolution>, _ samples: Int, _ sums: UnsafeMutableRawPointer, _ sumStride: Int
) { reassemblePass(Float64Arithmetic.self, convolution, samples: samples, sums: sums, sumStride: sumStride) }

@inline(never) private func locateFloat32(
  _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) { locatePass(Float32Arithmetic.self, points: points, count: count, sampling, taps) }

@inline(never) private func locateFloat64(
  _ points: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int, _ sampling: UnsafePointer<rsk_sampling>,
  _ taps: UnsafePointer<rsk_point_taps>
) { locatePass(Float64Arithmetic.self, points: points, count: count, sampling, taps) }

@inline(never) private func spreadFloat32(
  _ points: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) { spreadPass(Float32Samples.self, points: points, count: count, tapCount: tapCount, taps, gradients) }

@inline(never) private func spreadFloat64(
  _ points: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ gradients: UnsafePointer<rsk_pixel_gradients>
) { spreadPass(Float64Samples.self, points: points, count: count, tapCount: tapCount, taps, gradients) }

@inline(never) private func sampleFloat32(
  _ plane: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float32Samples.self, Float32Samples.self, plane: plane, count: count, tapCount: tapCount, taps, row: row)
}

@inline(never) private func sampleFloat64(
  _ plane: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float64Samples.self, Float64Samples.self, plane: plane, count: count, tapCount: tapCount, taps, row: row)
}

@inline(never) private func sampleFloat16(
  _ plane: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(Float16Samples.self, Float32Samples.self, plane: plane, count: count, tapCount: tapCount, taps, row: row)
}

@inline(never) private func sampleBFloat16(
  _ plane: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ row: UnsafeMutableRawPointer
) {
  samplePass(BFloat16Samples.self, Float32Samples.self, plane: plane, count: count, tapCount: tapCount, taps, row: row)
}

@inline(never) private func samplePixels(
  _ pixels: UnsafeRawPointer, _ count: Int, _ tapCount: Int, _ taps: UnsafePointer<rsk_point_taps>,
  _ rows: UnsafeMutableRawPointer
) { samplePixelsPass(pixels: pixels, count: count, tapCount: tapCount, taps, rows: rows) }

@inline(never) private func interleave4(
  _ source: UnsafeRawPointer, _ sampleStride: Int, _ streamStride: Int, _ destination: UnsafeMutableRawPointer,
  _ destinationSampleStride: Int, _ destinationStreamStride: Int, _ samples: Int, _ streams: Int
) {
  interleavePass(
    UInt32.self, source: source, sampleStride: sampleStride, streamStride: streamStride, destination: destination,
    destinationSampleStride: destinationSampleStride, destinationStreamStride: destinationStreamStride,
    samples: samples, streams: streams)
}

/// What rsk_fill_ of every instruction set does.
@inline(__always) func fill(_ table: UnsafeMutablePointer<rsk_table>) {
  table.pointee.float32 = rsk_passes(
    horizontal: { horizontalFloat32($0!, $1!, $2, $3!, $4, $5) },
    vertical: { rows, weights, count, _, samples, row, streams in
      verticalFloat32(rows!, weights!, count, samples, row!, streams)
    },
    bilinear: { bilinearFloat32($0!, $1!, $2, $3!, $4, $5!) },
    vertical_plane: { verticalPlaneFloat32($0!, $1!, $2, $3!) },
    most_expanded: Float32Arithmetic.width &- 1)
  table.pointee.float64 = rsk_passes(
    horizontal: { horizontalFloat64($0!, $1!, $2, $3!, $4, $5) },
    vertical: { rows, weights, count, _, samples, row, streams in
      verticalFloat64(rows!, weights!, count, samples, row!, streams)
    },
    bilinear: { bilinearFloat64($0!, $1!, $2, $3!, $4, $5!) },
    vertical_plane: { verticalPlaneFloat64($0!, $1!, $2, $3!) },
    most_expanded: Float64Arithmetic.width &- 1)
  table.pointee.fixed_point = rsk_passes(
    horizontal: { sources, taps, samplesPerPixel, destinations, rows, _ in
      var call = FixedPointRows(
        sources: sources!, taps: taps!, samplesPerPixel: samplesPerPixel, destinations: destinations!, rows: rows)
      rsi_with_scratch(
        { scratch, call in horizontalFixedPoint(call!.assumingMemoryBound(to: FixedPointRows.self), scratch!) }, &call)
    },
    vertical: { rows, weights, count, precision, samples, row, _ in
      verticalFixedPoint(rows!, weights!, count, precision, samples, row!)
    }, bilinear: nil, vertical_plane: nil, most_expanded: FixedPoint.mostExpanded)
  table.pointee.fixed_point_weights = Int32(truncatingIfNeeded: FixedPoint.weights)
  if Abilities.convertsHalves {
    table.pointee.from_float16 = rsk_passes(
      horizontal: { horizontalFromFloat16($0!, $1!, $2, $3!, $4, $5) },
      vertical: { rows, weights, count, _, samples, row, streams in
        verticalFromFloat16(rows!, weights!, count, samples, row!, streams)
      }, bilinear: nil, vertical_plane: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.to_float16 = rsk_passes(
      horizontal: { horizontalToFloat16($0!, $1!, $2, $3!, $4, $5) },
      vertical: { rows, weights, count, _, samples, row, streams in
        verticalToFloat16(rows!, weights!, count, samples, row!, streams)
      }, bilinear: nil, vertical_plane: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.from_bfloat16 = rsk_passes(
      horizontal: { horizontalFromBFloat16($0!, $1!, $2, $3!, $4, $5) },
      vertical: { rows, weights, count, _, samples, row, streams in
        verticalFromBFloat16(rows!, weights!, count, samples, row!, streams)
      }, bilinear: nil, vertical_plane: nil, most_expanded: Float32Arithmetic.width &- 1)
    table.pointee.to_bfloat16 = rsk_passes(
      horizontal: { horizontalToBFloat16($0!, $1!, $2, $3!, $4, $5) },
      vertical: { rows, weights, count, _, samples, row, streams in
        verticalToBFloat16(rows!, weights!, count, samples, row!, streams)
      }, bilinear: nil, vertical_plane: nil, most_expanded: Float32Arithmetic.width &- 1)
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
    total_float64: { totalPass(Float64Arithmetic.self, $0!, $1, $2!) })

  table.pointee.reassemblies = rsk_reassemblies(
    float32: { reassembleFloat32($0!, $1, $2!, $3) }, float64: { reassembleFloat64($0!, $1, $2!, $3) })

  table.pointee.samplings = rsk_samplings(
    locate_float32: { locateFloat32($0!, $1, $2!, $3!) }, locate_float64: { locateFloat64($0!, $1, $2!, $3!) },
    float32: { sampleFloat32($0!, $1, $2, $3!, $4!) }, float64: { sampleFloat64($0!, $1, $2, $3!, $4!) },
    float16: { sampleFloat16($0!, $1, $2, $3!, $4!) }, bfloat16: { sampleBFloat16($0!, $1, $2, $3!, $4!) },
    pixels: { samplePixels($0!, $1, $2, $3!, $4!) },
    spread_float32: { spreadFloat32($0!, $1, $2, $3!, $4!) }, spread_float64: { spreadFloat64($0!, $1, $2, $3!, $4!) })

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
