internal import DequeModule
internal import EngineTypes

/// The waiting requests, the next to run in front. Both policies differ only in where a request enters.
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

    /// The slot of the next request.
    var first: Int? { items.first?.slot }

    var slots: some Sequence<Int> { items.lazy.map(\.slot) }

    /// Adds a request that just came.
    mutating func append(_ request: Request) {
        items.insert(item(request), at: policy == .fcfs ? items.count : place(of: request.rank))
    }

    /// Adds a request that was preempted: it is the next to run, among equals under the priority policy.
    mutating func prepend(_ request: Request) {
        items.insert(item(request), at: policy == .fcfs ? 0 : place(of: request.rank))
    }

    mutating func remove(slot: Int) {
        guard let index = items.firstIndex(where: { $0.slot == slot }) else { return }
        items.remove(at: index)
    }

    private func item(_ request: Request) -> Item { Item(rank: request.rank, slot: request.slot) }

    /// The first index whose rank is not before `rank`.
    private func place(of rank: RequestRank) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle].rank < rank { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
