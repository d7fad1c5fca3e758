internal import EngineTypes

/// Keeps the keys and values of the last `window` tokens: a query reads itself and the `window - 1` tokens before it.
/// Blocks that have left the window are released, and their entries become null.
struct SlidingWindowManager: CacheGroupManager {
    let group: Int
    let blockSize: Int
    let window: Int
    /// Maximum chunk of one request that a step may compute, in tokens.
    let maxBatchedTokens: Int

    var isReadableInStep: Bool { true }

    var keepsHiddenStates: Bool { false }

    /// Covers a chunk and the window before it, at the worst alignment.
    func peakBlockCount(tokenCount: Int) -> Int {
        let span = window - 1 + maxBatchedTokens
        return min(blockCount(tokenCount), (span + blockSize - 2) / blockSize + 1)
    }

    /// The requests share the tokens of a step; in addition, each holds its own window.
    func totalBlockCount(tokenCount: Int, sequenceCount: Int) -> Int {
        let windows = sequenceCount * min(blockCount(tokenCount), windowBlockCount + 1)
        let step = blockCount(maxBatchedTokens) + sequenceCount
        return min(windows + step, sequenceCount * peakBlockCount(tokenCount: tokenCount))
    }

    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int { tokenCount / blockSize + sequenceCount }

    /// Searches right to left. The first run of cached blocks that spans the window ends the longest hit; a run that
    /// reaches the start of the sequence is always long enough.
    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int {
        let limit = length / blockSize
        var end = limit
        var index = limit
        while index > 0, end - index < windowBlockCount {
            index -= 1
            if block(of: prefix.hashes[index], prefix, pool) == nil { end = index }
        }
        return end * blockSize
    }

    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable {
        let count = length / blockSize
        let first = max(0, count - windowBlockCount)
        var table = BlockTable()
        table.blocks = (0..<count).map { $0 < first ? .null : block(of: prefix.hashes[$0], prefix, pool)! }
        table.releasedCount = first
        table.cachedCount = count
        return table
    }

    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool) {
        let firstRead = max(0, computedTokenCount - (window - 1)) / blockSize
        let end = min(firstRead, table.blocks.count)
        guard end > table.releasedCount else { return }
        for index in (table.releasedCount..<end).reversed() {
            pool.release(table.blocks[index], group: group)
            table.blocks[index] = .null
        }
        table.releasedCount = end
    }

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

    /// Number of blocks before a block boundary that a query at the boundary reads.
    private var windowBlockCount: Int { (window - 1 + blockSize - 1) / blockSize }
}
