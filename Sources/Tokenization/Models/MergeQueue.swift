/// A binary min-heap of candidate merges, ordered by rank, then by position in the word.
struct MergeQueue: Sendable {
    /// Entries: rank << 32 | position.
    private var heap: [UInt64] = []

    mutating func push(rank: UInt32, position: Int) {
        heap.append(UInt64(rank) << 32 | UInt64(position))
        var child = heap.count - 1
        let entry = heap[child]
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent] <= entry { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    mutating func pop() -> (rank: UInt32, position: Int)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return Self.unpack(last) }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            if last <= heap[child] { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = last
        return Self.unpack(first)
    }

    private static func unpack(_ entry: UInt64) -> (rank: UInt32, position: Int) {
        (UInt32(entry >> 32), Int(entry & 0xFFFF_FFFF))
    }
}
