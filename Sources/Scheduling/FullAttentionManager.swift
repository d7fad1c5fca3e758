internal import EngineTypes

/// Keeps the keys and values of every token: block `i` holds the `blockSize` tokens from `i * blockSize` on.
struct FullAttentionManager: CacheGroupManager {
    let group: Int
    let blockSize: Int

    var isReadableInStep: Bool { true }

    var keepsHiddenStates: Bool { true }

    func peakBlockCount(tokenCount: Int) -> Int { blockCount(tokenCount) }

    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int { tokenCount / blockSize + sequenceCount }

    /// Searches left to right. Every prefix of a cached prefix is cached too, unless part of it was evicted; the hit
    /// ends there.
    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int {
        let limit = length / blockSize
        let count = prefix.hashes.prefix(limit).firstIndex { block(of: $0, prefix, pool) == nil } ?? limit
        return count * blockSize
    }

    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable {
        var table = BlockTable()
        table.blocks = prefix.hashes.prefix(length / blockSize).map { block(of: $0, prefix, pool)! }
        table.cachedCount = table.blocks.count
        return table
    }

    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool) {}

    func missingBlockCount(tokenCount: Int, _ table: BlockTable, _ pool: BlockPool) -> Int {
        max(0, blockCount(tokenCount) - table.blocks.count)
    }

    func extend(tokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool, _ work: inout BlockWork) {
        table.allocate(to: blockCount(tokenCount), &pool)
    }

    func cache(computedTokenCount: Int, _ prefix: CachedPrefix, _ table: inout BlockTable, _ pool: inout BlockPool) {
        table.cache(to: computedTokenCount / blockSize, prefix, group: group, &pool)
    }

    private func blockCount(_ tokenCount: Int) -> Int { (tokenCount + blockSize - 1) / blockSize }
}

/// Table operations shared by both kinds of attention.
extension BlockTable {
    mutating func allocate(to count: Int, _ pool: inout BlockPool) {
        while blocks.count < count { blocks.append(pool.allocate()) }
    }

    mutating func cache(to count: Int, _ prefix: CachedPrefix, group: Int, _ pool: inout BlockPool) {
        while cachedCount < count {
            let block = blocks[cachedCount]
            if block != .null {
                let key = BlockKey(hash: prefix.hashes[cachedCount], group: group)
                pool.cache(block, as: key, hasHiddenStates: prefix.hasHiddenStates)
            }
            cachedCount += 1
        }
    }
}
