package import EngineTypes

/// Which blocks hold which content. Block tables are append-only, so several blocks may hold the same.
extension BlockPool {
    /// A block that holds `key`'s content, and its final hidden states where these are needed.
    package func cachedBlock(_ key: BlockKey, withHiddenStates: Bool = false) -> BlockID? {
        guard let first = blocksOfKey[key]?.first else { return nil }
        return withHiddenStates && !entries[Int(first)].hasHiddenStates ? nil : BlockID(first)
    }

    package func isCached(_ block: BlockID) -> Bool { entries[index(block)].key != nil }

    /// Contents that a lookup can find.
    package var cachedKeyCount: Int { blocksOfKey.count }

    /// Records that the referenced `block` holds `key`'s content from now on, and is not written any more.
    package mutating func cache(_ block: BlockID, as key: BlockKey, hasHiddenStates: Bool = false) {
        let index = index(block)
        precondition(entries[index].referenceCount > 0, "caching of free block \(block.rawValue)")
        precondition(entries[index].key == nil, "block \(block.rawValue) is cached twice")
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

    /// Forgets all cached content, that of referenced blocks included.
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
