import CShims

/// Threads that wait for work, shared by the whole process.
///
/// One caller at a time has the pool; others, and calls from within a task, do their work alone. Workers spin for a
/// moment before they sleep, because waking one costs more than a small call. A forked child starts with an empty pool.
package enum ThreadPool {
  /// What a worker does with one task: context, index of the thread (0 is the caller), index of the task.
  typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void

  package static let maximumThreadCount = 1024

  /// Turns of the waiting loop before a worker goes to sleep: some tens of microseconds.
  private static let spins = 2000
  /// The bit of `active` that says that a job takes no further workers.
  private static let closed: UInt32 = 0x8000_0000

  /// The threads that a call may use.
  package static var threadCount: Int {
    let wish = Int(rsk_load_acquire(rsk_pool_thread_count()))
    if wish != 0 { return wish }
    let count = min(max(environmentThreadCount ?? Int(rsk_available_processors()), 1), maximumThreadCount)
    // Looked up once; a count set meanwhile wins.
    _ = rsk_compare_exchange(rsk_pool_thread_count(), 0, UInt32(count))
    return Int(rsk_load_acquire(rsk_pool_thread_count()))
  }

  /// Bytes read times products: below this waking a thread costs more than it gains.
  static let productsWorthAThread = 512 << 10

  /// The threads that are worth waking for an amount of work.
  static func threads(for work: Double, worthAThread: Int) -> Int {
    max(1, min(threadCount, Int(min(work / Double(worthAThread), Double(maximumThreadCount)))))
  }

  package static func setThreadCount(_ count: Int) throws(ResampleError) {
    guard (1...maximumThreadCount).contains(count) else {
      throw .invalidValue("the number of threads must be from 1 to \(maximumThreadCount), got \(count)")
    }
    rsk_store_release(rsk_pool_thread_count(), UInt32(count))
  }

  /// RESAMPLE_NUM_THREADS, if it is a positive number.
  private static var environmentThreadCount: Int? {
    guard let text = getenv("RESAMPLE_NUM_THREADS"), text.pointee != 0 else { return nil }
    var end: UnsafeMutablePointer<CChar>?
    let count = strtol(text, &end, 10)
    guard let end, end.pointee == 0, count > 0 else { return nil }
    return count
  }

  /// Calls body(context, thread, task) for every task below `tasks`, on at most `threads` threads, and waits for all.
  static func run(tasks: Int, threads: Int, _ context: UnsafeMutableRawPointer?, _ body: Body) {
    let isShared = tasks > 1 && threads > 1 && tasks < Int(Int32.max)
    // Before the pool is taken: a child forked meanwhile has to find it free.
    if isShared { rsk_pool_watch_forks() }
    guard isShared, rsk_compare_exchange(rsk_pool_busy(), 0, 1) != 0 else {
      for task in 0..<tasks { body(context, 0, task) }
      return
    }
    startWorkers(threads - 1)
    job = Job(body: body, context: context, tasks: UInt32(tasks), threads: UInt32(threads))
    rsk_store_release(rsk_pool_next(), 0)
    rsk_store_release(rsk_pool_joined(), 1)
    // Opens the job: the addition carries the highest bit away and keeps the count of latecomers.
    _ = rsk_fetch_add(rsk_pool_active(), closed)
    _ = rsk_fetch_add(rsk_pool_generation(), 1)
    if rsk_fetch_add(rsk_pool_sleepers(), 0) != 0 {
      pthread_mutex_lock(rsk_pool_mutex())
      pthread_cond_broadcast(rsk_pool_condition())
      pthread_mutex_unlock(rsk_pool_mutex())
    }
    work(on: job, thread: 0)
    _ = rsk_fetch_add(rsk_pool_active(), closed)
    var turns = 0
    while rsk_load_acquire(rsk_pool_active()) != closed {
      rsk_pause()
      turns += 1
      if turns > spins { sched_yield() }
    }
    rsk_store_release(rsk_pool_busy(), 0)
  }

  private struct Job {
    var body: Body?
    var context: UnsafeMutableRawPointer?
    var tasks: UInt32 = 0
    var threads: UInt32 = 0
  }

  /// Written by the owner of the pool while the job is closed, read by workers while it is open.
  nonisolated(unsafe) private static var job = Job()

  private static func work(on job: Job, thread: Int) {
    while true {
      let task = rsk_fetch_add(rsk_pool_next(), 1)
      guard task < job.tasks else { return }
      job.body!(job.context, thread, Int(task))
    }
  }

  /// Starts what is missing of `count` workers; with fewer than asked for the job is done all the same.
  private static func startWorkers(_ count: Int) {
    let started = rsk_load_acquire(rsk_pool_workers())
    guard started < count else { return }
    // Signals are the host's affair: its own threads take them.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    var attributes = pthread_attr_t()
    if pthread_attr_init(&attributes) == 0 {
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
      var running = started
      while running < count {
        var thread = pthread_t()
        // The generation is the last one that the worker has nothing to do with.
        let generation = UInt(rsk_load_acquire(rsk_pool_generation()))
        guard pthread_create(&thread, &attributes, startWorker, UnsafeMutableRawPointer(bitPattern: generation)) == 0
        else { break }
        running += 1
      }
      rsk_store_release(rsk_pool_workers(), running)
      pthread_attr_destroy(&attributes)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  private static let startWorker: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    generation in
    serve(since: UInt32(UInt(bitPattern: generation)))
  }

  /// The life of a worker.
  private static func serve(since generation: UInt32) -> Never {
    var seen = generation
    while true {
      var turns = 0
      while rsk_load_acquire(rsk_pool_generation()) == seen && turns < spins {
        rsk_pause()
        turns += 1
      }
      if rsk_load_acquire(rsk_pool_generation()) == seen {
        pthread_mutex_lock(rsk_pool_mutex())
        _ = rsk_fetch_add(rsk_pool_sleepers(), 1)
        while rsk_load_acquire(rsk_pool_generation()) == seen {
          pthread_cond_wait(rsk_pool_condition(), rsk_pool_mutex())
        }
        _ = rsk_fetch_add(rsk_pool_sleepers(), .max)
        pthread_mutex_unlock(rsk_pool_mutex())
      }
      seen = rsk_load_acquire(rsk_pool_generation())
      if rsk_fetch_add(rsk_pool_active(), 1) & closed == 0 {
        let thread = rsk_fetch_add(rsk_pool_joined(), 1)
        if thread < job.threads { work(on: job, thread: Int(thread)) }
      }
      _ = rsk_fetch_add(rsk_pool_active(), .max)
    }
  }
}
