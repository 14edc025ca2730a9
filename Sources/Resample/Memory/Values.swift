/// As many values as a call is given, in memory whose allocation may fail.
struct Values<Value>: ~Copyable {
  private let start: UnsafeMutablePointer<Value>
  let count: Int

  init(count: Int, _ make: (Int) throws(ResampleError) -> Value) throws(ResampleError) {
    let memory = try Owned<Value>.allocate(count: max(count, 1))
    var made = 0
    do throws(ResampleError) {
      while made < count {
        (memory + made).initialize(to: try make(made))
        made += 1
      }
    } catch {
      Owned.destroy(memory, count: made)
      throw error
    }
    (start, self.count) = (memory, count)
  }

  deinit { Owned.destroy(start, count: count) }

  subscript(index: Int) -> Value {
    _read {
      precondition(index >= 0 && index < count)
      yield start[index]
    }
    nonmutating _modify {
      precondition(index >= 0 && index < count)
      yield &start[index]
    }
  }
}
