import Testing

@testable import Resample

/// Counts how often each task runs; each writes its own entry alone.
private struct Counting: ThreadedWork {
  let counts: UnsafeMutableBufferPointer<Int32>

  func run(task: Int, thread: Int) { counts[task] += 1 }
}

/// Counts the tasks of each thread.
private struct CountingThreads: ThreadedWork {
  let counts: UnsafeMutableBufferPointer<Int>

  func run(task: Int, thread: Int) { counts[thread] += 1 }
}

/// Each task runs eight of its own.
private struct Nesting: ThreadedWork {
  let counts: UnsafeMutableBufferPointer<Int32>

  func run(task: Int, thread: Int) {
    let own = UnsafeMutableBufferPointer(rebasing: counts[8 * task..<8 * task + 8])
    ThreadPool.run(Counting(counts: own), tasks: 8, threads: 2)
  }
}

/// Work that is more than the bytes of its description: it must be used where it is, once.
private struct Owning: ~Copyable, ThreadedWork {
  let memory: Buffer<Int32>

  func run(task: Int, thread: Int) { memory.start[task] += 1 }
}

private func timesRun(tasks: Int, threads: Int) -> [Int32] {
  var counts = [Int32](repeating: 0, count: tasks)
  counts.withUnsafeMutableBufferPointer { ThreadPool.run(Counting(counts: $0), tasks: tasks, threads: threads) }
  return counts
}

@Suite(.serialized) struct ThreadPoolTests {
  @Test func everyTaskRunsOnce() {
    for _ in 0..<200 {
      for (tasks, threads) in [(0, 4), (1, 4), (2, 2), (7, 3), (1000, 2), (1000, 5)] {
        #expect(timesRun(tasks: tasks, threads: threads) == [Int32](repeating: 1, count: tasks))
      }
    }
  }

  @Test func threadNumbersStayBelowTheCount() {
    var counts = [0, 0, 0, 0]
    counts.withUnsafeMutableBufferPointer { ThreadPool.run(CountingThreads(counts: $0), tasks: 5000, threads: 4) }
    #expect(counts.reduce(0, +) == 5000)
  }

  /// A call from within a task does its work alone instead of waiting for itself.
  @Test func nestedCallsRunToTheirEnd() {
    var counts = [Int32](repeating: 0, count: 64)
    counts.withUnsafeMutableBufferPointer { ThreadPool.run(Nesting(counts: $0), tasks: 8, threads: 2) }
    #expect(counts == [Int32](repeating: 1, count: 64))
  }

  @Test func workThatOwnsMemoryIsBorrowed() throws {
    let work = Owning(memory: try Buffer(count: 100))
    for task in 0..<100 { work.memory[task] = 0 }
    ThreadPool.run(work, tasks: 100, threads: 3)
    for task in 0..<100 { #expect(work.memory[task] == 1) }
  }

  @Test func countsOutsideTheRangeAreRefused() throws {
    let before = ThreadPool.threadCount
    #expect(throws: ResampleError.self) { try ThreadPool.setThreadCount(0) }
    #expect(throws: ResampleError.self) { try ThreadPool.setThreadCount(1025) }
    #expect(ThreadPool.threadCount == before)
    try ThreadPool.setThreadCount(3)
    #expect(ThreadPool.threadCount == 3)
    try ThreadPool.setThreadCount(before)
  }
}
