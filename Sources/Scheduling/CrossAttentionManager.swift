internal import EngineTypes

/// Keeps the keys and values of the encoder's tokens, all of them from a request's first step on. The request's own
/// tokens take no room, and nothing is shared between requests: tokens do not identify the encoder's input.
struct CrossAttentionManager: CacheGroupManager {
    let group: Int
    let blockSize: Int
    let maxTokenCount: Int

    var isReadableInStep: Bool { true }

    var keepsHiddenStates: Bool { false }

    var keepsEncoderTokens: Bool { true }

    func peakBlockCount(tokenCount: Int) -> Int { blockCount(maxTokenCount) }

    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int { sequenceCount * blockCount(maxTokenCount) }

    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int { 0 }

    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable { BlockTable() }

    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool) {}

    func missingBlockCount(tokenCount: Int, _ table: BlockTable, _ pool: BlockPool) -> Int {
        max(0, blockCount(tokenCount) - table.blocks.count)
    }

    func extend(tokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool, _ work: inout BlockWork) {
        table.allocate(to: blockCount(tokenCount), &pool)
    }

    func cache(computedTokenCount: Int, _ prefix: CachedPrefix, _ table: inout BlockTable, _ pool: inout BlockPool) {}

    private func blockCount(_ tokenCount: Int) -> Int { (tokenCount + blockSize - 1) / blockSize }
}
