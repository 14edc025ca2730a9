/// Threads that wait for work, shared by the whole process.
///
/// One caller at a time has the pool; others, and calls from within a task, do their work alone. What it is made of is in
/// the file of a platform: `ThreadPool+Workers.swift`, or `ThreadPool+Serial.swift` where there is one thread.
package enum ThreadPool {
  package static let maximumThreadCount = 1024

  /// Bytes read times products: below this waking a thread costs more than it gains.
  static let productsWorthAThread = 512 << 10

  /// The threads that are worth waking for an amount of work.
  static func threads(for work: Double, worthAThread: Int) -> Int {
    max(1, min(threadCount, Int(min(work / Double(worthAThread), Double(maximumThreadCount)))))
  }

  @export(interface) package static func setThreadCount(_ count: Int) throws(ResampleError) {
    try check(count, from: 1)
    storeThreadCount(count)
  }

  /// Limits the calls of this thread alone; 0 lifts the limit.
  @export(interface) package static func limitThreads(_ count: Int) throws(ResampleError) {
    try check(count, from: 0)
    try storeThreadLimit(count)
  }

  private static func check(_ count: Int, from lowest: Int) throws(ResampleError) {
    guard (lowest...maximumThreadCount).contains(count) else {
      throw .invalidValue("the number of threads must be from \(lowest) to \(maximumThreadCount), got \(count)")
    }
  }

  /// Runs every task below `tasks` of the work, on at most `threads` threads, and waits for all.
  static func run<Work: ThreadedWork & ~Copyable>(_ work: borrowing Work, tasks: Int, threads: Int) {
    withUnsafePointer(to: work) {
      run(tasks: tasks, threads: threads, UnsafeRawPointer($0)) { work, task, thread in
        work.assumingMemoryBound(to: Work.self).pointee.run(task: task, thread: thread)
      }
    }
  }

  /// What is done for a task: the work, the index of the task, the index of the thread.
  typealias Body = (UnsafeRawPointer, Int, Int) -> Void
}
