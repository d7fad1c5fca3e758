internal import Synchronization

/// Collects the time that each operation of the steps takes.
package final class Profile: Sendable {
    /// Identifies calls whose times are added up. `rows`: rows of the operation, rounded up to a power of two; 0 if it
    /// has none.
    package struct Key: Hashable, Sendable {
        package var name: String
        package var rows: Int
    }

    package struct Entry: Sendable {
        package var callCount = 0
        package var seconds = 0.0
        /// Multiplications and additions.
        package var operationCount = 0.0
        /// Bytes of weights.
        package var byteCount = 0.0
    }

    private let entries = Mutex<[Key: Entry]>([:])

    package init() {}

    package func add(
        _ name: String, rows: Int = 0, seconds: Double, operationCount: Double = 0, byteCount: Double = 0
    ) {
        let bucket = rows <= 1 ? rows : 1 << (Int.bitWidth - (rows - 1).leadingZeroBitCount)
        entries.withLock { entries in
            var entry = entries[Key(name: name, rows: bucket)] ?? Entry()
            entry.callCount += 1
            entry.seconds += seconds
            entry.operationCount += operationCount
            entry.byteCount += byteCount
            entries[Key(name: name, rows: bucket)] = entry
        }
    }

    /// The entries in descending order of time.
    package var sorted: [(key: Key, entry: Entry)] {
        entries.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.entry.seconds > $1.entry.seconds }
    }

    /// A table with one line per operation.
    package var report: String {
        let rows = sorted.map { item in
            let (key, entry) = item
            return [
                key.name, key.rows == 0 ? "" : "<= \(key.rows)", "\(entry.callCount)",
                Decimal.text(entry.seconds * 1000, places: 1),
                Decimal.text(entry.seconds / Double(entry.callCount) * 1e6, places: 1),
                entry.operationCount > 0 ? Decimal.text(entry.operationCount / entry.seconds / 1e9, places: 1) : "",
                entry.byteCount > 0 ? Decimal.text(entry.byteCount / entry.seconds / 1e9, places: 1) : "",
            ]
        }
        return TextTable(["operation", "rows", "calls", "ms", "us per call", "GOP/s", "GB/s"], rows).description
    }
}

/// Adds the time between its laps to a profile; costs nothing without one.
package struct Stopwatch {
    private let profile: Profile?
    private var last: Double

    package init(_ profile: Profile?) {
        self.profile = profile
        last = profile == nil ? 0 : MonotonicClock.seconds
    }

    package mutating func lap(_ name: String) {
        guard let profile else { return }
        let now = MonotonicClock.seconds
        profile.add(name, seconds: now - last)
        last = now
    }
}
