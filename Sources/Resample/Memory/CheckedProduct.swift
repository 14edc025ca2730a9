/// a + b, of numbers that are not negative.
func checkedSum(_ a: Int, _ b: Int) throws(ResampleError) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  guard !overflow else { throw .outOfMemory(bytes: .max) }
  return sum
}

/// a * b as a number of bytes to allocate.
func checkedProduct(_ a: Int, _ b: Int) throws(ResampleError) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  guard !overflow else { throw .outOfMemory(bytes: .max) }
  return product
}
