internal import Support

/// The tokens of words met before: a bounded table, which forgets a word when its bucket is full.
///
/// - Parameters:
///   - width: eight times this, less one, is how many bytes a word may have.
///   - capacity: one more than how many tokens it may have.
struct WordCache<let width: Int, let capacity: Int>: Sendable {
    private struct Slot {
        /// The word, zeros behind it, in the last byte its length; all zeros where the slot is free.
        var key = InlineArray<width, UInt64>(repeating: 0)
        /// The tokens; their number in the last place.
        var ids = InlineArray<capacity, UInt32>(repeating: 0)
    }

    private static var bucketSize: Int { 4 }
    private static var initialBits: Int { 8 }

    private var slots: [Slot]
    private var bits: Int
    private let maximumBits: Int
    private var taken = 0

    /// - Parameter byteCount: the size in memory that the table may grow to.
    init(byteCount: Int) {
        bits = Self.initialBits
        maximumBits = Int.bitWidth - 1 - (byteCount / MemoryLayout<Slot>.stride).leadingZeroBitCount
        slots = [Slot](repeating: Slot(), count: 1 << bits)
    }

    /// Appends the tokens of a word; false where they are not known.
    @inline(__always)
    func append(_ word: Range<Int>, of bytes: Span<UInt8>, to ids: inout [UInt32]) -> Bool {
        guard word.count < 8 * width else { return false }
        let key = Self.key(word, of: bytes)
        let home = home(of: key)
        for offset in 0..<Self.bucketSize where Self.areEqual(slots[home ^ offset].key, key) {
            let count = Int(slots[home ^ offset].ids[capacity - 1])
            ids.append(slots[home ^ offset].ids[0])
            if count > 1 {
                for position in 1..<count { ids.append(slots[home ^ offset].ids[position]) }
            }
            return true
        }
        return false
    }

    /// Keeps the tokens of a word that was not there; false where there are none or too many.
    mutating func insert(_ word: Range<Int>, of bytes: Span<UInt8>, _ ids: ArraySlice<UInt32>) -> Bool {
        guard word.count < 8 * width, !ids.isEmpty, ids.count < capacity else { return false }
        var slot = Slot(key: Self.key(word, of: bytes))
        for (position, id) in ids.enumerated() { slot.ids[position] = id }
        slot.ids[capacity - 1] = UInt32(ids.count)
        if taken * 2 > slots.count, bits < maximumBits { grow() }
        place(slot)
        return true
    }

    /// Puts a slot where there is room in its bucket, or else in the place of another.
    private mutating func place(_ slot: Slot) {
        let home = home(of: slot.key)
        for offset in 0..<Self.bucketSize where slots[home ^ offset].key[width - 1] == 0 {
            slots[home ^ offset] = slot
            taken += 1
            return
        }
        slots[home] = slot
    }

    private mutating func grow() {
        let old = slots
        bits += 1
        slots = [Slot](repeating: Slot(), count: 1 << bits)
        taken = 0
        for slot in old where slot.key[width - 1] != 0 { place(slot) }
    }
}

extension WordCache {
    @inline(__always)
    private static func key(_ word: Range<Int>, of bytes: Span<UInt8>) -> InlineArray<width, UInt64> {
        var key = InlineArray<width, UInt64>(repeating: 0)
        for index in 0..<width where 8 * index < word.count {
            key[index] = bytes.word(at: word.lowerBound + 8 * index, count: min(word.count - 8 * index, 8))
        }
        key[width - 1] |= UInt64(word.count) << 56
        return key
    }

    @inline(__always)
    private static func areEqual(_ left: InlineArray<width, UInt64>, _ right: InlineArray<width, UInt64>) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<width { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    @inline(__always)
    private func home(of key: InlineArray<width, UInt64>) -> Int {
        var hash: UInt64 = 0
        for index in 0..<width { hash = (hash ^ hash >> 32 ^ key[index]) &* 0x9E37_79B9_7F4A_7C15 }
        return Int(truncatingIfNeeded: hash &>> UInt64(64 - bits))
    }
}
