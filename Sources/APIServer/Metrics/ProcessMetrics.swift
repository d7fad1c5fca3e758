import Support

/// Metrics of this process under the names that Prometheus clients use, read from /proc (proc(5)) when scraped.
enum ProcessMetrics {
    /// Clock ticks per second; the same on every Linux (`USER_HZ`).
    private static let tickRate = 100.0

    static var text: String {
        var text = ""
        func metric(_ name: String, _ value: Double?, _ help: String, _ kind: String = "gauge") {
            guard let value else { return }
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n"
        }
        let pages = words("statm").map { Double($0) }
        metric("process_virtual_memory_bytes", pages.first?.map { $0 * 4096 }, "Virtual memory size in bytes.")
        metric(
            "process_resident_memory_bytes", pages.dropFirst().first?.map { $0 * 4096 },
            "Resident memory size in bytes.")
        metric("process_start_time_seconds", startTime, "Start time of the process in seconds since 1970.")
        metric("process_cpu_seconds_total", cpuSeconds, "User and system CPU time in seconds.", "counter")
        metric(
            "process_open_fds", Files.entryCount("/proc/self/fd").map(Double.init), "Number of open file descriptors.")
        metric("process_max_fds", maxDescriptorCount, "Maximum number of open file descriptors.")
        return text
    }

    /// Sum of fields 14 and 15: user and system time.
    private static var cpuSeconds: Double? {
        guard let user = statField(14), let system = statField(15) else { return nil }
        return (user + system) / tickRate
    }

    /// Boot time plus field 22, the start in ticks since boot.
    private static let startTime: Double? = {
        let boot = lines("/proc/stat").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
        guard let boot, let ticks = statField(22) else { return nil }
        return boot + ticks / tickRate
    }()

    private static var maxDescriptorCount: Double? {
        let line = lines("/proc/self/limits").first { $0.hasPrefix("Max open files") }
        return line.flatMap { Double($0.dropFirst("Max open files".count).split(separator: " ").first ?? "") }
    }

    /// A field of /proc/self/stat, counted from 1. Field 2, the command in parentheses, may contain spaces.
    private static func statField(_ number: Int) -> Double? {
        let fields = text(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return number - 3 < fields.count ? Double(fields[number - 3]) : nil
    }

    private static func words(_ file: String) -> [Substring] { text(of: "/proc/self/" + file).split(separator: " ") }

    private static func lines(_ path: String) -> [Substring] { text(of: path).split(separator: "\n") }

    private static func text(of path: String) -> String {
        (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
