import Needletail
import Support
import Synchronization

/// Measures the time from the start of the command to the first text, and reports it with the phases of loading.
final class FirstTextTimer: Sendable {
    private let start: Double
    private let isShown: Bool
    private let firstText = Mutex<Double?>(nil)

    init(start: Double, isShown: Bool) {
        self.start = start
        self.isShown = isShown
    }

    func sawText() {
        firstText.withLock { if $0 == nil { $0 = MonotonicClock.seconds } }
    }

    /// Prints one line on standard error if `--timings` is given.
    func report(_ source: any TextSource) {
        guard isShown, let first = firstText.withLock({ $0 }) else { return }
        var parts = ["first text after \(Self.milliseconds(first - start))"]
        if let timings = (source as? LocalSource)?.llm.loadTimings {
            parts += timings.map { "\($0.phase) \(Self.milliseconds($0.seconds))" }
        }
        StandardError.write(parts.joined(separator: ", ") + "\n")
    }

    private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }
}
