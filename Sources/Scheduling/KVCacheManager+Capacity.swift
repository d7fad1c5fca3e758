internal import EngineTypes

extension KVCacheManager {
    /// Returns the length of the longest request, at most `limit` tokens, that fits into the pools at their maximum
    /// size when it runs alone. Requests never grow beyond it, so one that runs alone always gets its blocks.
    package func longestRequest(limit: Int) -> Int {
        var (fits, tooLong) = (0, limit + 1)
        while tooLong - fits > 1 {
            let middle = (fits + tooLong) / 2
            if peakFits(middle) { fits = middle } else { tooLong = middle }
        }
        return fits
    }

    private func peakFits(_ tokenCount: Int) -> Bool {
        pools.indices.allSatisfy { pool in
            demand(on: pool) { $0.peakBlockCount(tokenCount: $0.maxEncoderTokenCount ?? tokenCount) } <= pools[pool]
                .maxBlockCount - 1
        }
    }

    /// Returns the block count each pool needs so that a step of at most `tokenCount` tokens of `sequenceCount`
    /// requests finds free blocks without evicting cached content; nil if no pool has to grow or can. A pool that grows
    /// at least doubles, so growth is rare.
    package func blockCountsToGrowTo(tokenCount: Int, sequenceCount: Int) -> [Int]? {
        func grownCount(_ pool: Int) -> Int {
            let demand = demand(on: pool) {
                $0.stepBlockCount(tokenCount: tokenCount, sequenceCount: sequenceCount)
            }
            let (held, missing) = (pools[pool].blockCount, demand - pools[pool].freeUncachedCount)
            return missing > 0 ? min(held + max(missing, held), pools[pool].maxBlockCount) : held
        }
        let grows = pools.indices.contains { pools[$0].growableCount > 0 && grownCount($0) > pools[$0].blockCount }
        return grows ? pools.indices.map(grownCount) : nil
    }

    package mutating func growPools(to blockCounts: [Int]) {
        for (index, count) in blockCounts.enumerated() { pools[index].grow(to: count) }
    }

    /// Whether every pool has enough free blocks for what `count` demands for its groups; `growing` counts blocks it
    /// could add.
    func demandFits(growing: Bool = false, _ count: (any CacheGroupManager) -> Int) -> Bool {
        pools.indices.allSatisfy { pool in
            demand(on: pool, count) <= pools[pool].freeCount + (growing ? pools[pool].growableCount : 0)
        }
    }

    private func demand(on pool: Int, _ count: (any CacheGroupManager) -> Int) -> Int {
        managers.reduce(0) { sum, manager in
            poolOfGroup[manager.group] == pool ? sum + count(manager) : sum
        }
    }

    func pool(of manager: any CacheGroupManager) -> BlockPool { pools[poolOfGroup[manager.group]] }
}
