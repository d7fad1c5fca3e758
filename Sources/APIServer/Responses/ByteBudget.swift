import Synchronization

/// Counts the bytes that several values occupy together, against a limit.
final class ByteBudget: Sendable {
    let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var used: Int { count.load(ordering: .relaxed) }
    var isExceeded: Bool { used > limit }

    /// Returns an empty share.
    func share() -> Share { Share(self) }

    /// The bytes that one value occupies; released when the share is deallocated.
    final class Share: Sendable {
        private let budget: ByteBudget
        private let held = Atomic<Int>(0)

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        deinit { byteCount = 0 }

        /// Must be changed by one thread at a time.
        var byteCount: Int {
            get { held.load(ordering: .relaxed) }
            set {
                let former = held.exchange(newValue, ordering: .relaxed)
                budget.count.wrappingAdd(newValue - former, ordering: .relaxed)
            }
        }
    }
}
