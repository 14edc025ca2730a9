import CShims

// What depends on the width of a vector alone: functions of one name for all the widths that instruction sets have.

// MARK: The samples at p[f[0]], p[f[1]], ...

@inline(__always) func gathered(_ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>) -> SIMD4<Float> {
  SIMD4<Float>(p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
}
@inline(__always) func gathered(_ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>) -> SIMD8<Float> {
  SIMD8<Float>(
    p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
}
@inline(__always) func gathered(_ p: UnsafePointer<Float>, _ f: UnsafePointer<Int32>) -> SIMD16<Float> {
  SIMD16<Float>(
    p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])],
    p[Int(f[8])], p[Int(f[9])], p[Int(f[10])], p[Int(f[11])], p[Int(f[12])], p[Int(f[13])], p[Int(f[14])],
    p[Int(f[15])])
}

@inline(__always) func gathered(_ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>) -> SIMD2<Double> {
  SIMD2<Double>(p[Int(f[0])], p[Int(f[1])])
}
@inline(__always) func gathered(_ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>) -> SIMD4<Double> {
  SIMD4<Double>(p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
}
@inline(__always) func gathered(_ p: UnsafePointer<Double>, _ f: UnsafePointer<Int32>) -> SIMD8<Double> {
  SIMD8<Double>(
    p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
}

@inline(__always) func gathered(_ p: UnsafePointer<UInt16>, _ f: UnsafePointer<Int32>) -> SIMD4<UInt16> {
  SIMD4<UInt16>(p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])])
}
@inline(__always) func gathered(_ p: UnsafePointer<UInt16>, _ f: UnsafePointer<Int32>) -> SIMD8<UInt16> {
  SIMD8<UInt16>(
    p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])])
}
@inline(__always) func gathered(_ p: UnsafePointer<UInt16>, _ f: UnsafePointer<Int32>) -> SIMD16<UInt16> {
  SIMD16<UInt16>(
    p[Int(f[0])], p[Int(f[1])], p[Int(f[2])], p[Int(f[3])], p[Int(f[4])], p[Int(f[5])], p[Int(f[6])], p[Int(f[7])],
    p[Int(f[8])], p[Int(f[9])], p[Int(f[10])], p[Int(f[11])], p[Int(f[12])], p[Int(f[13])], p[Int(f[14])],
    p[Int(f[15])])
}

// MARK: The sum of all elements: halves upon halves

@inline(__always) func sumOfElements(_ vector: SIMD2<Float>) -> Float { vector[0] + vector[1] }
@inline(__always) func sumOfElements(_ vector: SIMD4<Float>) -> Float {
  sumOfElements(vector.lowHalf + vector.highHalf)
}
@inline(__always) func sumOfElements(_ vector: SIMD8<Float>) -> Float {
  sumOfElements(vector.lowHalf + vector.highHalf)
}
@inline(__always) func sumOfElements(_ vector: SIMD16<Float>) -> Float {
  sumOfElements(vector.lowHalf + vector.highHalf)
}

@inline(__always) func sumOfElements(_ vector: SIMD2<Double>) -> Double { vector[0] + vector[1] }
@inline(__always) func sumOfElements(_ vector: SIMD4<Double>) -> Double {
  sumOfElements(vector.lowHalf + vector.highHalf)
}
@inline(__always) func sumOfElements(_ vector: SIMD8<Double>) -> Double {
  sumOfElements(vector.lowHalf + vector.highHalf)
}

// MARK: The sums of four vectors' elements, by the same additions

@inline(__always) func sumsOfElements(
  _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
) -> SIMD4<Float> {
  let ab = SIMD4(lowHalf: a.lowHalf, highHalf: b.lowHalf) + SIMD4(lowHalf: a.highHalf, highHalf: b.highHalf)
  let cd = SIMD4(lowHalf: c.lowHalf, highHalf: d.lowHalf) + SIMD4(lowHalf: c.highHalf, highHalf: d.highHalf)
  return SIMD4(ab[0], ab[2], cd[0], cd[2]) + SIMD4(ab[1], ab[3], cd[1], cd[3])
}
@inline(__always) func sumsOfElements(
  _ a: SIMD8<Float>, _ b: SIMD8<Float>, _ c: SIMD8<Float>, _ d: SIMD8<Float>
) -> SIMD4<Float> {
  sumsOfElements(a.lowHalf + a.highHalf, b.lowHalf + b.highHalf, c.lowHalf + c.highHalf, d.lowHalf + d.highHalf)
}
@inline(__always) func sumsOfElements(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>, _ d: SIMD16<Float>
) -> SIMD4<Float> {
  sumsOfElements(a.lowHalf + a.highHalf, b.lowHalf + b.highHalf, c.lowHalf + c.highHalf, d.lowHalf + d.highHalf)
}

@inline(__always) func sumsOfElements(
  _ a: SIMD2<Double>, _ b: SIMD2<Double>, _ c: SIMD2<Double>, _ d: SIMD2<Double>
) -> SIMD4<Double> {
  SIMD4(a[0], b[0], c[0], d[0]) + SIMD4(a[1], b[1], c[1], d[1])
}
@inline(__always) func sumsOfElements(
  _ a: SIMD4<Double>, _ b: SIMD4<Double>, _ c: SIMD4<Double>, _ d: SIMD4<Double>
) -> SIMD4<Double> {
  sumsOfElements(a.lowHalf + a.highHalf, b.lowHalf + b.highHalf, c.lowHalf + c.highHalf, d.lowHalf + d.highHalf)
}
@inline(__always) func sumsOfElements(
  _ a: SIMD8<Double>, _ b: SIMD8<Double>, _ c: SIMD8<Double>, _ d: SIMD8<Double>
) -> SIMD4<Double> {
  sumsOfElements(a.lowHalf + a.highHalf, b.lowHalf + b.highHalf, c.lowHalf + c.highHalf, d.lowHalf + d.highHalf)
}

// MARK: c + a * b, rounded once

/// addingProduct would become two of one element each.
@inline(__always) func fusedMultiplyAdd(_ c: SIMD2<Double>, _ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
  rsi_fused_two_doubles(c, a, b)
}
@inline(__always) func fusedMultiplyAdd(_ c: SIMD4<Double>, _ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
  c.addingProduct(a, b)
}
@inline(__always) func fusedMultiplyAdd(_ c: SIMD8<Double>, _ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> {
  c.addingProduct(a, b)
}

// MARK: Each 16 bytes of a vector, `stride` bytes apart

@inline(__always) func storeFours(_ vector: SIMD4<Float>, at address: UnsafeMutableRawPointer, stride: Int) {
  store(vector, at: address)
}
@inline(__always) func storeFours(_ vector: SIMD8<Float>, at address: UnsafeMutableRawPointer, stride: Int) {
  store(vector.lowHalf, at: address)
  store(vector.highHalf, at: address + stride)
}
@inline(__always) func storeFours(_ vector: SIMD16<Float>, at address: UnsafeMutableRawPointer, stride: Int) {
  store(vector.lowHalf.lowHalf, at: address)
  store(vector.lowHalf.highHalf, at: address + stride)
  store(vector.highHalf.lowHalf, at: address + 2 &* stride)
  store(vector.highHalf.highHalf, at: address + 3 &* stride)
}
