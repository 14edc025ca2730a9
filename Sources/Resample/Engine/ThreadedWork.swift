/// Work in tasks that do not depend on one another, so that any thread may run any of them.
protocol ThreadedWork: ~Copyable {
  /// Runs one task. `thread`, from 0 (the caller) to one below the number of threads, runs no other at the same time: its
  /// scratch memory is the task's.
  func run(task: Int, thread: Int)
}
