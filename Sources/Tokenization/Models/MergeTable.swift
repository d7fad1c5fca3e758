/// The merges of a byte-pair encoding: (left id, right id) -> (rank, id of the merged token). A hash table with open
/// addressing and a load of at most 3/4.
struct MergeTable: Sendable {
    /// A merge as one number, rank << 32 | id of the merged token: the merge of smallest rank is applied first.
    struct Merge: Comparable, Sendable {
        private let value: UInt64

        init(rank: UInt32, id: UInt32) { value = UInt64(rank) << 32 | UInt64(id) }

        var rank: UInt32 { UInt32(truncatingIfNeeded: value >> 32) }
        var id: UInt32 { UInt32(truncatingIfNeeded: value) }

        /// The absence of a merge, which sorts after all merges.
        static let none = Self(rank: .max, id: .max)

        static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    private struct Slot {
        var key: UInt64
        var merge: Merge
    }

    private static let freeKey = UInt64.max

    private var slots: [Slot]
    /// Right shift that turns the 64-bit hash into a slot index.
    private let shift: UInt64

    /// - Parameter capacity: the maximum number of merges that will be inserted.
    init(capacity: Int) {
        var bits = 4
        while 3 << bits < capacity * 4 { bits += 1 }
        slots = [Slot](repeating: Slot(key: Self.freeKey, merge: .none), count: 1 << bits)
        shift = UInt64(64 - bits)
    }

    /// Inserts the merge of a pair, replacing an earlier one.
    mutating func insert(_ left: UInt32, _ right: UInt32, _ merge: Merge) {
        let key = Self.key(left, right)
        slots[slot(of: key)] = Slot(key: key, merge: merge)
    }

    /// The merge of a pair of ids, or `none`; `UInt32.max`, which stands for no token, has no merges.
    @inline(__always)
    func find(_ left: UInt32, _ right: UInt32) -> Merge {
        slots[slot(of: Self.key(left, right))].merge
    }

    @inline(__always)
    private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
        while slots[slot].key != key, slots[slot].key != Self.freeKey { slot = (slot + 1) & mask }
        return slot
    }
}
