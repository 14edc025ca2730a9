import CShims

/// Workers spin for a moment before they sleep, because waking one costs more than a small call, and end when there is
/// nothing to do: a process ends with the last of its threads. A forked child starts with an empty pool.
extension ThreadPool {
  /// Turns of the waiting loop before a worker goes to sleep: some tens of microseconds.
  private static let spins = 2000
  /// The seconds without work after which a worker ends.
  private static let idleTime = 1
  /// The least stack of a worker: a task takes up to 32 kB, the C library keeps thread-local storage there, and what the
  /// host makes the default (ulimit -s) may be less.
  private static let stackSize = 1 << 20
  /// The bit of `active` that says that a job takes no further workers.
  private static let closed: UInt32 = 0x8000_0000

  /// The threads that a call of this thread may use.
  package static var threadCount: Int {
    let limit = Int(rsk_thread_limit())
    return limit == 0 ? processThreadCount : min(limit, processThreadCount)
  }

  /// The threads that a call may use where its thread sets no limit.
  private static var processThreadCount: Int {
    let wish = Int(rsk_load_acquire(rsk_pool_thread_count()))
    if wish != 0 { return wish }
    let count = min(environmentThreadCount ?? availableProcessors, maximumThreadCount)
    // Looked up once; a count set meanwhile wins.
    _ = rsk_compare_exchange(rsk_pool_thread_count(), 0, UInt32(count))
    return Int(rsk_load_acquire(rsk_pool_thread_count()))
  }

  static func storeThreadCount(_ count: Int) { rsk_store_release(rsk_pool_thread_count(), UInt32(count)) }

  static func storeThreadLimit(_ count: Int) throws(ResampleError) {
    guard rsk_set_thread_limit(UInt32(count)) != 0 else { throw .outOfMemory(bytes: MemoryLayout<UInt>.size) }
  }

  /// RESAMPLE_NUM_THREADS when the library was loaded, or else OMP_NUM_THREADS, if it is a positive number.
  private static var environmentThreadCount: Int? {
    positiveNumber(rsk_wished_thread_count(), isList: false)
      ?? positiveNumber(rsk_wished_omp_thread_count(), isList: true)
  }

  /// A list has a number for each level of nested parallelism, of which the first counts here.
  private static func positiveNumber(_ text: UnsafePointer<CChar>, isList: Bool) -> Int? {
    var end: UnsafeMutablePointer<CChar>?
    let number = strtol(text, &end, 10)
    guard var end, number > 0 else { return nil }
    let (blank, comma) = (CChar(UInt8(ascii: " ")), CChar(UInt8(ascii: ",")))
    while end.pointee == blank { end += 1 }
    return end.pointee == 0 || (isList && end.pointee == comma) ? number : nil
  }

  /// The processors that the process may run on, but no more than its quota of them.
  private static var availableProcessors: Int {
    let (allowed, quota) = (Int(rsk_available_processors()), Int(rsk_quota()))
    return quota == 0 ? allowed : min(allowed, quota)
  }

  static func run(tasks: Int, threads: Int, _ work: UnsafeRawPointer, _ body: @escaping Body) {
    let isShared = tasks > 1 && threads > 1 && tasks < Int(Int32.max)
    // Without a watch a child forked meanwhile would wait for workers that it does not have.
    guard isShared, rsk_pool_watches_forks() != 0, rsk_compare_exchange(rsk_pool_busy(), 0, 1) != 0 else {
      for task in 0..<tasks { body(work, task, 0) }
      return
    }
    startWorkers(threads - 1)
    job = Job(body: body, work: work, tasks: UInt32(tasks), threads: UInt32(threads))
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
    runTasks(of: job, thread: 0)
    _ = rsk_fetch_add(rsk_pool_active(), closed)
    var turns = 0
    while rsk_load_acquire(rsk_pool_active()) != closed {
      turns += 1
      if turns <= spins {
        rsk_pause()
      } else if turns <= 2 * spins {
        sched_yield()
      } else {
        // A worker of a lower priority on this processor gets no time from sched_yield.
        rsk_nap()
      }
    }
    rsk_store_release(rsk_pool_busy(), 0)
  }

  private struct Job {
    var body: Body?
    var work: UnsafeRawPointer?
    var tasks: UInt32 = 0
    var threads: UInt32 = 0
  }

  /// Written by the owner of the pool while the job is closed, read by workers while it is open.
  nonisolated(unsafe) private static var job = Job()

  private static func runTasks(of job: Job, thread: Int) {
    while true {
      let task = rsk_fetch_add(rsk_pool_next(), 1)
      guard task < job.tasks else { return }
      job.body!(job.work!, Int(task), thread)
    }
  }

  /// Starts what is missing of `count` workers; the job is done even with fewer than asked for.
  private static func startWorkers(_ count: Int) {
    guard rsk_load_acquire(rsk_pool_workers()) < count else { return }
    // Signals are the host's affair: its own threads take them. But what a worker's own instruction raises has to reach
    // the host's handler, which may bring the memory that was touched.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    sigdelset(&all, SIGSEGV)
    sigdelset(&all, SIGBUS)
    sigdelset(&all, SIGFPE)
    sigdelset(&all, SIGILL)
    sigdelset(&all, SIGTRAP)
    sigdelset(&all, SIGSYS)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    var attributes = pthread_attr_t()
    if pthread_attr_init(&attributes) == 0 {
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
      var size = 0
      pthread_attr_getstacksize(&attributes, &size)
      if size < stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
      while rsk_load_acquire(rsk_pool_workers()) < count {
        // The generation is the last one that the worker has nothing to do with.
        let generation = UInt(rsk_load_acquire(rsk_pool_generation()))
        // Counted before it runs, because it counts itself off when it ends.
        _ = rsk_fetch_add(rsk_pool_workers(), 1)
        guard rsk_start_thread(&attributes, startWorker, UnsafeMutableRawPointer(bitPattern: generation)) == 0
        else {
          _ = rsk_fetch_add(rsk_pool_workers(), .max)
          break
        }
      }
      pthread_attr_destroy(&attributes)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  private static let startWorker: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    generation in
    serve(since: UInt32(UInt(bitPattern: generation)))
    return nil
  }

  /// The life of a worker.
  private static func serve(since generation: UInt32) {
    // The thread has that of the one that started it.
    _ = FloatingPoint()
    var seen = generation
    while hasJob(after: seen) {
      seen = rsk_load_acquire(rsk_pool_generation())
      if rsk_fetch_add(rsk_pool_active(), 1) & closed == 0 {
        let thread = rsk_fetch_add(rsk_pool_joined(), 1)
        if thread < job.threads { runTasks(of: job, thread: Int(thread)) }
      }
      _ = rsk_fetch_add(rsk_pool_active(), .max)
    }
  }

  /// Waits for a job that comes after `generation`; without one for long, the worker is no longer counted.
  private static func hasJob(after generation: UInt32) -> Bool {
    var turns = 0
    while rsk_load_acquire(rsk_pool_generation()) == generation && turns < spins {
      rsk_pause()
      turns += 1
    }
    if rsk_load_acquire(rsk_pool_generation()) != generation { return true }
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    end.tv_sec += idleTime
    pthread_mutex_lock(rsk_pool_mutex())
    _ = rsk_fetch_add(rsk_pool_sleepers(), 1)
    var isInTime = true
    while rsk_load_acquire(rsk_pool_generation()) == generation && isInTime {
      isInTime = pthread_cond_timedwait(rsk_pool_condition(), rsk_pool_mutex(), &end) == 0
    }
    let hasJob = rsk_load_acquire(rsk_pool_generation()) != generation
    if !hasJob { _ = rsk_fetch_add(rsk_pool_workers(), .max) }
    _ = rsk_fetch_add(rsk_pool_sleepers(), .max)
    pthread_mutex_unlock(rsk_pool_mutex())
    return hasJob
  }
}
