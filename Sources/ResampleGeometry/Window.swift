/// The source samples that one output sample reads: `count` of them from `first` on.
package struct Window: Equatable {
  package var first: Int
  package var count: Int

  package init(first: Int, count: Int) {
    self.first = first
    self.count = count
  }
}
