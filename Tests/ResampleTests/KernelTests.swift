import CShims
import Testing

@testable import Resample

/// The instruction sets that this processor can run.
private var instructionSets: [InstructionSet] {
  [.baseline, .avx2, .avx512].filter { $0.rawValue <= InstructionSet.best.rawValue }
}

@Test func everyInstructionSetOfThisProcessorIsTested() {
  for set in [InstructionSet.baseline, .avx2, .avx512] where !instructionSets.contains(set) {
    print("skipped: the kernels of \(set) need a processor that has it")
  }
  #expect(instructionSets.first == .baseline)
}

/// A table of taps with windows of 1 to `tapCount` samples that move along `inputLength` samples.
private struct Taps<Weight: Numeric & BitwiseCopyable> {
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

  init(
    inputLength: Int, outputLength: Int, tapCount: Int, paddedTapCount: Int? = nil, isTapMajor: Bool = false,
    _ weight: (inout SystemRandomNumberGenerator) -> Weight
  ) {
    var random = SystemRandomNumberGenerator()
    self.inputLength = inputLength
    self.tapCount = min(tapCount, inputLength)
    self.paddedTapCount = paddedTapCount ?? self.tapCount
    self.isTapMajor = isTapMajor
    fewestTaps = self.tapCount
    let lowest = Int.random(in: 1...self.tapCount)
    for output in 0..<outputLength {
      let count = Int.random(in: lowest...self.tapCount)
      counts.append(Int32(count))
      first.append(Int32(min(output * inputLength / outputLength, inputLength - count)))
      for tap in 0..<self.paddedTapCount {
        weights.append(tap < (paddedTapCount == nil ? self.tapCount : count) ? weight(&random) : 0)
      }
      if first[output] > 0 && Int(first[output]) + count < inputLength {
        interior = (interior.isEmpty ? output : interior.lowerBound)..<output + 1
        fewestTaps = min(fewestTaps, count)
      }
    }
  }

  func weight(_ output: Int, _ tap: Int) -> Weight {
    isTapMajor ? weights[tap * counts.count + output] : weights[output * paddedTapCount + tap]
  }

  func withTaps(precision: Int32 = 0, _ body: (UnsafePointer<rsk_taps>) -> Void) {
    first.withUnsafeBufferPointer { first in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBytes { weights in
          var taps = rsk_taps(
            first: first.baseAddress, count: counts.baseAddress, weights: weights.baseAddress,
            sample_stride: isTapMajor ? 1 : paddedTapCount, tap_stride: isTapMajor ? counts.count : 1,
            source_length: inputLength, length: counts.count, interior_start: interior.lowerBound,
            interior_end: interior.upperBound, fewest_taps: fewestTaps, most_taps: tapCount, precision: precision)
          body(&taps)
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

@Test(arguments: instructionSets)
func horizontalPassSumsItsTaps(_ set: InstructionSet) {
  for (input, output, tapCount, lanes) in [
    (1, 1, 1, 1), (7, 20, 2, 1), (40, 9, 12, 1), (33, 70, 4, 3), (9, 5, 3, 16), (6, 11, 2, 37),
    // Windows of one vector, of two, and samples that have to be gathered.
    (200, 400, 2, 1), (200, 410, 4, 1), (400, 230, 3, 1), (900, 101, 19, 1), (50, 50, 2, 1),
  ] {
    for (isTapMajor, streams, offset) in [(false, false, 0), (true, false, 3), (true, true, 0), (true, true, 5)] {
      let isTapMajor = isTapMajor || lanes == 1
      let taps = Taps(inputLength: input, outputLength: output, tapCount: tapCount, isTapMajor: isTapMajor) {
        Float.random(in: -1...1, using: &$0)
      }
      let source = (0..<input * lanes).map { _ in Float.random(in: -1...1) }
      let result = GuardedRow<Float>(count: output * lanes, offset: offset)
      taps.withTaps { set.kernels.float32.horizontal(source, $0, lanes, result.start, streams) }
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
    taps.withTaps { set.kernels.float32.horizontal(source, $0, 1, &result, false) }
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
      withPointers(rows) { set.kernels.float64.vertical($0, weights, count, 0, samples, result.start, streams) }
      let wrong = (0..<samples).filter { i in
        abs(result.start[i] - (0..<count).reduce(0) { $0 + weights[$1] * rows[$1][i] }) > 1e-14
      }
      #expect(wrong.isEmpty)
      result.checkAndFree()
    }
  }
}

/// Calls `body` with the addresses of the rows.
private func withPointers<T>(_ rows: [[T]], _ body: (UnsafePointer<UnsafeRawPointer?>) -> Void) {
  let flat = rows.flatMap { $0 }
  flat.withUnsafeBytes { bytes in
    let size = (rows.first?.count ?? 0) * MemoryLayout<T>.stride
    let pointers = rows.indices.map { UnsafeRawPointer?(bytes.baseAddress! + $0 * size) }
    body(pointers)
  }
}

/// Fixed point is exact: every instruction set has to give the bytes of the definition.
@Test(arguments: instructionSets)
func fixedPointPassesAreExact(_ set: InstructionSet) {
  for precision: Int32 in [9, 14, 22] {
    func expected(_ sum: Int) -> UInt8 {
      UInt8(min(max((sum + (1 << (Int(precision) - 1))) >> Int(precision), 0), 255))
    }
    let bound = Int16(min(1 << Int(precision), 30_000) / 2)
    for (input, output, tapCount, lanes) in [
      (50, 23, 7, 1), (50, 23, 7, 3), (50, 23, 7, 4), (20, 60, 2, 4), (9, 4, 3, 40), (300, 31, 40, 1), (300, 31, 40, 3),
      (300, 31, 40, 4), (300, 31, 40, 2), (90, 200, 2, 1), (90, 200, 4, 1), (90, 200, 2, 3), (90, 200, 4, 4),
      (3, 50, 3, 1),
      (3, 50, 3, 3),
    ] {
      let padded = tapCount > 4 ? (tapCount + 15) / 16 * 16 : 4
      let taps = Taps(inputLength: input, outputLength: output, tapCount: tapCount, paddedTapCount: padded) {
        Int16.random(in: -bound...bound, using: &$0)
      }
      let source = (0..<input * lanes).map { _ in UInt8.random(in: 0...255) }
      var result = [UInt8](repeating: 99, count: output * lanes + 1)
      taps.withTaps(precision: precision) { set.kernels.fixed_point.horizontal(source, $0, lanes, &result, false) }
      for x in 0..<output {
        for lane in 0..<lanes {
          let sum = (0..<Int(taps.counts[x])).reduce(0) {
            $0 + Int(taps.weight(x, $1)) * Int(source[(Int(taps.first[x]) + $1) * lanes + lane])
          }
          #expect(result[x * lanes + lane] == expected(sum))
        }
      }
      #expect(result.last == 99)
    }
    let rows = (0..<5).map { _ in (0..<77).map { _ in UInt8.random(in: 0...255) } }
    let weights = (0..<5).map { _ in Int16.random(in: -bound...bound) }
    var result = [UInt8](repeating: 99, count: 78)
    withPointers(rows) { set.kernels.fixed_point.vertical($0, weights, 5, precision, 77, &result, false) }
    for i in 0..<77 {
      #expect(result[i] == expected((0..<5).reduce(0) { $0 + Int(weights[$1]) * Int(rows[$1][i]) }))
    }
    #expect(result.last == 99)
  }
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
  let index: [Int32] = [0, 0, 3, 1, 2, 3, 3]
  for size in [1, 2, 3, 4, 6, 8, 12, 16, 20] {
    for gap in [0, 5] {
      let stride = size + gap
      let source = (0..<4 * stride).map { _ in UInt8.random(in: 0...255) }
      var target = [UInt8](repeating: 99, count: index.count * stride)
      set.kernels.select(pixelSize: size)(source, stride, index, index.count, size, &target, stride)
      for (x, pixel) in index.enumerated() {
        let copied = Array(target[x * stride..<(x + 1) * stride])
        let expected = Array(source[Int(pixel) * stride..<(Int(pixel) + 1) * stride])
        #expect(copied.prefix(size) == expected.prefix(size))
        #expect(copied.dropFirst(size).allSatisfy { $0 == 99 })
      }
    }
  }
}
