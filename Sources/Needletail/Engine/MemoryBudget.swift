import Support

/// The memory that this process may still allocate: the free memory of the system, or less if a control group limits
/// it.
enum MemoryBudget {
    /// The fraction of free memory that the key-value cache may take; the rest is for activations and other processes.
    static let cacheShare = 0.5

    static var availableByteCount: Int {
        let system = systemAvailable ?? 4 << 30
        return max(0, min(system, ControlGroups().availableMemory ?? system))
    }

    private static var systemAvailable: Int? {
        guard let text = text("/proc/meminfo") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
