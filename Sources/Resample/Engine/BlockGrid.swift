/// What takes that many bytes to read and write, as an Int, of which twice as much is one as well.
func cost(_ bytes: Double) -> Int { Int(min(bytes, Double(Int.max >> 2))) }

/// The part of a run that a thread does at a time: some rows, of every depth, of some planes.
struct Block {
  let planes: Range<Int>
  let rows: Range<Int>
}

/// The division of planes of rows into blocks, a task each. It never shows in the result.
struct BlockGrid {
  let count: Int
  let rowsPerBlock: Int
  /// The threads that are worth waking for it.
  let threads: Int
  private let planes: Int
  private let planesPerBlock: Int
  private let height: Int
  private let blocksPerPlane: Int

  /// Each plane has `height` rows, each of which reads and writes `rowCost` bytes. A block has at most `longestBlock` rows,
  /// or all rows of some planes, and at least `planesTogether` planes.
  init(
    planes: Int, height: Int, rowCost: Int, longestBlock: Int = .max, dividesPlanes: Bool = true,
    planesTogether: Int = 1
  ) {
    // Below this waking a thread costs more than it gains; blocks are no smaller than a quarter of it.
    let worthAThread = 128 << 10
    let planeCost = height.multipliedReportingOverflow(by: rowCost).partialValue
    let cost = Double(planes) * Double(height) * Double(rowCost)
    let threads = ThreadPool.threads(for: cost, worthAThread: worthAThread)
    // A few blocks for every thread, so that none waits long for the last.
    let wanted = threads == 1 ? 1 : threads * 4
    let groups = (planes + planesTogether - 1) / planesTogether
    let blocks = groups == 0 || groups >= wanted ? 1 : (wanted + groups - 1) / groups
    let fewestRows = max(1, worthAThread / 4 / max(rowCost, 1) / planesTogether)
    let longest = min(height, longestBlock, max((height + blocks - 1) / blocks, fewestRows))
    rowsPerBlock = max(1, dividesPlanes ? longest : height)
    blocksPerPlane = (height + rowsPerBlock - 1) / rowsPerBlock
    // Small planes go together.
    planesPerBlock =
      blocksPerPlane > 1
      ? planesTogether : max(planesTogether, min(planes / wanted, worthAThread / 4 / max(planeCost, 1)))
    self.planes = planes
    self.height = height
    self.threads = threads
    count = (planes + planesPerBlock - 1) / planesPerBlock * blocksPerPlane
  }

  subscript(index: Int) -> Block {
    let plane = index / blocksPerPlane * planesPerBlock
    let row = index % blocksPerPlane * rowsPerBlock
    return Block(
      planes: plane..<min(plane + planesPerBlock, planes), rows: row..<min(row + rowsPerBlock, height))
  }
}
