import FoundationEssentials
import Support
import Testing

/// Control groups as folders of files, in every arrangement found on systems.
@Suite struct ControlGroupTests {
    /// The kernel's files, under a temporary folder of the test.
    private final class Tree: Sendable {
        let root = FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID().uuidString)").path

        init(_ files: KeyValuePairs<String, String>) throws {
            for (name, text) in files {
                let file = URL(filePath: root + name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: root) }

        var groups: ControlGroups { ControlGroups(root: root) }
    }

    private static let unifiedMount =
        "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let version1Mounts = """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory

        """

    @Test func `a system without control groups limits nothing`() throws {
        let groups = ControlGroups(root: "/nowhere")
        #expect(groups.availableMemory == nil && groups.processorQuota == nil)
    }

    @Test func `the page cache that may be dropped counts as free`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": Self.unifiedMount, "/proc/self/cgroup": "0::/\n",
            "/sys/fs/cgroup/memory.max": "1000000\n", "/sys/fs/cgroup/memory.current": "990000\n",
            "/sys/fs/cgroup/memory.stat": "anon 90000\nfile 900000\ninactive_file 850000\nactive_file 50000\n",
        ])
        #expect(tree.groups.availableMemory == 885_000)
    }

    @Test func `version 1 counts the page cache of the groups below too`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": Self.version1Mounts, "/proc/self/cgroup": "4:memory:/app\n2:cpu,cpuacct:/\n",
            "/sys/fs/cgroup/memory/app/memory.limit_in_bytes": "1000\n",
            "/sys/fs/cgroup/memory/app/memory.usage_in_bytes": "900\n",
            "/sys/fs/cgroup/memory/app/memory.stat":
                "inactive_file 1\ntotal_inactive_file 400\ntotal_active_file 200\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ])
        #expect(tree.groups.availableMemory == 600)
    }

    @Test func `the smallest limit on the way up counts`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": Self.unifiedMount,
            "/proc/self/cgroup": "0::/system.slice/needletail.service\n",
            "/sys/fs/cgroup/system.slice/needletail.service/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/needletail.service/memory.high": "8000\n",
            "/sys/fs/cgroup/system.slice/needletail.service/memory.current": "1000\n",
            "/sys/fs/cgroup/system.slice/needletail.service/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/system.slice/memory.max": "6000\n",
            "/sys/fs/cgroup/system.slice/memory.current": "2000\n",
            "/sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/cpu.max": "800000 100000\n",
        ])
        #expect(tree.groups.availableMemory == 4000)
        #expect(tree.groups.processorQuota == 1.5)
    }

    @Test func `a quota of version 1 is found in the process's own group`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": Self.version1Mounts,
            "/proc/self/cgroup": "4:memory:/\n2:cpu,cpuacct:/batch/job 1\n",
            "/sys/fs/cgroup/cpu,cpuacct/batch/job 1/cpu.cfs_quota_us": "50000\n",
            "/sys/fs/cgroup/cpu,cpuacct/batch/job 1/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        ])
        #expect(tree.groups.processorQuota == 0.5)
    }

    @Test func `both versions at once are read, each with its own files`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": Self.version1Mounts
                + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            "/proc/self/cgroup": "4:memory:/app\n2:cpu,cpuacct:/\n0::/app\n",
            "/sys/fs/cgroup/memory/app/memory.limit_in_bytes": "5000\n",
            "/sys/fs/cgroup/unified/app/memory.max": "3000\n",
            "/sys/fs/cgroup/unified/app/cpu.max": "20000 10000\n",
        ])
        #expect(tree.groups.availableMemory == 3000)
        #expect(tree.groups.processorQuota == 2)
    }

    /// The mount shows only the container's group, while the process may see the group's name as on the host.
    @Test(arguments: ["/docker/abc", "/docker/abc/worker", "/../other"])
    func `a container's mount begins at its own group`(group: String) throws {
        let tree = try Tree([
            "/proc/self/mountinfo": "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/proc/self/cgroup": "4:memory:\(group)\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "7000\n",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000\n",
        ])
        #expect(tree.groups.availableMemory == 6000)
    }

    @Test func `spaces in mount points are read`() throws {
        let tree = try Tree([
            "/proc/self/mountinfo": "41 31 0:38 / /my\\040groups rw - cgroup2 cgroup2 rw\n",
            "/proc/self/cgroup": "0::/a\n",
            "/my groups/a/memory.max": "10\n",
        ])
        #expect(tree.groups.availableMemory == 10)
    }
}
