import Support
import Synchronization

/// Counts finished concurrent requests on a progress bar.
final class ProgressCounter: Sendable {
    private let label: String
    private let total: Int
    private let reporter: any ProgressReporter
    private let done = Mutex(0)

    init(_ label: String, total: Int, isShown: Bool) {
        self.label = label
        self.total = total
        reporter = isShown ? ProgressBar() : NoProgress()
    }

    func finishedOne() {
        // Reported under the lock, so that the bar never runs backwards.
        done.withLock { done in
            done += 1
            reporter.report(Progress(label: label, done: done, total: total, unit: .items("requests")))
        }
    }

    func finish() { reporter.finish() }
}
