internal import EngineTypes

/// The ends of the list of blocks that hold one content. Those with hidden states come first, so that the first block
/// serves every lookup.
struct Duplicates: Sendable {
    var first: Int32
    var last: Int32
}

/// Blocks of one content: doubly linked through the table, so that a block leaves its list in constant time.
extension BlockPool {
    /// Lists a block under its content.
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

    /// Takes a block off the list of its content.
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

    /// Makes two blocks neighbours; `none` beside one makes it an end.
    private mutating func connect(_ left: Int32, _ right: Int32) {
        if left != Self.none { entries[follow(left)].nextDuplicate = right }
        if right != Self.none { entries[follow(right)].previousDuplicate = left }
    }

    private mutating func follow(_ link: Int32) -> Int {
        followedLinkCount += 1
        return Int(link)
    }

    /// Sets `watchedContentChanged` from now on when a block gains or loses one of these contents.
    mutating func watch(_ keys: some Sequence<BlockKey>) {
        watchedKeys = Set(keys)
        watchedContentChanged = false
    }

    mutating func noteChange(of key: BlockKey) {
        if !watchedKeys.isEmpty, watchedKeys.contains(key) { watchedContentChanged = true }
    }
}
