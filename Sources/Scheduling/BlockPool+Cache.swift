package import EngineTypes

/// The prefix cache: which blocks hold which content. Block tables are append-only, so several blocks may hold the same
/// content.
extension BlockPool {
    /// Returns a block that holds the content of `key`, and its final hidden states too if `withHiddenStates` is set.
    package func cachedBlock(_ key: BlockKey, withHiddenStates: Bool = false) -> BlockID? {
        guard let first = blocksOfKey[key]?.first else { return nil }
        return withHiddenStates && !entries[Int(first)].hasHiddenStates ? nil : BlockID(first)
    }

    package func isCached(_ block: BlockID) -> Bool { entries[index(block)].key != nil }

    /// Number of distinct contents that a lookup can find.
    package var cachedKeyCount: Int { blocksOfKey.count }

    /// Records that the referenced `block` holds the content of `key` and will not be written again.
    package mutating func cache(_ block: BlockID, as key: BlockKey, hasHiddenStates: Bool = false) {
        let index = index(block)
        precondition(entries[index].referenceCount > 0, "cannot cache block \(block.rawValue): it is free")
        precondition(entries[index].key == nil, "block \(block.rawValue) is already cached")
        entries[index].key = key
        entries[index].hasHiddenStates = hasHiddenStates
        linkDuplicate(block.rawValue, key)
        noteChange(of: key)
    }

    /// Forgets the content of a block that is not in the free queue.
    mutating func uncache(_ index: Int32) {
        guard let key = entries[Int(index)].key else { return }
        unlinkDuplicate(index, key)
        entries[Int(index)].key = nil
        entries[Int(index)].hasHiddenStates = false
        noteChange(of: key)
    }

    /// Forgets all cached content, including that of referenced blocks.
    package mutating func resetCache() {
        for index in entries.indices {
            guard let key = entries[index].key else { continue }
            entries[index].key = nil
            entries[index].hasHiddenStates = false
            entries[index].previousDuplicate = Self.none
            entries[index].nextDuplicate = Self.none
            if entries[index].referenceCount == 0 && tracksFreedBlocks {
                freedBlocks.append(GroupBlock(group: Int(key.group), block: BlockID(Int32(index))))
            }
        }
        blocksOfKey.removeAll()
        freeCachedCount = 0
        watchedContentChanged = true
    }
}
