package import EngineTypes

/// The blocks that one or several cache groups with equal block bytes allocate from. Block 0 is the null block: never
/// allocated, freed or cached.
///
/// A block is referenced (`referenceCount` > 0) or in the free queue, never both. A free block may still hold cached
/// content; it keeps it until the block is allocated anew. The free queue has the blocks without cached content in
/// front and behind them the cached ones, least recently used first, so that content is given up only when nothing
/// else is left.
package struct BlockPool: Sendable {
    static let none: Int32 = -1

    /// One row of the pool's flat table.
    struct Entry: Sendable {
        var referenceCount: Int32 = 0
        var previousFree = BlockPool.none
        var nextFree = BlockPool.none
        /// The neighbours among the blocks that hold the same content.
        var previousDuplicate = BlockPool.none
        var nextDuplicate = BlockPool.none
        /// Set while the block holds cached content.
        var key: BlockKey?
        /// The final hidden states of the cached tokens are kept as well.
        var hasHiddenStates = false
    }

    var entries: [Entry]
    var firstFree = BlockPool.none
    var lastFree = BlockPool.none
    /// The blocks of each cached content, linked through the table.
    var blocksOfKey: [BlockKey: Duplicates] = [:]
    /// Contents whose coming and going sets `watchedContentChanged`.
    var watchedKeys: Set<BlockKey> = []
    var watchedContentChanged = false

    /// Blocks in the free queue, with cached content or without.
    package internal(set) var freeCount = 0
    /// Blocks in the free queue that hold cached content.
    package internal(set) var freeCachedCount = 0
    /// Blocks that `grow` may make at most, the null block included.
    package let maxBlockCount: Int
    /// Cached contents given up for new ones.
    package internal(set) var evictionCount = 0
    /// Links between blocks of one content that were followed to cache a block or to forget it.
    package internal(set) var followedLinkCount = 0

    /// Whether to list the blocks whose content died, for checked runs.
    package var tracksFreedBlocks = false
    var freedBlocks: [GroupBlock] = []

    package init(blockCount: Int, maxBlockCount: Int) {
        precondition(blockCount >= 1 && blockCount <= maxBlockCount, "\(blockCount) of at most \(maxBlockCount) blocks")
        self.maxBlockCount = maxBlockCount
        entries = [Entry()]
        entries.reserveCapacity(blockCount)
        grow(to: blockCount)
    }

    /// Blocks, the null block included.
    package var blockCount: Int { entries.count }

    /// Blocks that some request holds.
    package var usedCount: Int { entries.count - 1 - freeCount }

    /// Blocks that `grow` may still add.
    package var growableCount: Int { maxBlockCount - entries.count }

    /// Free blocks whose allocation costs no cached content.
    package var freeUncachedCount: Int { freeCount - freeCachedCount }

    package func referenceCount(_ block: BlockID) -> Int { Int(entries[index(block)].referenceCount) }

    /// Adds blocks up to `count` in all, in front of the free queue: they are used before cached content is given up.
    package mutating func grow(to count: Int) {
        precondition(count <= maxBlockCount, "\(count) blocks, at most \(maxBlockCount)")
        guard count > entries.count else { return }
        let first = entries.count
        entries.append(contentsOf: repeatElement(Entry(), count: count - first))
        for index in (first..<count).reversed() { pushFront(Int32(index)) }
    }

    /// Takes the block at the head of the free queue, with one reference; its cached content is given up.
    package mutating func allocate() -> BlockID {
        precondition(firstFree != Self.none, "allocation from an empty pool of \(entries.count) blocks")
        let index = firstFree
        unlink(index)
        if let key = entries[Int(index)].key {
            uncache(index)
            evictionCount += 1
            noteFreed(BlockID(index), group: Int(key.group))
        }
        entries[Int(index)].referenceCount = 1
        return BlockID(index)
    }

    /// Adds a reference to a block of a prefix hit, free or not. The null block has no count.
    package mutating func touch(_ block: BlockID) {
        guard block != .null else { return }
        if entries[index(block)].referenceCount == 0 { unlink(block.rawValue) }
        entries[index(block)].referenceCount += 1
    }

    /// Drops a reference that `group` held. The last one puts the block into the free queue. A request's blocks are
    /// released from its last to its first, so that the tails of a prefix are given up before its head.
    package mutating func release(_ block: BlockID, group: Int) {
        guard block != .null else { return }
        let index = index(block)
        precondition(entries[index].referenceCount > 0, "release of free block \(block.rawValue)")
        entries[index].referenceCount -= 1
        guard entries[index].referenceCount == 0 else { return }
        if entries[index].key != nil {
            pushBack(block.rawValue)
        } else {
            noteFreed(block, group: group)
            pushFront(block.rawValue)
        }
    }

    /// The blocks whose content died since the last call.
    package mutating func takeFreedBlocks() -> [GroupBlock] {
        defer { freedBlocks.removeAll() }
        return freedBlocks
    }

    func index(_ block: BlockID) -> Int { Int(block.rawValue) }

    private mutating func noteFreed(_ block: BlockID, group: Int) {
        if tracksFreedBlocks { freedBlocks.append(GroupBlock(group: group, block: block)) }
    }
}
