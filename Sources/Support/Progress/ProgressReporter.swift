/// Receives the progress of long work. Calls may come from any thread, one at a time per piece of work.
package protocol ProgressReporter: Sendable {
    func report(_ progress: Progress)
    /// The work that was last reported has ended, successfully or not.
    func finish()
    /// Reports something unexpected that does not stop the work.
    func note(_ text: String)
}

extension ProgressReporter {
    package func note(_ text: String) {}
}

/// The state of a long piece of work.
package struct Progress: Hashable, Sendable {
    package enum Unit: Hashable, Sendable {
        case bytes
        /// Items with a plural name, such as requests.
        case items(String)
    }

    /// The current work, such as the name of a file.
    package var label: String
    package var done: Int
    /// Nil if it is unknown.
    package var total: Int?
    package var unit: Unit

    package init(label: String, done: Int, total: Int?, unit: Unit = .bytes) {
        self.label = label
        self.done = done
        self.total = total
        self.unit = unit
    }
}

/// A reporter that shows nothing.
package struct NoProgress: ProgressReporter {
    package init() {}
    package func report(_ progress: Progress) {}
    package func finish() {}
}
