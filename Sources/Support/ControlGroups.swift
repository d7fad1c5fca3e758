/// The limits on memory and processors from the control groups of this process (cgroups(7), versions 1 and 2). The
/// limits of its own group and of all groups above it apply.
package struct ControlGroups: Sendable {
    /// Folders of the groups that limit memory, the process's own first, and whether they are of version 2.
    private let memoryFolders: [(folder: String, isUnified: Bool)]
    /// Folders of the groups that limit processors, in the same form.
    private let processorFolders: [(folder: String, isUnified: Bool)]

    /// `root`: a prefix of `/proc` and `/sys`; empty except in tests.
    package init(root: String = "") {
        let membership = Membership(root: root)
        memoryFolders = membership.folders(of: "memory")
        processorFolders = membership.folders(of: "cpu")
    }

    /// Bytes that this process may still allocate; nil without a limit. Cached file contents that can be dropped count
    /// as free, as the kernel drops them before it refuses memory.
    package var availableMemory: Int? {
        memoryFolders.compactMap { folder, isUnified in
            isUnified ? Self.availableUnified(folder) : Self.availableVersion1(folder)
        }.min()
    }

    /// The processor time that this process may use, in processors, such as 1.5; nil without a limit.
    package var processorQuota: Double? {
        processorFolders.compactMap { folder, isUnified in
            let words = isUnified ? Self.words(folder + "/cpu.max") : Self.version1Quota(folder)
            guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
            else { return nil }
            return quota / period
        }.min()
    }

    private static func availableUnified(_ folder: String) -> Int? {
        // Above `high` the kernel reclaims memory and slows the process down; above `max` it kills processes.
        guard let limit = ["max", "high"].compactMap({ number(folder + "/memory." + $0) }).min() else { return nil }
        return available(limit, folder, usage: "memory.current", prefix: "")
    }

    private static func availableVersion1(_ folder: String) -> Int? {
        // Without a limit the file has a number near 2^63.
        guard let limit = number(folder + "/memory.limit_in_bytes"), limit < 1 << 60 else { return nil }
        return available(limit, folder, usage: "memory.usage_in_bytes", prefix: "total_")
    }

    /// The limit minus the usage, of which the inactive page cache and about half of the active one can be dropped
    /// without harm.
    private static func available(_ limit: Int, _ folder: String, usage: String, prefix: String) -> Int {
        let used = number(folder + "/" + usage) ?? 0
        let lines = text(folder + "/memory.stat").split(separator: "\n").map { $0.split(separator: " ") }
        func statistic(_ name: String) -> Int {
            lines.first { $0.count == 2 && $0[0] == prefix + name }.flatMap { Int($0[1]) } ?? 0
        }
        let droppable = statistic("inactive_file") + statistic("active_file") / 2
        return max(0, limit - max(0, used - droppable))
    }

    private static func version1Quota(_ folder: String) -> [Substring] {
        words(folder + "/cpu.cfs_quota_us") + words(folder + "/cpu.cfs_period_us")
    }

    private static func number(_ path: String) -> Int? { words(path).first.flatMap { Int($0) } }

    private static func words(_ path: String) -> [Substring] { text(path).split(whereSeparator: \.isWhitespace) }

    fileprivate static func text(_ path: String) -> String {
        (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// Finds the groups of this process: its path in each hierarchy (`/proc/self/cgroup`), and the mount points of the
/// hierarchies (`/proc/self/mountinfo`).
private struct Membership {
    private struct Mount {
        /// The group at the mount point.
        let group: String
        let point: String
        let isUnified: Bool
        /// Controllers of a hierarchy of version 1.
        let controllers: [Substring]
    }

    private let root: String
    private let mounts: [Mount]
    /// The process's group by controller; the unified hierarchy has the empty name.
    private var groups: [Substring: String] = [:]

    init(root: String) {
        self.root = root
        mounts = ControlGroups.text(root + "/proc/self/mountinfo").split(separator: "\n").compactMap(Self.mount)
        for line in ControlGroups.text(root + "/proc/self/cgroup").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[controller] = String(fields[2])
            }
        }
    }

    /// Parses a line as in proc_pid_mountinfo(5): the fourth and fifth fields are the root of the mount and the mount
    /// point; after a lone dash come type, source and options.
    private static func mount(_ line: Substring) -> Mount? {
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3,
            fields[dash + 1] == "cgroup" || fields[dash + 1] == "cgroup2"
        else { return nil }
        return Mount(
            group: unescaped(fields[3]), point: unescaped(fields[4]), isUnified: fields[dash + 1] == "cgroup2",
            controllers: fields[dash + 3].split(separator: ","))
    }

    private static func unescaped(_ field: Substring) -> String {
        String(field).replacing("\\040", with: " ").replacing("\\011", with: "\t").replacing("\\134", with: "\\")
    }

    /// The folders of the process's group for a controller and of the groups above it, in both versions.
    func folders(of controller: Substring) -> [(folder: String, isUnified: Bool)] {
        mounts.flatMap { mount -> [(folder: String, isUnified: Bool)] in
            guard mount.isUnified || mount.controllers.contains(controller),
                let group = groups[mount.isUnified ? "" : controller]
            else { return [] }
            return chain(mount, group).map { (root + $0, mount.isUnified) }
        }
    }

    /// The folders from a group up to the mount point. A group outside the mount belongs to another namespace: only its
    /// mount point is visible.
    private func chain(_ mount: Mount, _ group: String) -> [String] {
        let above = mount.group == "/" ? "" : mount.group
        guard group == mount.group || group.hasPrefix(above + "/"), !group.contains("/..") else { return [mount.point] }
        var names = group.dropFirst(above.count).split(separator: "/")
        var folders = [([mount.point] + names.map(String.init)).joined(separator: "/")]
        while !names.isEmpty {
            names.removeLast()
            folders.append(([mount.point] + names.map(String.init)).joined(separator: "/"))
        }
        return folders
    }
}
