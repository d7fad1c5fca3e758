import Synchronization

/// Draws progress on one line of standard error, at most ten times per second; draws nothing if that is not a terminal.
package final class ProgressBar: ProgressReporter {
    private struct State {
        var label: String?
        var start = ContinuousClock.now
        var lastDrawing: ContinuousClock.Instant?
        var drawn: Progress?
    }

    private let isTerminal: Bool
    private let state = Mutex(State())

    package init(isTerminal: Bool = StandardError.isTerminal) { self.isTerminal = isTerminal }

    package func report(_ progress: Progress) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        let line: String? = state.withLock { state in
            if state.label != progress.label {
                state = State(label: progress.label, start: now)
            }
            let isDue = state.lastDrawing.map { now - $0 >= .milliseconds(100) } ?? true
            guard isDue || progress.done == progress.total else { return nil }
            state.lastDrawing = now
            state.drawn = progress
            return Self.line(progress, elapsed: now - state.start)
        }
        if let line { StandardError.write("\r\(line)\u{1B}[K") }
    }

    package func finish() {
        let hasDrawn = state.withLock { state in
            defer { state = State() }
            return state.drawn != nil
        }
        if hasDrawn { StandardError.write("\n") }
    }

    package func note(_ text: String) {
        finish()
        StandardError.write("needletail: \(text)\n")
    }
}

extension ProgressBar {
    private static let width = 24

    /// The line for a state of progress, such as `model.safetensors  [#####     ]  21%  57.1/270.9 MB  12.3 MB/s`.
    package static func line(_ progress: Progress, elapsed: Duration) -> String {
        var parts = [printable(progress.label)]
        if let total = progress.total, total > 0 {
            let done = min(max(progress.done, 0), total)
            let filled = Int(Double(width) * Double(done) / Double(total))
            let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
            let percent = "\(Int(100 * Double(done) / Double(total)))%"
            parts.append("[\(bar)] \(String(repeating: " ", count: 4 - percent.count))\(percent)")
        }
        parts.append(amount(progress))
        let seconds = elapsed / .seconds(1)
        if seconds >= 1, progress.done > 0, progress.unit == .bytes {
            parts.append("\(megabytes(Int(Double(progress.done) / seconds))) MB/s")
        }
        return parts.joined(separator: "  ")
    }

    private static func amount(_ progress: Progress) -> String {
        switch progress.unit {
        case .bytes:
            let total = progress.total.map { "/\(megabytes($0))" } ?? ""
            return "\(megabytes(progress.done))\(total) MB"
        case .items(let name):
            let total = progress.total.map { "/\($0)" } ?? ""
            return "\(progress.done)\(total) \(name)"
        }
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// The label without characters that would move the cursor, short enough to leave room for the bar.
    private static func printable(_ label: String) -> String {
        let visible = String(label.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? "?" : $0 })
        return visible.count <= 32 ? visible : "..." + visible.suffix(29)
    }
}
