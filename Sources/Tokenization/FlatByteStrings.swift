/// An array of byte strings in one buffer.
struct FlatByteStrings: Sendable {
    private var storage: [UInt8] = []
    private var ends: [UInt32] = []

    init(capacity: Int) {
        ends.reserveCapacity(capacity)
        storage.reserveCapacity(capacity * 8)
    }

    var count: Int { ends.count }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        storage.append(contentsOf: bytes)
        ends.append(UInt32(storage.count))
    }

    subscript(index: Int) -> ArraySlice<UInt8> {
        storage[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }
}

/// An open-addressing hash table from the strings of a `FlatByteStrings` to their positions.
struct ByteStringIndex: Sendable {
    /// 0 for a free slot, otherwise the upper half of the hash << 32 | position + 1. At most three in four are taken.
    private var slots: [UInt64]

    /// - Parameter capacity: the most strings that will be inserted.
    init(capacity: Int) {
        var slotCount = 16
        while slotCount * 3 < capacity * 4 { slotCount *= 2 }
        slots = [UInt64](repeating: 0, count: slotCount)
    }

    /// Inserts a string by its position; returns the position of an equal one that was there before, which stays.
    mutating func insert(_ position: UInt32, in strings: FlatByteStrings) -> UInt32? {
        let key = strings[Int(position)]
        let hash = Self.hash(key)
        let slot = slot(of: key, hash, in: strings)
        if slots[slot] != 0 { return Self.position(slots[slot]) }
        slots[slot] = hash & Self.tagMask | UInt64(position + 1)
        return nil
    }

    func find(_ key: ArraySlice<UInt8>, in strings: FlatByteStrings) -> UInt32? {
        let slot = slots[slot(of: key, Self.hash(key), in: strings)]
        return slot == 0 ? nil : Self.position(slot)
    }

    /// The slot that holds an equal string, or the free one where it belongs.
    private func slot(of key: ArraySlice<UInt8>, _ hash: UInt64, in strings: FlatByteStrings) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while case let slot = slots[index], slot != 0,
            slot & Self.tagMask != hash & Self.tagMask || strings[Int(Self.position(slot))] != key
        {
            index = (index + 1) & mask
        }
        return index
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000

    private static func position(_ slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot) - 1 }

    private static func hash(_ key: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash ^ (hash >> 32)
    }
}
