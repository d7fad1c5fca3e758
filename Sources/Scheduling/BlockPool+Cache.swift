package import EngineTypes

/// Which blocks hold which content. Block tables are append-only, so several blocks may hold the same.
extension BlockPool {
    /// A block that holds `key`'s content, and its final hidden states where these are needed.
    package func cachedBlock(_ key: BlockKey, withHiddenStates: Bool = false) -> BlockID? {
        guard var block = firstBlockOfKey[key] else { return nil }
        while withHiddenStates, !entries[index(block)].hasHiddenStates {
            let next = entries[index(block)].nextDuplicate
            guard next != Self.none else { return nil }
            block = BlockID(next)
        }
        return block
    }

    package func isCached(_ block: BlockID) -> Bool { entries[index(block)].key != nil }

    /// Contents that a lookup can find.
    package var cachedKeyCount: Int { firstBlockOfKey.count }

    /// Records that the referenced `block` holds `key`'s content from now on, and is not written any more.
    package mutating func cache(_ block: BlockID, as key: BlockKey, hasHiddenStates: Bool = false) {
        let index = index(block)
        precondition(entries[index].referenceCount > 0, "caching of free block \(block.rawValue)")
        precondition(entries[index].key == nil, "block \(block.rawValue) is cached twice")
        entries[index].key = key
        entries[index].hasHiddenStates = hasHiddenStates
        if let first = firstBlockOfKey[key] {
            entries[index].nextDuplicate = entries[self.index(first)].nextDuplicate
            entries[self.index(first)].nextDuplicate = block.rawValue
        } else {
            firstBlockOfKey[key] = block
        }
    }

    /// Forgets the content of a block that is not in the free queue.
    mutating func uncache(_ index: Int32) {
        guard let key = entries[Int(index)].key, let first = firstBlockOfKey[key] else { return }
        let next = entries[Int(index)].nextDuplicate
        if first.rawValue == index {
            firstBlockOfKey[key] = next == Self.none ? nil : BlockID(next)
        } else {
            var previous = first.rawValue
            while entries[Int(previous)].nextDuplicate != index { previous = entries[Int(previous)].nextDuplicate }
            entries[Int(previous)].nextDuplicate = next
        }
        entries[Int(index)].nextDuplicate = Self.none
        entries[Int(index)].key = nil
        entries[Int(index)].hasHiddenStates = false
    }

    /// Forgets all cached content, that of referenced blocks included.
    package mutating func resetCache() {
        for index in entries.indices {
            guard let key = entries[index].key else { continue }
            entries[index].key = nil
            entries[index].nextDuplicate = Self.none
            if entries[index].referenceCount == 0 && tracksFreedBlocks {
                freedBlocks.append(GroupBlock(group: Int(key.group), block: BlockID(Int32(index))))
            }
        }
        firstBlockOfKey.removeAll()
        freeCachedCount = 0
    }
}
