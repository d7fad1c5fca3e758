internal import Support

/// An array of byte strings in one buffer.
struct FlatByteStrings: Sendable {
    private(set) var storage: [UInt8] = []
    private var bounds: [UInt32] = [0]

    init(capacity: Int) {
        bounds.reserveCapacity(capacity + 1)
        storage.reserveCapacity(capacity * 8)
    }

    var count: Int { bounds.count - 1 }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        storage.append(contentsOf: bytes)
        bounds.append(UInt32(storage.count))
    }

    /// The range of a string in `storage`.
    func range(_ index: Int) -> Range<Int> { Int(bounds[index])..<Int(bounds[index + 1]) }

    subscript(index: Int) -> ArraySlice<UInt8> { storage[range(index)] }

    /// Whether a string equals a part of `bytes`.
    func equals(_ index: Int, _ bytes: Span<UInt8>, _ key: Range<Int>) -> Bool {
        let range = range(index)
        guard range.count == key.count else { return false }
        let storage = storage.span
        for offset in stride(from: 0, to: key.count, by: 8) {
            let count = min(8, key.count - offset)
            let word = bytes.word(at: key.lowerBound + offset, count: count)
            if word != storage.word(at: range.lowerBound + offset, count: count) { return false }
        }
        return true
    }

    /// The concatenation of strings as text.
    func text(_ indices: [UInt32]) -> String {
        var count = 0
        for index in indices { count += range(Int(index)).count }
        return String(utf8Capacity: count) { output in
            let bytes = storage.span
            for index in indices { output.append(range(Int(index)), of: bytes) }
        }
    }
}

/// An open-addressing hash table from the strings of a `FlatByteStrings` to their positions.
struct ByteStringIndex: Sendable {
    /// 0 for a free slot, otherwise the upper half of the hash | position + 1. The load is at most 3/4.
    private var slots: [UInt64]

    /// - Parameter capacity: the maximum number of strings that will be inserted.
    init(capacity: Int) {
        var slotCount = 16
        while slotCount * 3 < capacity * 4 { slotCount *= 2 }
        slots = [UInt64](repeating: 0, count: slotCount)
    }

    /// Inserts a string by its position. If there is an equal one already, it is kept and its position returned.
    mutating func insert(_ position: UInt32, in strings: FlatByteStrings) -> UInt32? {
        let key = strings.range(Int(position))
        let hash = Self.hash(strings.storage.span, key)
        let slot = slot(of: strings.storage.span, key, hash, in: strings)
        if slots[slot] != 0 { return Self.position(slots[slot]) }
        slots[slot] = hash & Self.tagMask | UInt64(position + 1)
        return nil
    }

    /// The position of the string that equals a part of `bytes`; nil if there is none.
    func find(_ bytes: Span<UInt8>, _ key: Range<Int>, in strings: FlatByteStrings) -> UInt32? {
        let slot = slots[slot(of: bytes, key, Self.hash(bytes, key), in: strings)]
        return slot == 0 ? nil : Self.position(slot)
    }

    /// The slot that holds an equal string, or the free one where it belongs.
    private func slot(of bytes: Span<UInt8>, _ key: Range<Int>, _ hash: UInt64, in strings: FlatByteStrings) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while case let slot = slots[index], slot != 0,
            slot & Self.tagMask != hash & Self.tagMask
                || !strings.equals(Int(Self.position(slot)), bytes, key)
        {
            index = (index + 1) & mask
        }
        return index
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000

    private static func position(_ slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot) - 1 }

    private static func hash(_ bytes: Span<UInt8>, _ key: Range<Int>) -> UInt64 {
        var hash = UInt64(key.count)
        var index = key.lowerBound
        while index < key.upperBound {
            hash = (hash ^ bytes.word(at: index, count: min(8, key.upperBound - index))) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            index += 8
        }
        return hash
    }
}
