/// Writes the sample of a table that each byte stands for; strides are in bytes.
@inline(__always) func lookUpPass<T: BitwiseCopyable>(
  _ sample: T.Type, source: UnsafeRawPointer, stride: Int, count: Int, table: UnsafeRawPointer,
  target: UnsafeMutableRawPointer, targetStride: Int
) {
  let samples = table.assumingMemoryBound(to: T.self)
  var (source, target, left) = (source, target, count)
  func step() {
    target.storeBytes(of: samples[Int(source.load(as: UInt8.self))], as: T.self)
    source += stride
    target += targetStride
  }
  // Two at a time: the loop takes as long as a sample.
  while left >= 2 {
    step()
    step()
    left &-= 2
  }
  if left > 0 { step() }
}
