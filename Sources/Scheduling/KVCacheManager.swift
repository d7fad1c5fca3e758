package import EngineTypes

/// Gives requests their blocks and finds cached prefixes. One block table a request and cache group; groups whose
/// blocks have equal bytes share a pool. Requests are known by their slot in the request table.
///
/// When content becomes shareable: keys and values as soon as the step that computes them is certain to run them
/// (`cacheComputedBlocks` at the end of the running phase and after each admission), so that requests of one step share
/// a prompt; that is exact because a layer stores the keys and values of the whole step before any row reads them.
/// States only when the next step begins, because copies of them are made before a step computes anything.
package struct KVCacheManager: Sendable {
    let managers: [any CacheGroupManager]
    /// The index into `pools` of each group.
    package let poolOfGroup: [Int]
    package internal(set) var pools: [BlockPool]
    /// The tables of slot `s` start at `s * groupCount`.
    var tables: [BlockTable] = []
    var work = BlockWork()
    var keptHit: KeptHit?
    /// Searches for the cached prefix of a request.
    package internal(set) var prefixSearchCount = 0

    let cachesPrefixes: Bool
    /// Whether a block that is partly filled can serve a second request as a copy: keys and values of every token, in
    /// blocks of one size.
    let canCopyTails: Bool
    /// Whether a cached prefix can have its final hidden states.
    let keepsHiddenStates: Bool
    /// Block size of each hash chain; groups with equal block sizes read one chain.
    let chainBlockSizes: [Int]
    let chainOfGroup: [Int]
    package internal(set) var hasher = PrefixHasher()
    /// Every prefix hit is a multiple of this many tokens.
    package let hitAlignment: Int
    /// Chunks end at multiples of this where they can, so that states stand at a block boundary; 1 without states.
    package let chunkAlignment: Int

    /// Shared by all requests of a step that gained no block.
    let noNewBlocks: [[BlockID]]

    package init(_ configuration: KVCacheConfig, maxBatchedTokens: Int, cachesPrefixes: Bool) {
        let groups = configuration.groups
        precondition(groups.allSatisfy { $0.blockSize > 0 }, "a block stands for at least one token")
        self.cachesPrefixes = cachesPrefixes
        managers = groups.enumerated().map { index, group in
            group.manager(index: index, maxBatchedTokens: maxBatchedTokens, cachesPrefixes: cachesPrefixes)
        }
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
        chunkAlignment = cachesPrefixes && hasStates ? hitAlignment : 1
        noNewBlocks = Array(repeating: [], count: groups.count)
    }

    package var groupCount: Int { managers.count }

    /// The block table of a request in one group.
    package func table(slot: Int, group: Int) -> BlockTable { tables[slot * groupCount + group] }

    /// Blocks that requests hold, over all pools.
    package var usedBlockCount: Int { pools.reduce(0) { $0 + $1.usedCount } }

    /// Blocks of all pools but the null blocks.
    package var blockCount: Int { pools.reduce(0) { $0 + $1.blockCount - 1 } }

    /// The copies that were planned are made, or never will be: gives their sources back.
    package mutating func releaseCopySources() {
        for source in work.heldSources { pools[poolOfGroup[source.group]].release(source.block, group: source.group) }
        work.heldSources.removeAll(keepingCapacity: true)
    }

    /// What the executor does with whole blocks in this step.
    package mutating func takeBlockWork() -> (copies: [BlockCopy], zeros: [GroupBlock]) {
        defer {
            work.copies.removeAll(keepingCapacity: true)
            work.zeros.removeAll(keepingCapacity: true)
        }
        return (work.copies, work.zeros)
    }

    /// Releases all blocks of a request, the last first.
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

    /// The whole table of each group, for a request that the executor does not know.
    package mutating func takeTables(slot: Int) -> [[BlockID]] {
        managers.indices.map { group in
            let table = slot * groupCount + group
            tables[table].sentCount = tables[table].blocks.count
            return tables[table].blocks
        }
    }

    /// What each group's table gained since the last call.
    package mutating func takeNewBlocks(slot: Int) -> [[BlockID]] {
        let range = slot * groupCount..<(slot + 1) * groupCount
        guard range.contains(where: { tables[$0].sentCount < tables[$0].blocks.count }) else { return noNewBlocks }
        return range.map { table in
            defer { tables[table].sentCount = tables[table].blocks.count }
            return Array(tables[table].blocks[tables[table].sentCount...])
        }
    }

    /// Has the pools list the blocks whose content died.
    package mutating func trackFreedBlocks() {
        for index in pools.indices { pools[index].tracksFreedBlocks = true }
    }

    /// The blocks whose content died since the last call.
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
