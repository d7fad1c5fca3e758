package import EngineTypes

/// Allocates blocks to requests and finds cached prefixes. There is one block table per request and cache group; groups
/// whose blocks have the same number of bytes share a pool. Requests are identified by their slot in the request table.
///
/// Keys and values become shareable as soon as the step is certain to compute them (`cacheComputedBlocks`), so requests
/// in one step share a prompt: a layer stores them for the whole step before any row reads them. States become
/// shareable when the next step begins, because they are copied before a step computes anything.
package struct KVCacheManager: Sendable {
    let managers: [any CacheGroupManager]
    /// Index into `pools` of each group.
    package let poolOfGroup: [Int]
    package internal(set) var pools: [BlockPool]
    /// The tables of slot `s` start at `s * groupCount`.
    var tables: [BlockTable] = []
    var work = BlockWork()
    var keptHit: KeptHit?
    /// Number of prefix searches so far.
    package internal(set) var prefixSearchCount = 0

    let cachesPrefixes: Bool
    /// Whether a partly filled block can be copied for a second request. True if all groups keep every token and have
    /// the same block size.
    let canCopyTails: Bool
    /// Whether a cached prefix can include its final hidden states.
    let keepsHiddenStates: Bool
    /// Block size of each hash chain; groups with equal block sizes share a chain.
    let chainBlockSizes: [Int]
    let chainOfGroup: [Int]
    package internal(set) var hasher = PrefixHasher()
    /// Every prefix hit is a multiple of this many tokens.
    package let hitAlignment: Int
    /// Chunks end at multiples of this where possible, so that states fall on block boundaries; 1 if no states are
    /// cached.
    package let chunkAlignment: Int

    /// Maximum length of an encoder's input; 0 if no group keeps one.
    package let maxEncoderTokenCount: Int

    /// Shared by all requests of a step that gained no blocks.
    let noNewBlocks: [[BlockID]]

    package init(_ configuration: KVCacheConfig, maxBatchedTokens: Int, cachesPrefixes: Bool) {
        let groups = configuration.groups
        precondition(groups.allSatisfy { $0.blockSize > 0 }, "the block size must be at least 1")
        managers = groups.enumerated().map { index, group in
            group.manager(index: index, maxBatchedTokens: maxBatchedTokens, cachesPrefixes: cachesPrefixes)
        }
        // A request's tokens do not identify what its encoder's tokens contribute to the other groups.
        let encoderLimits = managers.compactMap(\.maxEncoderTokenCount)
        maxEncoderTokenCount = encoderLimits.min() ?? 0
        self.cachesPrefixes = cachesPrefixes && encoderLimits.isEmpty
        canCopyTails =
            managers.allSatisfy { $0 is FullAttentionManager } && Set(managers.map(\.blockSize)).count == 1
        keepsHiddenStates = managers.contains(where: \.keepsHiddenStates)
        poolOfGroup = configuration.poolOfGroup
        pools = configuration.pools.map {
            BlockPool(blockCount: $0.initialBlockCount, maxBlockCount: $0.maxBlockCount)
        }
        let blockSizes = groups.map(\.blockSize)
        var chains: [Int] = []
        for size in blockSizes where !chains.contains(size) { chains.append(size) }
        chainBlockSizes = chains
        chainOfGroup = blockSizes.map { chains.firstIndex(of: $0)! }
        hitAlignment = leastCommonMultiple(blockSizes)
        let hasStates = groups.contains { $0.retention == .state }
        chunkAlignment = self.cachesPrefixes && hasStates ? hitAlignment : 1
        noNewBlocks = Array(repeating: [], count: groups.count)
    }

    package var groupCount: Int { managers.count }

    /// Returns the block table of a request in one group.
    package func table(slot: Int, group: Int) -> BlockTable { tables[slot * groupCount + group] }

    /// Number of blocks that requests hold, over all pools.
    package var usedBlockCount: Int { pools.reduce(0) { $0 + $1.usedCount } }

    /// Number of blocks in all pools, not counting the null blocks.
    package var blockCount: Int { pools.reduce(0) { $0 + $1.blockCount - 1 } }

    /// Releases the sources of planned copies, once those are made or no longer needed.
    package mutating func releaseCopySources() {
        for source in work.heldSources { pools[poolOfGroup[source.group]].release(source.block, group: source.group) }
        work.heldSources.removeAll(keepingCapacity: true)
    }

    /// Returns and clears the whole-block operations that the executor performs in this step.
    package mutating func takeBlockWork() -> (copies: [BlockCopy], zeros: [GroupBlock]) {
        defer {
            work.copies.removeAll(keepingCapacity: true)
            work.zeros.removeAll(keepingCapacity: true)
        }
        return (work.copies, work.zeros)
    }

    /// Releases all blocks of a request, from last to first.
    package mutating func free(slot: Int) {
        for group in managers.indices {
            let table = slot * groupCount + group
            for index in tables[table].blocks.indices.reversed() {
                let block = tables[table].blocks[index]
                guard block != .null else { continue }
                work.cancel(GroupBlock(group: group, block: block))
                pools[poolOfGroup[group]].release(block, group: group)
            }
            tables[table].removeAll()
        }
    }

    /// Makes room for the tables of `slotCount` slots.
    package mutating func reserve(slotCount: Int) {
        while tables.count < slotCount * groupCount { tables.append(BlockTable()) }
    }

    /// Returns the whole table of each group, for a request that is new to the executor.
    package mutating func takeTables(slot: Int) -> [[BlockID]] {
        managers.indices.map { group in
            let table = slot * groupCount + group
            tables[table].sentCount = tables[table].blocks.count
            return tables[table].blocks
        }
    }

    /// Returns the blocks that each group's table gained since the last call.
    package mutating func takeNewBlocks(slot: Int) -> [[BlockID]] {
        let range = slot * groupCount..<(slot + 1) * groupCount
        guard range.contains(where: { tables[$0].sentCount < tables[$0].blocks.count }) else { return noNewBlocks }
        return range.map { table in
            defer { tables[table].sentCount = tables[table].blocks.count }
            return Array(tables[table].blocks[tables[table].sentCount...])
        }
    }

    /// Makes the pools record the blocks whose content is lost.
    package mutating func trackFreedBlocks() {
        for index in pools.indices { pools[index].tracksFreedBlocks = true }
    }

    /// Returns the blocks whose content was lost since the last call.
    package mutating func takeFreedBlocks() -> [GroupBlock] {
        pools.indices.flatMap { pools[$0].takeFreedBlocks() }
    }

    /// Forgets all cached content.
    package mutating func resetPrefixCache() {
        for index in pools.indices { pools[index].resetCache() }
    }
}

private func leastCommonMultiple(_ values: [Int]) -> Int {
    values.reduce(1) { multiple, value in
        var (a, b) = (multiple, value)
        while b != 0 { (a, b) = (b, a % b) }
        return multiple / a * value
    }
}
