/// The merges of a byte-pair encoding: (left id, right id) -> (rank, id of the merged token). Open addressing, at most
/// three in four slots taken.
struct MergeTable: Sendable {
    struct Merge: Hashable, Sendable {
        var rank: UInt32
        var id: UInt32
    }

    private struct Slot {
        var key: UInt64
        var merge: Merge
    }

    private static let freeKey = UInt64.max

    private var slots: [Slot]

    /// - Parameter capacity: the most merges that will be inserted.
    init(capacity: Int) {
        var slotCount = 16
        while slotCount * 3 < capacity * 4 { slotCount *= 2 }
        slots = [Slot](repeating: Slot(key: Self.freeKey, merge: Merge(rank: 0, id: 0)), count: slotCount)
    }

    /// Inserts a merge; one of the same pair is replaced.
    mutating func insert(_ left: UInt32, _ right: UInt32, _ merge: Merge) {
        let key = Self.key(left, right)
        slots[slot(of: key)] = Slot(key: key, merge: merge)
    }

    /// The merge of a pair of ids; nil too for a pair of `UInt32.max`, which is no token.
    @inline(__always)
    func find(_ left: UInt32, _ right: UInt32) -> Merge? {
        let slot = slots[slot(of: Self.key(left, right))]
        return slot.key == Self.freeKey ? nil : slot.merge
    }

    @inline(__always)
    private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mask = slots.count - 1
        let hash = key &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & mask
        while slots[slot].key != key, slots[slot].key != Self.freeKey { slot = (slot + 1) & mask }
        return slot
    }
}
