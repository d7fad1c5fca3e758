internal import DequeModule
internal import EngineTypes

/// The waiting requests in the order of their ranks, the next to run first. The first-come-first-served policy orders
/// by round and then by arrival; the priority policy by the whole rank.
struct RequestQueue: Sendable {
    private struct Item: Sendable {
        var rank: RequestRank
        var slot: Int
    }

    private let policy: SchedulingPolicy
    private var items: Deque<Item> = []

    init(policy: SchedulingPolicy) { self.policy = policy }

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }

    /// Slot of the next request to run.
    var first: Int? { items.first?.slot }

    var slots: some Sequence<Int> { items.lazy.map(\.slot) }

    /// Adds a newly arrived request.
    mutating func append(_ request: Request) {
        let rank = policy == .fcfs ? RequestRank(round: request.round) : request.rank
        items.insert(Item(rank: rank, slot: request.slot), at: place(after: rank))
    }

    /// Adds a preempted request. It is the next to run; under the priority policy, its rank decides.
    mutating func prepend(_ request: Request) {
        guard policy == .fcfs else { return append(request) }
        items.prepend(Item(rank: RequestRank(round: .min), slot: request.slot))
    }

    mutating func remove(slot: Int) {
        guard let index = items.firstIndex(where: { $0.slot == slot }) else { return }
        items.remove(at: index)
    }

    /// Returns the first index whose rank comes after `rank`.
    private func place(after rank: RequestRank) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if rank < items[middle].rank { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension RequestRank {
    /// Makes a rank that depends only on the round.
    fileprivate init(round: Int) { self.init(priority: 0, round: round, arrivalTime: 0, id: RequestID(0)) }
}
