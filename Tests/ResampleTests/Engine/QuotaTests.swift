import CShims
import Foundation
import Testing

/// A folder with the files that the kernel would show.
private struct Machine: ~Copyable {
  let root = FileManager.default.temporaryDirectory.appendingPathComponent("quota-\(UUID().uuidString)")

  init(_ files: [String: String]) throws {
    for (path, text) in files {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: false, encoding: .utf8)
    }
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  var quota: Int { Int(rsk_quota_below(root.path)) }
}

private let unified = "0::/user.slice/job\n"
private let separate = "5:memory:/job\n4:cpu,cpuacct:/job\n3:cpuset:/job\n"

@Suite(.serialized) struct QuotaTests {
  @Test(arguments: [
    ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("100 100000\n", 1), ("max 100000\n", 0),
    ("", 0), ("nonsense", 0), ("100000", 0), ("100000 0\n", 0), ("-1 100000\n", 0),
    ("99999999999999999999 1\n", 0), ("9223372036854775807 9223372036854775807\n", 1),
  ])
  func aUnifiedGroup(_ text: String, _ expected: Int) throws {
    let machine = try Machine(["proc/self/cgroup": unified, "sys/fs/cgroup/user.slice/job/cpu.max": text])
    #expect(machine.quota == expected)
  }

  @Test(arguments: [("300000\n", "100000\n", 3), ("-1\n", "100000\n", 0), ("250000\n", "100000\n", 3), ("1", "", 0)])
  func aGroupOfTheOlderKind(_ quota: String, _ period: String, _ expected: Int) throws {
    let folder = "sys/fs/cgroup/cpu/job/"
    let machine = try Machine([
      "proc/self/cgroup": separate, folder + "cpu.cfs_quota_us": quota, folder + "cpu.cfs_period_us": period,
    ])
    #expect(machine.quota == expected)
  }

  /// The groups that a group is in bind it as well.
  @Test func theSmallestOfAllCounts() throws {
    let outer = try Machine([
      "proc/self/cgroup": unified, "sys/fs/cgroup/user.slice/job/cpu.max": "800000 100000\n",
      "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
    ])
    #expect(outer.quota == 3)
    let inner = try Machine([
      "proc/self/cgroup": unified, "sys/fs/cgroup/user.slice/job/cpu.max": "200000 100000\n",
      "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
    ])
    #expect(inner.quota == 2)
  }

  /// In a container the group of the host may be named, of which only the root is to be seen.
  @Test(arguments: ["0::/\n", "0::/docker/0123456789abcdef\n", "0::/../../other\n", "1:name=systemd:/\n0::/a\n"])
  func aGroupThatIsNotSeen(_ groups: String) throws {
    let machine = try Machine(["proc/self/cgroup": groups, "sys/fs/cgroup/cpu.max": "400000 100000\n"])
    #expect(machine.quota == 4)
  }

  @Test(arguments: ["", "0", "::", "0::", "\n\n", "4:cpuset:/job\n", "0::/long"])
  func whatSaysNothing(_ groups: String) throws {
    let text = groups.hasSuffix("/long") ? groups + String(repeating: "/long", count: 1500) : groups
    let machine = try Machine([
      "proc/self/cgroup": text, "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "100000",
      "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
    ])
    #expect(machine.quota == 0)
    #expect(rsk_quota_below("/there is no such folder") == 0)
  }
}
