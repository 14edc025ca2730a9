/// The part of a resampling that one thread does at a time: some rows, of every depth, of some planes.
struct Task {
  let planes: Range<Int>
  let rows: Range<Int>
}

/// How a resampling is divided into tasks. The division never shows in the result.
struct TaskGrid {
  let count: Int
  let rowsPerTask: Int
  /// The threads that are worth waking for it.
  let threads: Int
  private let planes: Int
  private let planesPerTask: Int
  private let height: Int
  private let tasksPerPlane: Int

  /// Each plane has `height` rows, each of which reads and writes `rowCost` bytes; a task has at most `longestTask`
  /// rows, or all rows of some planes; it has `planesTogether` planes at least.
  init(
    planes: Int, height: Int, rowCost: Int, longestTask: Int = .max, dividesPlanes: Bool = true,
    planesTogether: Int = 1
  ) {
    // Below this waking a thread costs more than it gains; tasks are no smaller than a quarter of it.
    let worthAThread = 128 << 10
    let planeCost = height.multipliedReportingOverflow(by: rowCost).partialValue
    let cost = Double(planes) * Double(height) * Double(rowCost)
    let threads = ThreadPool.threads(for: cost, worthAThread: worthAThread)
    // A few tasks for every thread, so that none waits long for the last.
    let wanted = threads == 1 ? 1 : threads * 4
    let groups = (planes + planesTogether - 1) / planesTogether
    let blocks = groups == 0 || groups >= wanted ? 1 : (wanted + groups - 1) / groups
    let fewestRows = max(1, worthAThread / 4 / max(rowCost, 1) / planesTogether)
    let longest = min(height, longestTask, max((height + blocks - 1) / blocks, fewestRows))
    rowsPerTask = max(1, dividesPlanes ? longest : height)
    tasksPerPlane = (height + rowsPerTask - 1) / rowsPerTask
    // Small planes go together.
    planesPerTask =
      tasksPerPlane > 1
      ? planesTogether : max(planesTogether, min(planes / wanted, worthAThread / 4 / max(planeCost, 1)))
    self.planes = planes
    self.height = height
    self.threads = threads
    count = (planes + planesPerTask - 1) / planesPerTask * tasksPerPlane
  }

  subscript(index: Int) -> Task {
    let plane = index / tasksPerPlane * planesPerTask
    let row = index % tasksPerPlane * rowsPerTask
    return Task(
      planes: plane..<min(plane + planesPerTask, planes), rows: row..<min(row + rowsPerTask, height))
  }
}
