package import EngineTypes

/// The blocks that one or more cache groups with equal block sizes in bytes allocate from. Block 0 is the null block:
/// it is never allocated, freed or cached.
///
/// A block is either referenced (`referenceCount` > 0) or in the free queue. A free block keeps its cached content
/// until it is allocated again. The queue starts with the blocks without content; the cached ones follow, least
/// recently used first, so content is evicted only when no other block is left.
package struct BlockPool: Sendable {
    static let none: Int32 = -1

    /// One row of the pool's block table.
    struct Entry: Sendable {
        var referenceCount: Int32 = 0
        var previousFree = BlockPool.none
        var nextFree = BlockPool.none
        /// Neighbours in the list of blocks with the same content.
        var previousDuplicate = BlockPool.none
        var nextDuplicate = BlockPool.none
        /// Set while the block holds cached content.
        var key: BlockKey?
        /// Whether the final hidden states of the cached tokens are kept too.
        var hasHiddenStates = false
    }

    var entries: [Entry]
    var firstFree = BlockPool.none
    var lastFree = BlockPool.none
    /// The blocks of each cached content, as a list linked through `entries`.
    var blocksOfKey: [BlockKey: Duplicates] = [:]
    /// Contents that set `watchedContentChanged` when a block gains or loses them.
    var watchedKeys: Set<BlockKey> = []
    var watchedContentChanged = false

    /// Blocks in the free queue, with or without cached content.
    package internal(set) var freeCount = 0
    /// Blocks in the free queue that hold cached content.
    package internal(set) var freeCachedCount = 0
    /// Maximum number of blocks that `grow` may create, including the null block.
    package let maxBlockCount: Int
    /// Number of cached contents evicted to allocate their blocks.
    package internal(set) var evictionCount = 0
    /// Number of duplicate-list links followed to cache a block or to forget its content.
    package internal(set) var followedLinkCount = 0

    /// Whether to record the blocks whose content is lost, for checked runs.
    package var tracksFreedBlocks = false
    var freedBlocks: [GroupBlock] = []

    package init(blockCount: Int, maxBlockCount: Int) {
        precondition(
            blockCount >= 1 && blockCount <= maxBlockCount, "\(blockCount) blocks: not in 1...\(maxBlockCount)")
        self.maxBlockCount = maxBlockCount
        entries = [Entry()]
        entries.reserveCapacity(blockCount)
        grow(to: blockCount)
    }

    /// Number of blocks, including the null block.
    package var blockCount: Int { entries.count }

    /// Number of blocks that requests hold.
    package var usedCount: Int { entries.count - 1 - freeCount }

    /// Number of blocks that `grow` may still add.
    package var growableCount: Int { maxBlockCount - entries.count }

    /// Free blocks that can be allocated without evicting cached content.
    package var freeUncachedCount: Int { freeCount - freeCachedCount }

    package func referenceCount(_ block: BlockID) -> Int { Int(entries[index(block)].referenceCount) }

    /// Grows the pool to `count` blocks. The new ones go to the front of the free queue, so they are used before cached
    /// content is evicted.
    package mutating func grow(to count: Int) {
        precondition(count <= maxBlockCount, "cannot grow to \(count) blocks: the maximum is \(maxBlockCount)")
        guard count > entries.count else { return }
        let first = entries.count
        entries.append(contentsOf: repeatElement(Entry(), count: count - first))
        for index in (first..<count).reversed() { pushFront(Int32(index)) }
    }

    /// Takes the block at the head of the free queue, with one reference, and evicts its cached content.
    package mutating func allocate() -> BlockID {
        precondition(firstFree != Self.none, "none of the pool's \(entries.count) blocks is free")
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

    /// Adds a reference to a block of a prefix hit, whether free or not. The null block is not counted.
    package mutating func touch(_ block: BlockID) {
        guard block != .null else { return }
        if entries[index(block)].referenceCount == 0 { unlink(block.rawValue) }
        entries[index(block)].referenceCount += 1
    }

    /// Drops a reference held by `group`; dropping the last one returns the block to the free queue. Release a
    /// request's blocks from last to first, so that the tail of a prefix is evicted before its head.
    package mutating func release(_ block: BlockID, group: Int) {
        guard block != .null else { return }
        let index = index(block)
        precondition(entries[index].referenceCount > 0, "cannot release block \(block.rawValue): it is free")
        entries[index].referenceCount -= 1
        guard entries[index].referenceCount == 0 else { return }
        if entries[index].key != nil {
            pushBack(block.rawValue)
        } else {
            noteFreed(block, group: group)
            pushFront(block.rawValue)
        }
    }

    /// Returns the blocks whose content was lost since the last call.
    package mutating func takeFreedBlocks() -> [GroupBlock] {
        defer { freedBlocks.removeAll() }
        return freedBlocks
    }

    func index(_ block: BlockID) -> Int { Int(block.rawValue) }

    private mutating func noteFreed(_ block: BlockID, group: Int) {
        if tracksFreedBlocks { freedBlocks.append(GroupBlock(group: group, block: block)) }
    }
}
