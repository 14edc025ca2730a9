/// a * b as a number of bytes to allocate.
func checkedProduct(_ a: Int, _ b: Int) throws(ResampleError) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  guard !overflow else { throw .outOfMemory(bytes: .max) }
  return product
}
