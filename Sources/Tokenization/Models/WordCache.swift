internal import Support

/// A bounded cache of the tokens of encoded words, which evicts a word when its bucket is full.
///
/// - Parameters:
///   - width: a word has at most `8 * width - 1` bytes.
///   - capacity: a word has at most `capacity - 1` tokens.
struct WordCache<let width: Int, let capacity: Int>: Sendable {
    private struct Slot {
        /// The word, padded with zeros, with its length in the last byte; all zeros in a free slot.
        var key = InlineArray<width, UInt64>(repeating: 0)
        /// The tokens, with their number in the last element.
        var ids = InlineArray<capacity, UInt32>(repeating: 0)
    }

    private static var bucketSize: Int { 4 }
    private static var initialBits: Int { 8 }

    private var slots: [Slot]
    private var bits: Int
    private let maximumBits: Int
    private var taken = 0

    /// - Parameter byteCount: the size in memory up to which the table may grow.
    init(byteCount: Int) {
        bits = Self.initialBits
        maximumBits = Int.bitWidth - 1 - (byteCount / MemoryLayout<Slot>.stride).leadingZeroBitCount
        slots = [Slot](repeating: Slot(), count: 1 << bits)
    }

    /// Appends the tokens of a word; returns false if it is not cached.
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

    /// Caches the tokens of a word that is not in the table; returns false if it has none or does not fit a slot.
    mutating func insert(_ word: Range<Int>, of bytes: Span<UInt8>, _ ids: ArraySlice<UInt32>) -> Bool {
        guard word.count < 8 * width, !ids.isEmpty, ids.count < capacity else { return false }
        var slot = Slot(key: Self.key(word, of: bytes))
        for (position, id) in ids.enumerated() { slot.ids[position] = id }
        slot.ids[capacity - 1] = UInt32(ids.count)
        if taken * 2 > slots.count, bits < maximumBits { grow() }
        place(slot)
        return true
    }

    /// Stores a slot in a free place of its bucket, or else in place of another.
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
