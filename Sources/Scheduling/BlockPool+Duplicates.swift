internal import EngineTypes

/// The ends of the list of blocks that hold one content. Blocks with hidden states come first, so the first block
/// serves every lookup.
struct Duplicates: Sendable {
    var first: Int32
    var last: Int32
}

/// Lists of blocks with the same content, doubly linked through the table so that a block is removed in constant time.
extension BlockPool {
    /// Adds a block to the list of its content.
    mutating func linkDuplicate(_ index: Int32, _ key: BlockKey) {
        guard var ends = blocksOfKey[key] else {
            blocksOfKey[key] = Duplicates(first: index, last: index)
            return
        }
        if entries[Int(index)].hasHiddenStates {
            connect(index, ends.first)
            ends.first = index
        } else {
            connect(ends.last, index)
            ends.last = index
        }
        blocksOfKey[key] = ends
    }

    /// Removes a block from the list of its content.
    mutating func unlinkDuplicate(_ index: Int32, _ key: BlockKey) {
        let (previous, next) = (entries[Int(index)].previousDuplicate, entries[Int(index)].nextDuplicate)
        connect(previous, next)
        entries[Int(index)].previousDuplicate = Self.none
        entries[Int(index)].nextDuplicate = Self.none
        if previous == Self.none && next == Self.none {
            blocksOfKey[key] = nil
        } else if previous == Self.none {
            blocksOfKey[key]?.first = next
        } else if next == Self.none {
            blocksOfKey[key]?.last = previous
        }
    }

    /// Links two blocks as neighbours; if one of them is `none`, the other becomes an end of the list.
    private mutating func connect(_ left: Int32, _ right: Int32) {
        if left != Self.none { entries[follow(left)].nextDuplicate = right }
        if right != Self.none { entries[follow(right)].previousDuplicate = left }
    }

    private mutating func follow(_ link: Int32) -> Int {
        followedLinkCount += 1
        return Int(link)
    }

    /// Watches `keys`: sets `watchedContentChanged` when a block gains or loses content under one of them.
    mutating func watch(_ keys: some Sequence<BlockKey>) {
        watchedKeys = Set(keys)
        watchedContentChanged = false
    }

    mutating func noteChange(of key: BlockKey) {
        if !watchedKeys.isEmpty, watchedKeys.contains(key) { watchedContentChanged = true }
    }
}
