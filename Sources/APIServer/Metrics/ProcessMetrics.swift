import Support

/// This process in numbers, under the names that Prometheus clients give them. Read when asked for.
enum ProcessMetrics {
    static var text: String {
        var text = ""
        func gauge(_ name: String, _ value: Int?, _ help: String) {
            guard let value else { return }
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
        }
        let pages = (try? Files.read("/proc/self/statm")).map {
            String(decoding: $0, as: UTF8.self).split(separator: " ").map { Int($0) ?? 0 }
        }
        gauge("process_virtual_memory_bytes", pages.map { $0[0] * 4096 }, "Virtual memory size in bytes.")
        gauge("process_resident_memory_bytes", pages.map { $0[1] * 4096 }, "Resident memory size in bytes.")
        gauge("process_open_fds", Files.entryCount("/proc/self/fd"), "Number of open file descriptors.")
        return text
    }
}
