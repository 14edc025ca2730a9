import CShims
import Testing

@testable import Resample

private let everySet = (0..<InstructionSet.count).map(InstructionSet.init(preference:))
/// The instruction sets that this processor can run.
private let instructionSets = everySet.filter { $0.isSupported }

extension InstructionSet: CustomTestStringConvertible {
  fileprivate var name: String { String(cString: cName) }
  public var testDescription: String { name }
}

@Test func everyInstructionSetOfThisProcessorIsTested() {
  for set in everySet where !set.isSupported {
    print("skipped: the kernels of \(set.name) need a processor that has it")
  }
  #expect(instructionSets.last?.name == "baseline")
  #expect(instructionSets.first?.name == InstructionSet.best.name)
  #expect(Set(everySet.map(\.name)).count == everySet.count)
}

/// A table of taps with windows of 1 to `tapCount` samples that move along `inputLength` samples.
private struct Taps<Weight: Numeric & Equatable & BitwiseCopyable> {
  var first: [Int32] = []
  var counts: [Int32] = []
  var weights: [Weight] = []
  let inputLength: Int
  let tapCount: Int
  /// The entries of a sample; those behind the taps are 0.
  let paddedTapCount: Int
  let isTapMajor: Bool
  var interior = 0..<0
  var fewestTaps: Int

  /// With a `period`, as many weights are repeated, if the lengths are to each other as that is possible.
  init(
    inputLength: Int, outputLength: Int, tapCount: Int, paddedTapCount: Int? = nil, isTapMajor: Bool = false,
    period: Int = .max, _ weight: (inout SystemRandomNumberGenerator) -> Weight
  ) {
    var random = SystemRandomNumberGenerator()
    self.inputLength = inputLength
    self.tapCount = min(tapCount, inputLength)
    self.paddedTapCount = paddedTapCount ?? self.tapCount
    self.isTapMajor = isTapMajor
    fewestTaps = self.tapCount
    let lowest = period < .max ? self.tapCount : Int.random(in: 1...self.tapCount)
    var table: [[Weight]] = []
    for output in 0..<outputLength {
      first.append(Int32(output * inputLength / outputLength))
      let count = min(Int.random(in: lowest...self.tapCount), inputLength - Int(first[output]))
      counts.append(Int32(count))
      let repeated = output >= period ? table[output - period] : nil
      // Kernels of floats must not look at what is behind the taps; those of integers rely on its being 0.
      let weighted = paddedTapCount == nil ? self.tapCount : count
      table.append(
        (0..<self.paddedTapCount).map { tap in tap < weighted ? repeated.map { $0[tap] } ?? weight(&random) : 0 })
      if first[output] > 0 && Int(first[output]) + count < inputLength {
        interior = (interior.isEmpty ? output : interior.lowerBound)..<output + 1
        fewestTaps = min(fewestTaps, count)
      }
    }
    weights =
      isTapMajor ? (0..<self.paddedTapCount).flatMap { tap in table.map { $0[tap] } } : table.flatMap { $0 }
    first += [Int32](repeating: 0, count: AxisTaps.indicesAfter)
    counts += [Int32](repeating: 0, count: AxisTaps.entriesAfter)
    weights += [Weight](repeating: 0, count: AxisTaps.entriesAfter)
  }

  var length: Int { counts.count - AxisTaps.entriesAfter }

  func weight(_ output: Int, _ tap: Int) -> Weight {
    isTapMajor ? weights[tap * length + output] : weights[output * paddedTapCount + tap]
  }

  func withTaps(precision: Int32 = 0, _ body: (UnsafePointer<rsk_taps>) throws -> Void) rethrows {
    try first.withUnsafeBufferPointer { first in
      try counts.withUnsafeBufferPointer { counts in
        try weights.withUnsafeBufferPointer { weights in
          let repetition =
            isTapMajor
            ? TapRepetition(first.baseAddress!, weights.baseAddress!, taps: tapCount, length, interior)
            : TapRepetition.none
          var taps = rsk_taps(
            first: first.baseAddress, count: counts.baseAddress, weights: weights.baseAddress,
            sample_stride: isTapMajor ? 1 : paddedTapCount, tap_stride: isTapMajor ? length : 1,
            source_length: inputLength, length: length, interior_start: interior.lowerBound,
            interior_end: interior.upperBound, fewest_taps: fewestTaps, most_taps: tapCount, precision: precision,
            step: 1, spans: TapSpans(first.baseAddress!, length: length, step: 1).lengths,
            period: repetition.period, advance: repetition.advance, byte_weights: nil, byte_stride: 0,
            byte_windows: nil, byte_window_count: 0, pair_first: nil, pair_weights: nil, pairs: 0,
            remainders: nil, pair_remainders: nil, byte_remainders: nil, quad_first: nil, quad_weights: nil, quads: 0,
            remainder_bits: 0, first_bytes: nil)
          try body(&taps)
        }
      }
    }
  }
}

/// A row of `count` samples that starts so many samples behind a cache line, between samples that have to stay.
private struct GuardedRow<Sample: BinaryFloatingPoint> {
  private let memory: UnsafeMutablePointer<Sample>
  private let line: UnsafeMutableRawPointer
  let start: UnsafeMutablePointer<Sample>
  let count: Int

  init(count: Int, offset: Int) {
    line = UnsafeMutableRawPointer.allocate(byteCount: (count + offset + 32) * MemoryLayout<Sample>.size, alignment: 64)
    memory = line.bindMemory(to: Sample.self, capacity: count + offset + 32)
    memory.initialize(repeating: 99, count: count + offset + 32)
    start = memory + offset
    self.count = count
  }

  func checkAndFree() {
    #expect((memory..<start).allSatisfy { $0.pointee == 99 })
    #expect((start + count..<start + count + 16).allSatisfy { $0.pointee == 99 })
    line.deallocate()
  }
}

extension rsk_passes {
  /// The horizontal pass of one row.
  fileprivate func resample<T, U>(
    _ source: [T], _ taps: UnsafePointer<rsk_taps>, _ lanes: Int, _ result: UnsafeMutablePointer<U>,
    _ streams: Bool = false
  ) {
    withRows([source]) { rows in
      var (rows, row) = (rows, target(result, streams: streams))
      horizontal(&rows, taps, lanes, &row)
    }
  }

  /// The vertical pass of one row, which reads all rows.
  fileprivate func combine<T, U, Weight>(
    _ rows: [[T]], _ weights: [Weight], _ result: UnsafeMutablePointer<U>, precision: Int32 = 0, streams: Bool = false
  ) {
    withOneOutput(weights, precision: precision) { table in
      withRows(rows) { sources in
        var (sources, row) = (sources, target(result, streams: streams))
        vertical(&sources, table, rows[0].count, &row)
      }
    }
  }
}

/// One row.
private func target<T>(_ row: UnsafeMutablePointer<T>, streams: Bool = false) -> rsk_target_rows {
  rsk_target_rows(start: UnsafeMutableRawPointer(row), stride: 0, first: 0, count: 1, streams: streams)
}

/// The table of one output sample that reads as many source samples as there are weights.
private func withOneOutput<Weight>(
  _ weights: [Weight], precision: Int32 = 0, _ body: (UnsafePointer<rsk_taps>) -> Void
) {
  let (first, count) = ([Int32(0)], [Int32(weights.count)])
  first.withUnsafeBufferPointer { first in
    count.withUnsafeBufferPointer { count in
      weights.withUnsafeBufferPointer { weights in
        var table = rsk_taps()
        (table.first, table.count, table.weights) = (first.baseAddress, count.baseAddress, .init(weights.baseAddress!))
        (table.sample_stride, table.tap_stride, table.precision) = (weights.count, 1, precision)
        (table.length, table.source_length, table.most_taps) = (1, weights.count, weights.count)
        body(&table)
      }
    }
  }
}

/// Calls `body` with the rows one after the other in memory.
private func withRows<T>(_ rows: [[T]], _ body: (rsk_source_rows) -> Void) {
  rows.flatMap { $0 }.withUnsafeBytes { bytes in
    body(rsk_source_rows(start: bytes.baseAddress, stride: rows[0].count * MemoryLayout<T>.stride, mask: -1))
  }
}

@Test(arguments: instructionSets)
func horizontalPassSumsItsTaps(_ set: InstructionSet) throws {
  for (input, output, tapCount, lanes, period) in [
    (1, 1, 1, 1, Int.max), (7, 20, 2, 1, .max), (40, 9, 12, 1, .max), (33, 70, 4, 3, .max), (9, 5, 3, 16, .max),
    (6, 11, 2, 37, .max), (6, 5, 2, 1, .max), (20, 13, 2, 1, .max),
    // Windows of one vector, of two, and samples that have to be gathered.
    (200, 400, 2, 1, .max), (200, 410, 4, 1, .max), (400, 230, 3, 1, .max), (900, 101, 19, 1, .max),
    (50, 50, 2, 1, .max),
    // Repeating weights, and tables with an entry for each sample of a pixel.
    (200, 400, 2, 1, 2), (200, 400, 4, 1, 2), (100, 400, 2, 1, 4), (150, 100, 2, 1, 2), (64, 128, 2, 4, 2),
    (40, 80, 2, 3, 2), (41, 77, 4, 5, .max), (300, 90, 7, 3, .max), (60, 90, 2, 15, .max), (3, 5, 2, 7, .max),
  ] {
    for (isTapMajor, streams, offset) in [
      (false, false, 0), (true, false, 3), (true, true, 0), (true, true, 5), (true, true, 13),
    ] {
      let passes = set.kernels.float32
      let isExpanded = lanes > 1 && lanes <= passes.most_expanded
      let isTapMajor = isTapMajor || lanes <= 4 || isExpanded
      let taps = Taps(
        inputLength: input, outputLength: output, tapCount: tapCount, isTapMajor: isTapMajor, period: period
      ) { Float.random(in: -1...1, using: &$0) }
      let source = (0..<input * lanes).map { _ in Float.random(in: -1...1) }
      let result = GuardedRow<Float>(count: output * lanes, offset: offset)
      try taps.withTaps { table in
        if period < .max && isTapMajor { #expect(table.pointee.period == period) }
        if isExpanded {
          #expect(ExpandedTaps.canExpand(table.pointee, samplesPerPixel: lanes, .float32, most: passes.most_expanded))
          let expanded = try ExpandedTaps(table.pointee, samplesPerPixel: lanes, .float32)
          passes.resample(source, expanded.taps, 1, result.start, streams)
        } else {
          passes.resample(source, table, lanes, result.start, streams)
        }
      }
      var wrong = 0
      for x in 0..<output {
        for lane in 0..<lanes {
          let expected = (0..<Int(taps.counts[x])).reduce(0.0) {
            $0 + Double(taps.weight(x, $1)) * Double(source[(Int(taps.first[x]) + $1) * lanes + lane])
          }
          if abs(Double(result.start[x * lanes + lane]) - expected) > 1e-5 { wrong += 1 }
        }
      }
      #expect(wrong == 0)
      result.checkAndFree()
    }
  }
}

/// Pixels of three or four samples have the bits of planes, whatever rows are taken together and however few pixels there are.
@Test(arguments: instructionSets)
func colourPassHasTheBitsOfPlanes(_ set: InstructionSet) {
  func check<Sample: BinaryFloatingPoint & BitwiseCopyable>(_ passes: rsk_passes, _ one: Sample)
  where Sample.RawSignificand: FixedWidthInteger {
    for (input, output, tapCount) in [
      (1, 1, 1), (1, 5, 1), (2, 3, 2), (3, 2, 2), (60, 23, 2), (40, 77, 2), (90, 31, 4), (20, 39, 4), (70, 11, 9),
      (4, 4, 3),
    ] {
      let taps = Taps(inputLength: input, outputLength: output, tapCount: tapCount, isTapMajor: true) {
        Sample.random(in: -1...1, using: &$0)
      }
      for (lanes, rowCount) in [(3, 1), (3, 2), (3, 3), (3, 4), (3, 6), (4, 1), (4, 3), (4, 9)] {
        let rows = (0..<rowCount).map { _ in (0..<input * lanes).map { _ in Sample.random(in: -1...1) } }
        let stride = output * lanes + 3
        let result = GuardedRow<Sample>(count: rowCount * stride - 3, offset: 5)
        for place in 0..<result.count { result.start[place] = 98 }
        taps.withTaps { table in
          withRows(rows) { sources in
            var sources = sources
            var targets = rsk_target_rows(
              start: UnsafeMutableRawPointer(result.start), stride: stride * MemoryLayout<Sample>.size, first: 0,
              count: rowCount, streams: false)
            passes.horizontal(&sources, table, lanes, &targets)
          }
          for (y, row) in rows.enumerated() {
            for lane in 0..<lanes {
              var plane = [Sample](repeating: 0, count: output)
              passes.resample(
                Swift.stride(from: lane, to: row.count, by: lanes).map { row[$0] }, table, 1, &plane)
              #expect((0..<output).allSatisfy { result.start[y * stride + $0 * lanes + lane] == plane[$0] })
            }
            if y > 0 { #expect((1...3).allSatisfy { result.start[y * stride - $0] == 98 }) }
          }
        }
        result.checkAndFree()
      }
    }
  }
  check(set.kernels.float32, Float(1))
  check(set.kernels.float64, 1.0)
}

/// What a sample does not read must not show in it, not even times 0.
@Test(arguments: instructionSets)
func samplesThatAreNotReadDoNotSpread(_ set: InstructionSet) {
  let taps = Taps(inputLength: 300, outputLength: 170, tapCount: 5, isTapMajor: true) {
    Float.random(in: 0.1...1, using: &$0)
  }
  for hole in stride(from: 0, to: 300, by: 7) {
    var source = [Float](repeating: 1, count: 300)
    source[hole] = .nan
    var result = [Float](repeating: 0, count: 170)
    taps.withTaps { set.kernels.float32.resample(source, $0, 1, &result) }
    let misread = result.indices.filter { x in
      let window = Int(taps.first[x])..<Int(taps.first[x]) + Int(taps.counts[x])
      return result[x].isNaN != window.contains(hole)
    }
    #expect(misread.isEmpty)
  }
}

@Test(arguments: instructionSets)
func verticalPassSumsItsRows(_ set: InstructionSet) {
  for (samples, count) in [(1, 1), (15, 2), (16, 3), (64, 4), (131, 7)] {
    for (streams, offset) in [(false, 0), (false, 1), (true, 0), (true, 3)] {
      let rows = (0..<count).map { _ in (0..<samples).map { _ in Double.random(in: -1...1) } }
      let weights = (0..<count).map { _ in Double.random(in: -1...1) }
      let result = GuardedRow<Double>(count: samples, offset: offset)
      set.kernels.float64.combine(rows, weights, result.start, streams: streams)
      let wrong = (0..<samples).filter { i in
        abs(result.start[i] - (0..<count).reduce(0) { $0 + weights[$1] * rows[$1][i] }) > 1e-14
      }
      #expect(wrong.isEmpty)
      result.checkAndFree()
    }
  }
}

/// Rows that a kernel makes in one call have the bits of rows that it makes alone, also from a ring.
@Test(arguments: instructionSets)
func rowsOfACallAreThoseOfCallsOfTheirOwn(_ set: InstructionSet) {
  let passes = set.kernels.float32
  // The last are exact halves, of even and odd numbers of taps.
  for (input, output, tapCount, period) in [
    (7, 20, 2, Int.max), (3, 5, 2, .max), (200, 410, 4, .max), (900, 101, 19, .max), (200, 400, 2, 2), (90, 180, 4, 2),
    (140, 70, 2, 1), (140, 70, 3, 1), (140, 70, 6, 1),
  ] {
    let taps = Taps(
      inputLength: input, outputLength: output, tapCount: tapCount, isTapMajor: true, period: period
    ) { Float.random(in: -1...1, using: &$0) }
    let sources = (0..<8).map { _ in (0..<input).map { _ in Float.random(in: -1...1) } }
    taps.withTaps { table in
      let expected = sources.map { source in
        var row = [Float](repeating: 0, count: output)
        passes.resample(source, table, 1, &row)
        return row
      }
      for count in [2, 4, 7] {
        var results = [Float](repeating: 99, count: count * (output + 3))
        withRows(sources) { rows in
          results.withUnsafeMutableBytes {
            var (rows, targets) = (
              rows,
              rsk_target_rows(
                start: $0.baseAddress, stride: 4 * (output + 3), first: 1, count: count, streams: false)
            )
            passes.horizontal(&rows, table, 1, &targets)
          }
        }
        for row in 0..<count {
          #expect(Array(results[row * (output + 3)..<row * (output + 3) + output]) == expected[1 + row])
          #expect(results[row * (output + 3) + output..<(row + 1) * (output + 3)].allSatisfy { $0 == 99 })
        }
      }
    }
    // As a table across rows: the ring has all rows of a window, at other places.
    let height = Taps(inputLength: 40, outputLength: 70, tapCount: tapCount) { Float.random(in: -1...1, using: &$0) }
    let rows = (0..<40).map { _ in (0..<output).map { _ in Float.random(in: -1...1) } }
    height.withTaps { table in
      for row in 0..<70 {
        let window = Int(height.first[row])..<Int(height.first[row] + height.counts[row])
        var ring = [[Float]](repeating: [Float](repeating: .nan, count: output), count: 32)
        for y in window { ring[y % 32] = rows[y] }
        var expected = [Float](repeating: 0, count: output)
        let weights = window.map { height.weight(row, $0 - window.lowerBound) }
        passes.combine(window.map { rows[$0] }, weights, &expected)
        var result = expected.map { _ in Float(99) }
        withRows(ring) { ring in
          result.withUnsafeMutableBufferPointer {
            var (ring, target) = (ring, target($0.baseAddress!))
            (ring.mask, target.first) = (31, row)
            passes.vertical(&ring, table, output, &target)
          }
        }
        #expect(result == expected)
      }
    }
  }
}

/// Both passes at once have to give the bits of one behind the other.
@Test(arguments: instructionSets)
func bilinearPassIsBothPasses(_ set: InstructionSet) {
  let passes = set.kernels.float32
  for (input, output, lanes) in [(1, 3, 16), (9, 20, 19), (7, 7, 64), (20, 12, 37)] {
    for rowCount in [1, 2] {
      let taps = Taps(inputLength: input, outputLength: output, tapCount: 2, isTapMajor: true) {
        Float.random(in: -1...1, using: &$0)
      }
      let rows = (0..<rowCount).map { _ in (0..<input * lanes).map { _ in Float.random(in: -1...1) } }
      let weights = (0..<rowCount).map { _ in Float.random(in: -1...1) }
      let result = GuardedRow<Float>(count: output * lanes, offset: 4)
      var expected = [Float](repeating: 0, count: output * lanes)
      taps.withTaps { table in
        func resample(_ row: [Float]) -> [Float] {
          var resampled = [Float](repeating: 0, count: output * lanes)
          passes.resample(row, table, lanes, &resampled)
          return resampled
        }
        for isHeightFirst in [false, true] {
          if isHeightFirst {
            var combined = [Float](repeating: 0, count: input * lanes)
            passes.combine(rows, weights, &combined)
            expected = resample(combined)
          } else {
            passes.combine(rows.map(resample), weights, &expected)
          }
          withOneOutput(weights) { height in
            withRows(rows) { sources in
              var (sources, row) = (sources, target(result.start))
              passes.bilinear(&sources, height, table, lanes, isHeightFirst, &row)
            }
          }
          #expect((0..<output * lanes).allSatisfy { result.start[$0] == expected[$0] })
        }
      }
      result.checkAndFree()
    }
  }
}

/// So have exact halves, height first.
@Test(arguments: instructionSets)
func halvesAtOnceAreBothPasses(_ set: InstructionSet) {
  let passes = set.kernels.float32
  for output in [16, 17, 31, 64, 100] {
    let taps = Taps(inputLength: 2 * output, outputLength: output, tapCount: 2, isTapMajor: true, period: 1) {
      Float.random(in: -1...1, using: &$0)
    }
    let rows = (0..<2).map { _ in (0..<2 * output).map { _ in Float.random(in: -1...1) } }
    let weights = (0..<2).map { _ in Float.random(in: -1...1) }
    let result = GuardedRow<Float>(count: output, offset: 4)
    var combined = [Float](repeating: 0, count: 2 * output)
    var expected = [Float](repeating: 0, count: output)
    taps.withTaps { table in
      passes.combine(rows, weights, &combined)
      passes.resample(combined, table, 1, &expected)
      withOneOutput(weights) { height in
        withRows(rows) { sources in
          var (sources, row) = (sources, target(result.start))
          passes.bilinear(&sources, height, table, 1, true, &row)
        }
      }
    }
    #expect((0..<output).allSatisfy { result.start[$0] == expected[$0] })
    result.checkAndFree()
  }
}

/// Passes that convert have to give the bits of a conversion and a pass one behind the other.
@Test(arguments: instructionSets)
func halfPrecisionPassesAreConversionAndPass(_ set: InstructionSet) throws {
  let kernels = set.kernels
  let passes = kernels.float32
  for (name, from, to, index) in [
    ("float16", kernels.from_float16, kernels.to_float16, RSK_FLOAT16),
    ("bfloat16", kernels.from_bfloat16, kernels.to_bfloat16, RSK_BFLOAT16),
  ] {
    if from.vertical == nil {
      #expect(set.name == "baseline")
      print("skipped: the passes of \(set.name) do not convert \(name)")
      continue
    }
    let conversion = kernels.conversion(Int(index))
    func widened(_ halves: [UInt16]) -> [Float] {
      var row = [Float](repeating: 0, count: halves.count)
      conversion.load(halves, 2, halves.count, 1, &row)
      return row
    }
    func narrowed(_ row: [Float]) -> [UInt16] {
      var halves = [UInt16](repeating: 0, count: row.count)
      conversion.store(row, row.count, 1, -.infinity, .infinity, &halves, 2)
      return halves
    }
    /// Memory to the byte, so that reads and writes outside it can be seen.
    func halves(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> [UInt16] {
      var memory = [UInt16](repeating: 0x5a5a, count: count + 64)
      memory.withUnsafeMutableBytes { body($0.baseAddress! + 62) }
      #expect(memory[..<31].allSatisfy { $0 == 0x5a5a } && memory[(31 + count)...].allSatisfy { $0 == 0x5a5a })
      return Array(memory[31..<31 + count])
    }
    for (input, output, tapCount, lanes, period) in [
      (7, 20, 2, 1, Int.max), (40, 9, 12, 1, .max), (33, 70, 4, 3, .max), (6, 11, 2, 37, .max), (200, 410, 4, 1, .max),
      (400, 230, 3, 1, .max), (900, 101, 19, 1, .max), (200, 400, 2, 1, 2), (200, 400, 4, 1, 2), (1, 3, 1, 1, .max),
    ] {
      let taps = Taps(
        inputLength: input, outputLength: output, tapCount: tapCount, isTapMajor: lanes <= 4, period: period
      ) { Float.random(in: -1...1, using: &$0) }
      let source = narrowed((0..<input * lanes).map { _ in Float.random(in: -1...1) })
      taps.withTaps { table in
        var expected = [Float](repeating: 0, count: output * lanes)
        passes.resample(widened(source), table, lanes, &expected)
        let written = halves(output * lanes) { row in
          to.resample(widened(source), table, lanes, row.assumingMemoryBound(to: UInt16.self))
        }
        #expect(written == narrowed(expected))
      }
    }
    for (samples, count) in [(1, 1), (15, 2), (16, 3), (64, 4), (131, 7), (1000, 2)] {
      let rows = (0..<count).map { _ in narrowed((0..<samples).map { _ in Float.random(in: -1...1) }) }
      let weights = (0..<count).map { _ in Float.random(in: -1...1) }
      var expected = [Float](repeating: 0, count: samples)
      passes.combine(rows.map(widened), weights, &expected)
      var result = [Float](repeating: 99, count: samples)
      from.combine(rows, weights, &result)
      #expect(result == expected)
      for streams in [false, true] {
        let written = halves(samples) { row in
          to.combine(rows.map(widened), weights, row.assumingMemoryBound(to: UInt16.self), streams: streams)
        }
        #expect(written == narrowed(expected))
      }
    }
  }
}

/// Fixed point is exact: every instruction set has to give the bytes of the definition.
@Test(arguments: instructionSets)
func fixedPointPassesAreExact(_ set: InstructionSet) throws {
  for precision: Int32 in [9, 14, 22] {
    func expected(_ sum: Int) -> UInt8 {
      UInt8(min(max((sum + (1 << (Int(precision) - 1))) >> Int(precision), 0), 255))
    }
    let bound = Int16(min(1 << Int(precision), 30_000) / 2)
    for (input, output, tapCount, lanes) in [
      (50, 23, 7, 1), (50, 23, 7, 3), (50, 23, 7, 4), (20, 60, 2, 4), (9, 4, 3, 40), (300, 31, 40, 1), (300, 31, 40, 3),
      (300, 31, 40, 4), (300, 31, 40, 2), (90, 200, 2, 1), (90, 200, 4, 1), (90, 200, 2, 3), (90, 200, 4, 4),
      (3, 50, 3, 1), (3, 50, 3, 3), (500, 60, 18, 3), (500, 60, 18, 1), (2000, 40, 100, 1), (40, 30, 5, 16),
      (700, 7, 9, 5), (1, 9, 1, 3),
    ] {
      let padded = tapCount > 4 ? (tapCount + 15) / 16 * 16 : 4
      let taps = Taps(inputLength: input, outputLength: output, tapCount: tapCount, paddedTapCount: padded) {
        Int16.random(in: -bound...bound, using: &$0)
      }
      let rowCount = Int.random(in: 1...19)
      let sources = (0..<rowCount).map { _ in (0..<input * lanes).map { _ in UInt8.random(in: 0...255) } }
      let length = output * lanes
      let passes = set.kernels.fixed_point
      let pairs = try PairTaps(
        taps.first, taps.counts, taps.weights, stride: padded, length: output, inputLength: input)
      let byteWeights = try ByteTaps.weights(taps.weights, length: output, taps: padded)
      #expect(byteWeights.count > 0)
      let byteWindows = try ByteTaps.windows(taps.first, length: output, step: 1)
      // With weights as int16 and, where kernels know them, as pairs of them and as pairs of bytes.
      for form in [RSK_PLAIN_WEIGHTS, RSK_PAIR_WEIGHTS, RSK_BYTE_WEIGHTS] {
        var results = [UInt8](repeating: 99, count: rowCount * (length + 1))
        try taps.withTaps(precision: precision) { table in
          var table = table.pointee
          if form == RSK_PAIR_WEIGHTS {
            table.pair_first = UnsafePointer(pairs.first.start)
            table.pair_weights = UnsafePointer(pairs.weights.start)
            table.pairs = pairs.pairs
          }
          if form == RSK_BYTE_WEIGHTS {
            table.byte_weights = UnsafePointer(byteWeights.start)
            table.byte_stride = output + AxisTaps.entriesAfter
            table.byte_windows = UnsafePointer(byteWindows.start)
            table.byte_window_count = byteWindows.count
          }
          func resample(_ table: rsk_taps, _ lanes: Int) {
            withRows(sources) { sources in
              results.withUnsafeMutableBytes { results in
                var (sources, table) = (sources, table)
                var targets = rsk_target_rows(
                  start: results.baseAddress, stride: length + 1, first: 0, count: rowCount, streams: false)
                passes.horizontal(&sources, &table, lanes, &targets)
              }
            }
          }
          if ExpandedTaps.canExpand(table, samplesPerPixel: lanes, .fixedPoint, most: passes.most_expanded) {
            let expanded = try ExpandedTaps(table, samplesPerPixel: lanes, .fixedPoint)
            resample(expanded.taps.pointee, 1)
            withExtendedLifetime(expanded) {}
          } else {
            resample(table, lanes)
          }
        }
        for row in 0..<rowCount {
          for x in 0..<output {
            for lane in 0..<lanes {
              let sum = (0..<Int(taps.counts[x])).reduce(0) {
                $0 + Int(taps.weight(x, $1)) * Int(sources[row][(Int(taps.first[x]) + $1) * lanes + lane])
              }
              #expect(results[row * (length + 1) + x * lanes + lane] == expected(sum))
            }
          }
          #expect(results[row * (length + 1) + length] == 99)
        }
      }
    }
    for samples in [1, 31, 64, 77, 200] {
      let rows = (0..<5).map { _ in (0..<samples).map { _ in UInt8.random(in: 0...255) } }
      let weights = (0..<5).map { _ in Int16.random(in: -bound...bound) }
      var result = [UInt8](repeating: 99, count: samples + 1)
      set.kernels.fixed_point.combine(rows, weights, &result, precision: precision)
      for i in 0..<samples {
        #expect(result[i] == expected((0..<5).reduce(0) { $0 + Int(weights[$1]) * Int(rows[$1][i]) }))
      }
      #expect(result.last == 99)
    }
  }
}

/// So are weights that int16 has no room for, rounded with remainders or split into halves.
@Test(arguments: instructionSets)
func weightsOfMoreThan16BitsAreExact(_ set: InstructionSet) throws {
  let (precision, remainderBits): (Int32, Int32) = (14, 8)
  for (input, output, tapCount, lanes) in [
    (50, 23, 7, 3), (300, 31, 40, 1), (300, 31, 40, 2), (300, 31, 40, 3), (300, 31, 40, 4), (500, 60, 18, 3),
    (2000, 9, 112, 3), (2000, 9, 112, 4), (21, 2, 18, 3), (6, 9, 5, 4),
  ] {
    let padded = tapCount > 4 ? (tapCount + 15) / 16 * 16 : 4
    let taps = Taps(inputLength: input, outputLength: output, tapCount: tapCount, paddedTapCount: padded) {
      let bound: Int16 = Int.random(in: 0..<tapCount, using: &$0) == 0 ? 4000 : 4000 / Int16(tapCount)
      return Int16.random(in: -bound...bound, using: &$0)
    }
    var remainders = [Int16](repeating: 0, count: taps.weights.count)
    for x in 0..<output {
      for tap in 0..<Int(taps.counts[x]) { remainders[x * padded + tap] = Int16.random(in: -128...127) }
    }
    let rowCount = Int.random(in: 4...19)
    let sources = (0..<rowCount).map { _ in (0..<input * lanes).map { _ in UInt8.random(in: 0...255) } }
    let length = output * lanes
    let quads = try QuadTaps(
      taps.first, taps.counts, taps.weights, remainders: remainders, remainderBits: remainderBits, stride: padded,
      length: output, inputLength: input)
    #expect(quads.quads > 0)
    func pairs(_ weights: UnsafePointer<Int16>) throws -> PairTaps {
      try PairTaps(taps.first, taps.counts, weights, stride: padded, length: output, inputLength: input)
    }
    let rounded = try pairs(taps.weights)
    let rest = try pairs(remainders)
    for form in [RSK_PLAIN_WEIGHTS, RSK_PAIR_WEIGHTS, RSK_QUAD_WEIGHTS] {
      var results = [UInt8](repeating: 99, count: rowCount * (length + 1))
      taps.withTaps(precision: precision) { table in
        var table = table.pointee
        table.remainder_bits = remainderBits
        remainders.withUnsafeBufferPointer { remainders in
          table.remainders = remainders.baseAddress
          if form != RSK_PLAIN_WEIGHTS {
            table.pair_first = UnsafePointer(rounded.first.start)
            table.pair_weights = UnsafePointer(
              form == RSK_QUAD_WEIGHTS ? quads.pairs.weights.start : rounded.weights.start)
            table.pairs = rounded.pairs
          }
          // Kernels that want no quads have remainders.
          if form == RSK_QUAD_WEIGHTS && set.kernels.fixed_point_weights == RSK_QUAD_WEIGHTS {
            table.quad_first = UnsafePointer(quads.first.start)
            table.quad_weights = UnsafePointer(quads.weights.start)
            table.quads = quads.quads
          } else if form != RSK_PLAIN_WEIGHTS {
            table.pair_weights = UnsafePointer(rounded.weights.start)
            table.pair_remainders = UnsafePointer(rest.weights.start)
          }
          withRows(sources) { sources in
            results.withUnsafeMutableBytes { results in
              var sources = sources
              var targets = rsk_target_rows(
                start: results.baseAddress, stride: length + 1, first: 0, count: rowCount, streams: false)
              set.kernels.fixed_point.horizontal(&sources, &table, lanes, &targets)
            }
          }
        }
      }
      for row in 0..<rowCount {
        for x in 0..<output {
          for lane in 0..<lanes {
            let sum = (0..<Int(taps.counts[x])).reduce(0) {
              let weight = Int(taps.weight(x, $1)) << Int(remainderBits) + Int(remainders[x * padded + $1])
              return $0 + weight * Int(sources[row][(Int(taps.first[x]) + $1) * lanes + lane])
            }
            let sample = UInt8(min(max((sum + 1 << 21) >> 22, 0), 255))
            #expect(results[row * (length + 1) + x * lanes + lane] == sample)
          }
        }
        #expect(results[row * (length + 1) + length] == 99)
      }
    }
    withExtendedLifetime((remainders, taps)) {}
  }
}

/// A byte has room for what is above the lower 16 bits of weights below 2, and 16 bits for 255 times two of them.
@Test func weightsOfMoreThan16BitsAreSplit() throws {
  /// Of one output sample that reads samples from the sixth on.
  func quads(_ weights: [Int]) throws -> (first: Int32, bytes: [Int8], lows: [Int16])? {
    let rounded = weights.map { Int16(($0 + 128) >> 8) }
    let remainders = weights.map { Int16($0 - 256 * (($0 + 128) >> 8)) }
    let taps = try QuadTaps(
      [6], [Int32(weights.count)], rounded, remainders: remainders, remainderBits: 8, stride: weights.count, length: 1,
      inputLength: 30)
    guard taps.quads > 0 else { return nil }
    let bytes = UnsafeRawPointer(taps.weights.start).assumingMemoryBound(to: Int8.self)
    let lows = UnsafeRawPointer(taps.pairs.weights.start).assumingMemoryBound(to: Int16.self)
    return (taps.first[0], (0..<4 * taps.quads).map { bytes[$0] }, weights.indices.map { lows[$0] })
  }
  // The first two are those of samples 6 and 7, those after them of 8 and on.
  let split = try #require(try quads([1 << 15, 3 << 16, -1 << 16, 1 << 22, 5, -1 << 15, -(1 << 15) - 1]))
  #expect(split.first == 4)
  #expect(split.bytes == [0, 1, 0, 3, -1, 0, 64, 0, -1, 0, 0, 0])
  #expect(split.lows == [-1 << 15, 0, 0, 0, 5, -1 << 15, 1 << 15 - 1])
  // Small weights at the ends have no byte.
  #expect(try #require(try quads([0, 100, -100, 1 << 17, 7])).bytes == [0, 0, 2, 0])
  // Samples 8 and 10 are neighbours, 8 and 9 are not.
  #expect(try quads([0, 0, 65 << 16, 0, 63 << 16]) != nil)
  #expect(try quads([0, 0, 65 << 16, 0, 64 << 16]) == nil)
  #expect(try quads([0, 0, 64 << 16, 65 << 16, 0]) != nil)
}

/// Indices are 32-bit numbers, also those of several samples a pixel or several rows.
@Test func tablesWhoseIndicesDoNotFitAreNotExpanded() {
  var table = rsk_taps()
  table.source_length = Int(Int32.max) / 6
  #expect(ExpandedTaps.fits(table, samplesPerPixel: 3, rows: 2))
  #expect(!ExpandedTaps.fits(table, samplesPerPixel: 3, rows: 3))
  #expect(ExpandedTaps.canExpand(table, samplesPerPixel: 6, .float32, most: 15))
  #expect(!ExpandedTaps.canExpand(table, samplesPerPixel: 7, .float32, most: 15))
}

/// Two bytes hold weights up to 127 * 256 + 127; a table with a larger one has no such bytes.
@Test func weightsThatFitInBytesAreSplit() throws {
  let weights: [Int16] = [32639, -32768, -1, 128, 0, 127, -129, 255]
  let bytes = try ByteTaps.weights(weights, length: 2, taps: 4)
  let stride = 2 + AxisTaps.entriesAfter
  for (entry, weight) in weights.enumerated() {
    let (x, shift) = (entry / 4, entry % 4 * 8)
    let high = Int8(truncatingIfNeeded: bytes[x] >> Int32(shift))
    let low = Int8(truncatingIfNeeded: bytes[stride + x] >> Int32(shift))
    #expect(256 * Int(high) + Int(low) == Int(weight))
  }
  let none = try ByteTaps.weights([32640, 0, 0, 0], length: 1, taps: 4)
  #expect(none.count == 0)
}

@Test(arguments: instructionSets)
func everyFloat16IsConverted(_ set: InstructionSet) {
  let halves = [UInt16](0...UInt16.max)
  var row = [Float](repeating: 0, count: halves.count)
  let conversion = set.kernels.conversion(RSK_FLOAT16)
  conversion.load(halves, 2, halves.count, 1, &row)
  let misread = halves.filter { half in
    let expected = Float(Float16(bitPattern: half))
    let read = row[Int(half)]
    return expected.isNaN ? !read.isNaN : read.bitPattern != expected.bitPattern
  }
  #expect(misread.isEmpty)

  // Between two neighbours, at their middle and just beside it, rounding is as Swift's own conversion has it.
  let middle: Float = 1 + 0x1p-11
  let below: Float = 1 - 0x1p-12
  let beside: Float = middle * (1 + 0x1p-23)
  var values: [Float] = [65519, 65520, 1e30, -1e30, 1e-8, -1e-8, 0x1p-25, 0x1.000002p-25, .infinity, -.infinity]
  for value in row where value.isFinite {
    values.append(contentsOf: [value, value * middle, value * below, value * beside])
  }
  var stored = [UInt16](repeating: 0, count: values.count)
  conversion.store(values, values.count, 1, -.infinity, .infinity, &stored, 2)
  let misrounded = values.indices.filter { stored[$0] != Float16(values[$0]).bitPattern }
  #expect(misrounded.isEmpty)
}

@Test(arguments: instructionSets)
func notANumberStaysThroughHalfPrecisionAndBounds(_ set: InstructionSet) {
  for conversion in [RSK_FLOAT16, RSK_BFLOAT16] {
    var stored: [UInt16] = [0]
    var back: [Float] = [0]
    set.kernels.conversion(conversion).store([Float.nan], 1, 1, -1, 1, &stored, 2)
    set.kernels.conversion(conversion).load(stored, 2, 1, 1, &back)
    #expect(back[0].isNaN)
  }
}

@Test(arguments: instructionSets)
func bfloat16RoundsHalvesToEven(_ set: InstructionSet) {
  let values: [Float] = [1, 0x1.01p0, 0x1.03p0, 0x1.010002p0, -0x1.01p0, 3.3895314e38, .infinity]
  let expected: [UInt16] = [0x3f80, 0x3f80, 0x3f82, 0x3f81, 0xbf80, 0x7f7f, 0x7f80]
  var stored = [UInt16](repeating: 0, count: values.count)
  set.kernels.conversion(RSK_BFLOAT16).store(values, values.count, 1, -.infinity, .infinity, &stored, 2)
  #expect(stored == expected)
}

@Test(arguments: instructionSets)
func integersRoundHalvesToEvenAndSaturate(_ set: InstructionSet) {
  let values: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, 127.5, 1e9, -1e9, 254.5, 255.5]
  var int8 = [Int8](repeating: 0, count: values.count)
  set.kernels.conversion(RSK_INT8).store(values, values.count, 1, -.infinity, .infinity, &int8, 1)
  #expect(int8 == [0, 2, 2, 0, -2, 127, 127, -128, 127, 127])
  var uint8 = [UInt8](repeating: 0, count: values.count)
  set.kernels.conversion(RSK_UINT8).store(values, values.count, 1, 1, 200, &uint8, 1)
  #expect(uint8 == [1, 2, 2, 1, 1, 128, 200, 1, 200, 200])
  let doubles = [2_147_483_646.5, -2_147_483_648.5, 1e18, 0.5, -2.5]
  var int32 = [Int32](repeating: 0, count: doubles.count)
  set.kernels.conversion(RSK_INT32).store(doubles, doubles.count, 1, -.infinity, .infinity, &int32, 4)
  #expect(int32 == [2_147_483_646, .min, .max, 0, -2])
}

@Test(arguments: instructionSets)
func boundsOutsideTheDtypeAreItsLimits(_ set: InstructionSet) {
  var uint8: [UInt8] = [9]
  set.kernels.conversion(RSK_UINT8_FIXED).store([UInt8(77)], 1, 1, -.infinity, -5, &uint8, 1)
  #expect(uint8 == [0])
  set.kernels.conversion(RSK_UINT8_FIXED).store([UInt8(77)], 1, 1, 300, .infinity, &uint8, 1)
  #expect(uint8 == [255])
  var int16: [Int16] = [9]
  set.kernels.conversion(RSK_INT16).store([Float(77)], 1, 1, 1e300, .infinity, &int16, 2)
  #expect(int16 == [32767])
}

@Test(arguments: instructionSets)
func stridedSamplesAreLoadedAndStored(_ set: InstructionSet) {
  let memory: [Int16] = [1, -1, 2, -1, 3, -1]
  var row = [Float](repeating: 0, count: 3)
  let conversion = set.kernels.conversion(RSK_INT16)
  conversion.load(memory, 4, 3, 1, &row)
  #expect(row == [1, 2, 3])
  var target = [Int16](repeating: 7, count: 6)
  conversion.store(row, 3, 1, -.infinity, .infinity, &target, 4)
  #expect(target == [1, 7, 2, 7, 3, 7])
}

@Test(arguments: instructionSets)
func pixelsOfEverySizeAreSelected(_ set: InstructionSet) {
  for (input, output) in [(4, 7), (40, 80), (33, 132), (500, 61), (100, 171), (50, 50), (1, 70)] {
    let index = (0..<output).map { Int32($0 * input / output) }
    let padded = index + [Int32](repeating: 0, count: AxisTaps.indicesAfter)
    let bytes = padded.map { UInt8(truncatingIfNeeded: $0) }
    let repetition = TapRepetition(padded, length: output)
    if output == 2 * input { #expect(repetition.period == 2 && repetition.advance == 1) }
    for size in [1, 2, 3, 4, 6, 8, 12, 16, 20, 64, 70] {
      for gap in [0, 5] {
        let stride = size + gap
        let source = (0..<input * stride).map { _ in UInt8.random(in: 0...255) }
        var target = [UInt8](repeating: 99, count: index.count * stride + 1)
        padded.withUnsafeBufferPointer { padded in
          var taps = rsk_taps()
          taps.first = padded.baseAddress
          (taps.length, taps.source_length, taps.step) = (output, input, 1)
          (taps.period, taps.advance) = (repetition.period, repetition.advance)
          bytes.withUnsafeBufferPointer { bytes in
            taps.first_bytes = bytes.baseAddress
            let rows: [Int32] = [0]
            rows.withUnsafeBufferPointer { rows in
              source.withUnsafeBytes { source in
                target.withUnsafeMutableBytes { target in
                  withUnsafePointer(to: taps) { taps in
                    var selection = rsk_selection(
                      source: source.baseAddress, source_row_stride: 0, source_stride: stride,
                      destination: target.baseAddress, destination_row_stride: 0, destination_stride: stride,
                      rows: rows.baseAddress, row_count: 1, taps: taps, pixel_size: size)
                    set.kernels.select(pixelSize: size)(&selection)
                  }
                }
              }
            }
          }
        }
        #expect(target.last == 99)
        for (x, pixel) in index.enumerated() {
          let copied = Array(target[x * stride..<(x + 1) * stride])
          let expected = Array(source[Int(pixel) * stride..<(Int(pixel) + 1) * stride])
          #expect(copied.prefix(size) == expected.prefix(size))
          #expect(copied.dropFirst(size).allSatisfy { $0 == 99 })
        }
      }
    }
  }
}
