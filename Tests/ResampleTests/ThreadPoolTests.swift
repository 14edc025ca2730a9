import Testing

@testable import Resample

/// How often each task has run; each task writes its own entry alone.
private func timesRun(tasks: Int, threads: Int) -> [Int32] {
  var counts = [Int32](repeating: 0, count: tasks)
  counts.withUnsafeMutableBytes { memory in
    ThreadPool.run(tasks: tasks, threads: threads, memory.baseAddress) { context, _, task in
      context!.assumingMemoryBound(to: Int32.self)[task] += 1
    }
  }
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
    var highest: [Int] = [0, 0, 0, 0]
    highest.withUnsafeMutableBytes { memory in
      ThreadPool.run(tasks: 5000, threads: 4, memory.baseAddress) { context, thread, _ in
        precondition(thread >= 0 && thread < 4)
        context!.assumingMemoryBound(to: Int.self)[thread] += 1
      }
    }
    #expect(highest.reduce(0, +) == 5000)
  }

  /// A call from within a task does its work alone instead of waiting for itself.
  @Test func nestedCallsRunToTheirEnd() {
    var total: [Int32] = [Int32](repeating: 0, count: 64)
    total.withUnsafeMutableBytes { memory in
      ThreadPool.run(tasks: 8, threads: 2, memory.baseAddress) { context, _, outer in
        ThreadPool.run(tasks: 8, threads: 2, context! + outer * 32) { context, _, inner in
          context!.assumingMemoryBound(to: Int32.self)[inner] += 1
        }
      }
    }
    #expect(total == [Int32](repeating: 1, count: 64))
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
