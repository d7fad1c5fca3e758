import Synchronization

/// Bytes that several values hold together.
final class ByteBudget: Sendable {
    let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var used: Int { count.load(ordering: .relaxed) }
    var isExceeded: Bool { used > limit }

    /// Of nothing yet.
    func share() -> Share { Share(self) }

    /// What one value holds, until it is gone.
    final class Share: Sendable {
        private let budget: ByteBudget
        private let held = Atomic<Int>(0)

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        deinit { byteCount = 0 }

        /// Changed by one thread at a time.
        var byteCount: Int {
            get { held.load(ordering: .relaxed) }
            set {
                let former = held.exchange(newValue, ordering: .relaxed)
                budget.count.wrappingAdd(newValue - former, ordering: .relaxed)
            }
        }
    }
}
