internal import Support

/// The tokens of words met before: a bounded table that forgets old words for new ones.
///
/// A word can be in one of two neighbouring slots, so looking up takes constant time whatever the words are.
struct WordCache: Sendable {
    /// A word of at most `maximumByteCount` bytes: its bytes with zeros behind them, the last byte being their count.
    struct Key: Equatable, Sendable {
        static let maximumByteCount = 31

        private var words: (UInt64, UInt64, UInt64, UInt64)

        /// Of no word.
        static let none = Self()

        private init() { words = (0, 0, 0, 0) }

        @inline(__always)
        init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
            words = (0, 0, 0, UInt64(range.count) << 56)
            let start = range.lowerBound
            words.0 = bytes.word(at: start, count: min(range.count, 8))
            guard range.count > 8 else { return }
            words.1 = bytes.word(at: start + 8, count: min(range.count - 8, 8))
            guard range.count > 16 else { return }
            words.2 = bytes.word(at: start + 16, count: min(range.count - 16, 8))
            guard range.count > 24 else { return }
            words.3 |= bytes.word(at: start + 24, count: range.count - 24)
        }

        var hash: UInt64 {
            let sum =
                (words.0 &* 0x9E37_79B9_7F4A_7C15) ^ (words.1 &* 0xC2B2_AE3D_27D4_EB4F)
                ^ (words.2 &* 0x1656_67B1_9E37_79F9) ^ (words.3 &* 0xD6E8_FEB8_6659_FD93)
            return (sum ^ (sum >> 32)) &* 0x9E37_79B9_7F4A_7C15
        }

        @inline(__always)
        static func == (left: Self, right: Self) -> Bool {
            (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
                | (left.words.3 ^ right.words.3) == 0
        }
    }

    private struct Slot {
        static let maximumTokenCount = 7

        var key = Key.none
        var ids = InlineArray<7, UInt32>(repeating: 0)
        var count: UInt32 = 0
    }

    private static let initialBits = 8
    /// 4 MB.
    private static let maximumBits = 16

    private var slots: [Slot]
    private var bits: Int
    private var taken = 0

    init() {
        bits = Self.initialBits
        slots = [Slot](repeating: Slot(), count: 1 << bits)
    }

    /// Appends the tokens of a word; false where they are not known.
    @inline(__always)
    func append(_ key: Key, to ids: inout [UInt32]) -> Bool {
        var index = home(of: key)
        if slots[index].key != key {
            index ^= 1
            guard slots[index].key == key else { return false }
        }
        let count = Int(slots[index].count)
        ids.append(slots[index].ids[0])
        if count > 1 {
            for position in 1..<count { ids.append(slots[index].ids[position]) }
        }
        return true
    }

    /// Keeps the tokens of a word that was not there, unless there are none or too many.
    mutating func insert(_ key: Key, _ ids: ArraySlice<UInt32>) {
        guard !ids.isEmpty, ids.count <= Slot.maximumTokenCount else { return }
        var slot = Slot(key: key, count: UInt32(ids.count))
        for (position, id) in ids.enumerated() { slot.ids[position] = id }
        if taken * 2 > slots.count, bits < Self.maximumBits { grow() }
        place(slot)
    }

    /// Puts a slot at its home; what was there moves to the neighbour, whose own content is forgotten.
    private mutating func place(_ slot: Slot) {
        let index = home(of: slot.key)
        if slots[index].key == .none || slots[index ^ 1].key == .none { taken += 1 }
        if slots[index].key != .none { slots[index ^ 1] = slots[index] }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        bits += 1
        slots = [Slot](repeating: Slot(), count: 1 << bits)
        taken = 0
        for slot in old where slot.key != .none { place(slot) }
    }

    @inline(__always)
    private func home(of key: Key) -> Int { Int(truncatingIfNeeded: key.hash &>> UInt64(64 - bits)) }
}
