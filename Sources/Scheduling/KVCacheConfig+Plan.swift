package import EngineTypes

/// The limits from which the sizes of an engine's block pools are derived.
package struct KVCacheDemand: Hashable, Sendable {
    /// Maximum number of bytes for all pools together.
    package var byteBudget: Int
    /// Maximum number of requests that run at once.
    package var maxSequences: Int
    package var maxModelLength: Int
    package var maxBatchedTokens: Int
    package var cachesPrefixes: Bool
    package var initialBlockCount: Int

    package init(
        byteBudget: Int, maxSequences: Int, maxModelLength: Int, maxBatchedTokens: Int, cachesPrefixes: Bool,
        initialBlockCount: Int
    ) {
        self.byteBudget = byteBudget
        self.maxSequences = maxSequences
        self.maxModelLength = maxModelLength
        self.maxBatchedTokens = maxBatchedTokens
        self.cachesPrefixes = cachesPrefixes
        self.initialBlockCount = initialBlockCount
    }
}

extension KVCacheConfig {
    /// Plans pools for all requests at full length, scaled down in proportion if they exceed the budget. A window group
    /// counts only the blocks it keeps. `extraByteCount`: bytes that a group keeps beside each block. Returns nil if
    /// the budget does not hold two blocks of every pool.
    package init?(
        groups: [KVCacheGroup], for demand: KVCacheDemand, extraByteCount: (Int) -> Int = { _ in 0 }
    ) {
        let sizes = KVCacheConfig(
            groups: groups, initialBlockCount: 1, maxBlockCounts: [1], extraByteCount: extraByteCount)
        var blockCounts = sizes.pools.map { _ in 1 }
        for (index, group) in groups.enumerated() {
            let manager = group.manager(
                index: index, maxBatchedTokens: demand.maxBatchedTokens, cachesPrefixes: demand.cachesPrefixes)
            blockCounts[sizes.poolOfGroup[index]] += manager.totalBlockCount(
                tokenCount: manager.maxEncoderTokenCount ?? demand.maxModelLength, sequenceCount: demand.maxSequences)
        }
        let wanted = sizes.byteCount(of: blockCounts)
        let budget = min(demand.byteBudget, wanted)
        let counts = wanted == 0 ? blockCounts : blockCounts.map { Int(Double($0) * Double(budget) / Double(wanted)) }
        guard counts.allSatisfy({ $0 >= 2 }) else { return nil }
        self.init(
            groups: groups, initialBlockCount: demand.initialBlockCount, maxBlockCounts: counts,
            extraByteCount: extraByteCount)
    }
}
