import Testing

@testable import Resample

/// Every row of every plane belongs to one block, whatever the threads.
@Test(.serialized, arguments: [1, 2, 7])
func blocksCoverEveryRowOnce(_ threads: Int) throws {
  let before = ThreadPool.threadCount
  try ThreadPool.setThreadCount(threads)
  defer { try? ThreadPool.setThreadCount(before) }
  for (planes, height, rowCost, longest) in [
    (1, 1, 1, 100), (1, 1000, 4096, .max), (3, 1000, 4096, 10), (500, 4, 16, .max), (5, 77, 1 << 20, .max),
    (100_000, 2, 8, .max), (0, 5, 8, .max),
  ] {
    for (dividesPlanes, together) in [(true, 1), (false, 1), (true, 16), (false, 16)] {
      let grid = BlockGrid(
        planes: planes, height: height, rowCost: rowCost, longestBlock: longest, dividesPlanes: dividesPlanes,
        planesTogether: together)
      var times = [Int](repeating: 0, count: planes * height)
      for index in 0..<grid.count {
        let block = grid[index]
        #expect(dividesPlanes ? block.rows.count <= min(longest, grid.rowsPerBlock) : block.rows == 0..<height)
        #expect(block.planes.count >= min(together, planes) || block.planes.upperBound == planes)
        for plane in block.planes { for row in block.rows { times[plane * height + row] += 1 } }
      }
      #expect(times.allSatisfy { $0 == 1 })
      #expect(grid.threads <= threads)
    }
  }
}
