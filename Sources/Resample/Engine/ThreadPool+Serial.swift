/// A module of WebAssembly has one thread, whatever it is told.
extension ThreadPool {
  package static var threadCount: Int { 1 }

  static func storeThreadCount(_ count: Int) {}
  static func storeThreadLimit(_ count: Int) throws(ResampleError) {}

  static func run(tasks: Int, threads: Int, _ work: UnsafeRawPointer, _ body: @escaping Body) {
    for task in 0..<tasks { body(work, task, 0) }
  }
}
