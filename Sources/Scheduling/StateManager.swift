internal import EngineTypes

/// Keeps one state per request, overwritten token by token, in the block of the table's last entry. A state at a block
/// boundary is a checkpoint: once cached it is never written again, and the request continues in a copy, a new last
/// entry. A table has at most one entry per block of tokens.
struct StateManager: CacheGroupManager {
    let group: Int
    /// Tokens between checkpoints.
    let blockSize: Int
    let cachesPrefixes: Bool

    var isReadableInStep: Bool { false }

    var keepsHiddenStates: Bool { false }

    /// Counts the state and the checkpoint from which it is being copied.
    func peakBlockCount(tokenCount: Int) -> Int { cachesPrefixes ? 2 : 1 }

    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int { sequenceCount }

    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int {
        let last = prefix.hashes.prefix(length / blockSize).lastIndex { block(of: $0, prefix, pool) != nil }
        return last.map { ($0 + 1) * blockSize } ?? 0
    }

    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable {
        var table = BlockTable()
        guard length > 0 else { return table }
        table.blocks = [block(of: prefix.hashes[length / blockSize - 1], prefix, pool)!]
        return table
    }

    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool) {}

    func missingBlockCount(tokenCount: Int, _ table: BlockTable, _ pool: BlockPool) -> Int {
        guard let state = table.blocks.last else { return 1 }
        return pool.isCached(state) ? 1 : 0
    }

    func extend(tokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool, _ work: inout BlockWork) {
        guard missingBlockCount(tokenCount: tokenCount, table, pool) > 0 else { return }
        let block = pool.allocate()
        if let checkpoint = table.blocks.last {
            work.copies.append(BlockCopy(group: group, source: checkpoint, destination: block))
            work.heldSources.append(GroupBlock(group: group, block: checkpoint))
            table.blocks[table.blocks.count - 1] = .null
            table.releasedCount = table.blocks.count
        } else {
            work.zeros.append(GroupBlock(group: group, block: block))
        }
        table.blocks.append(block)
    }

    func cache(computedTokenCount: Int, _ prefix: CachedPrefix, _ table: inout BlockTable, _ pool: inout BlockPool) {
        guard computedTokenCount > 0, computedTokenCount % blockSize == 0, let state = table.blocks.last,
            !pool.isCached(state)
        else { return }
        pool.cache(state, as: key(prefix.hashes[computedTokenCount / blockSize - 1]))
    }
}
