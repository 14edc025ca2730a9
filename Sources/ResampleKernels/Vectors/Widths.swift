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
