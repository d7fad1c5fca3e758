import EngineTypes
import Scheduling
import Support
import TestSupport
import Testing

@Suite struct BlockPoolTests {
    private func key(_ value: Int) -> BlockKey { BlockKey(hash: hash(of: [TokenID(value)]), group: 0) }

    /// Allocates `count` blocks with contents 1, 2, ... and releases them in the order of allocation.
    private func poolOfCached(_ count: Int) -> BlockPool {
        var pool = BlockPool(blockCount: count + 1, maxBlockCount: 100)
        let blocks = (1...count).map { index in
            let block = pool.allocate()
            pool.cache(block, as: key(index))
            return block
        }
        for block in blocks { pool.release(block, group: 0) }
        return pool
    }

    @Test func `the null block is never handed out`() {
        var pool = BlockPool(blockCount: 4, maxBlockCount: 4)
        let blocks = (0..<3).map { _ in pool.allocate() }
        #expect(Set(blocks) == Set([1, 2, 3].map { BlockID($0) }))
        #expect(pool.freeCount == 0 && pool.usedCount == 3)
    }

    @Test func `the least recently released block is evicted`() {
        var pool = poolOfCached(3)
        pool.touch(pool.cachedBlock(key(1))!)
        pool.release(pool.cachedBlock(key(1))!, group: 0)
        _ = pool.allocate()
        #expect(pool.cachedBlock(key(2)) == nil)
        #expect(pool.cachedBlock(key(1)) != nil && pool.cachedBlock(key(3)) != nil)
    }

    @Test func `blocks without content are used before any is evicted`() {
        var pool = BlockPool(blockCount: 3, maxBlockCount: 3)
        let (cached, plain) = (pool.allocate(), pool.allocate())
        pool.cache(cached, as: key(1))
        pool.release(cached, group: 0)
        pool.release(plain, group: 0)
        #expect(pool.allocate() == plain)
        #expect(pool.evictionCount == 0)
    }

    @Test func `new blocks are used before any is evicted`() {
        var pool = poolOfCached(2)
        #expect(pool.freeUncachedCount == 0)
        pool.grow(to: 4)
        #expect(pool.allocate() == BlockID(3))
        #expect(pool.evictionCount == 0)
    }

    @Test func `a hit leaves the free queue until it is released`() {
        var pool = poolOfCached(2)
        let block = pool.cachedBlock(key(1))!
        pool.touch(block)
        #expect(pool.freeCount == 1 && pool.referenceCount(block) == 1)
        pool.touch(block)
        pool.release(block, group: 0)
        #expect(pool.freeCount == 1)
        pool.release(block, group: 0)
        #expect(pool.freeCount == 2 && pool.isCached(block))
    }

    @Test func `content is found while any duplicate holds it`() {
        var pool = BlockPool(blockCount: 3, maxBlockCount: 3)
        let (first, second) = (pool.allocate(), pool.allocate())
        pool.cache(first, as: key(1))
        pool.cache(second, as: key(1))
        #expect(pool.cachedKeyCount == 1)
        pool.release(first, group: 0)
        #expect(pool.allocate() == first)
        #expect(pool.cachedBlock(key(1)) == second)
        pool.checkInvariants(references: [0, 1, 1])
    }

    /// Evicting one of many blocks with the same content follows only the links to its neighbours.
    @Test func `forgetting a block among many duplicates takes constant work`() {
        let count = 20_000
        var pool = BlockPool(blockCount: count + 1, maxBlockCount: count + 1)
        let blocks = (0..<count).map { _ in pool.allocate() }
        for block in blocks { pool.cache(block, as: key(1)) }
        #expect(pool.followedLinkCount <= 2 * count)
        for block in blocks.reversed() { pool.release(block, group: 0) }
        for held in stride(from: count, to: 0, by: -1) {
            let before = pool.followedLinkCount
            _ = pool.allocate()
            #expect(pool.followedLinkCount - before <= 2 && pool.cachedKeyCount == (held > 1 ? 1 : 0))
        }
        pool.checkInvariants(references: [0] + Array(repeating: 1, count: count))
    }

    /// Blocks with hidden states come first among duplicates, so a lookup visits one block.
    @Test func `duplicates with hidden states are found among many without`() {
        var random = SplitMix(seed: 5)
        var pool = BlockPool(blockCount: 41, maxBlockCount: 41)
        var held: [(block: BlockID, hasStates: Bool)] = []
        for _ in 0..<2000 {
            if held.count < 40, Bool.random(using: &random) {
                let hasStates = Int.random(in: 0..<5, using: &random) == 0
                held.append((pool.allocate(), hasStates))
                pool.cache(held.last!.block, as: key(1), hasHiddenStates: hasStates)
            } else if !held.isEmpty {
                let index = Int.random(in: 0..<held.count, using: &random)
                pool.release(held.remove(at: index).block, group: 0)
                // The only free block with content is allocated last and loses the content then.
                let free = (0..<pool.freeCount).map { _ in pool.allocate() }
                for block in free { pool.release(block, group: 0) }
            }
            var references = Array(repeating: 0, count: 41)
            for (block, _) in held { references[Int(block.rawValue)] = 1 }
            pool.checkInvariants(references: references)
            let found = pool.cachedBlock(key(1), withHiddenStates: true)
            #expect((found != nil) == held.contains(where: \.hasStates))
            #expect(found.map { block in held.contains { $0.block == block && $0.hasStates } } ?? true)
        }
    }

    @Test func `blocks whose content is gone are listed`() {
        var pool = poolOfCached(2)
        pool.tracksFreedBlocks = true
        let evicted = pool.cachedBlock(key(1))!
        let block = pool.allocate()
        #expect(pool.takeFreedBlocks() == [GroupBlock(group: 0, block: evicted)])
        pool.release(block, group: 5)
        #expect(pool.takeFreedBlocks() == [GroupBlock(group: 5, block: block)])
        #expect(pool.takeFreedBlocks().isEmpty)
    }

    @Test func `a reset forgets all content`() {
        var pool = poolOfCached(3)
        pool.resetCache()
        #expect(pool.cachedKeyCount == 0 && pool.freeUncachedCount == 3)
        pool.checkInvariants(references: [0, 0, 0, 0])
    }

    @Test func `releasing a free block traps`() async {
        await #expect(processExitsWith: .failure) {
            var pool = BlockPool(blockCount: 2, maxBlockCount: 2)
            pool.release(BlockID(1), group: 0)
        }
    }
}
