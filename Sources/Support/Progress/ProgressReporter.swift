/// Told how a long piece of work comes along. Calls may come from any thread, one at a time for one piece of work.
package protocol ProgressReporter: Sendable {
    func report(_ progress: Progress)
    /// The work that was last reported has ended, well or not.
    func finish()
    /// Tells of something unexpected that does not stop the work.
    func note(_ text: String)
}

extension ProgressReporter {
    package func note(_ text: String) {}
}

/// The state of a long piece of work.
package struct Progress: Hashable, Sendable {
    package enum Unit: Hashable, Sendable {
        case bytes
        /// Things with a name, such as requests.
        case items(String)
    }

    /// What is being done, such as the name of a file.
    package var label: String
    package var done: Int
    /// Nil where nobody knows.
    package var total: Int?
    package var unit: Unit

    package init(label: String, done: Int, total: Int?, unit: Unit = .bytes) {
        self.label = label
        self.done = done
        self.total = total
        self.unit = unit
    }
}

/// Says nothing.
package struct NoProgress: ProgressReporter {
    package init() {}
    package func report(_ progress: Progress) {}
    package func finish() {}
}
