internal import EngineTypes

/// Keeps the keys and values of the encoder's tokens, allocated at the request's first step. The request's own tokens
/// need no blocks. Blocks are never shared, because a request's tokens do not identify the encoder's input.
struct CrossAttentionManager: CacheGroupManager {
    let group: Int
    let blockSize: Int
    let maxEncoderTokenCount: Int?

    var isReadableInStep: Bool { true }

    var keepsHiddenStates: Bool { false }

    func peakBlockCount(tokenCount: Int) -> Int { blockCount(tokenCount) }

    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int {
        sequenceCount * blockCount(maxEncoderTokenCount ?? 0)
    }

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
