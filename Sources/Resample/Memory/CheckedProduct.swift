// Not inlined: an error is made, and its sentence copied, in one place, and not wherever there is a sum.

/// a + b, of numbers that are not negative.
@inline(never) func checkedSum(_ a: Int, _ b: Int) throws(ResampleError) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  guard !overflow else { throw .outOfMemory(bytes: .max) }
  return sum
}

/// a * b as a number of bytes to allocate.
@inline(never) func checkedProduct(_ a: Int, _ b: Int) throws(ResampleError) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  guard !overflow else { throw .outOfMemory(bytes: .max) }
  return product
}
