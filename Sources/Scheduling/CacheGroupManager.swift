internal import EngineTypes

/// The rules by which one kind of cache keeps the tokens of a request in blocks. A manager has no state: the tables
/// belong to `KVCacheManager`, the blocks to the pools.
protocol CacheGroupManager: Sendable {
    var group: Int { get }
    /// Tokens per block.
    var blockSize: Int { get }

    /// Whether its blocks also carry the final hidden states of requests that ask for them. True only for groups that
    /// keep a block for every token.
    var keepsHiddenStates: Bool { get }

    /// Maximum length of the encoder's input if its blocks hold the encoder's tokens instead of the request's own; the
    /// token counts below are then those of that input. Nil for other groups.
    var maxEncoderTokenCount: Int? { get }

    /// Maximum number of blocks that a request of `tokenCount` tokens holds at once, including the copies made by a
    /// step. Both admission and the longest servable request are derived from this bound.
    func peakBlockCount(tokenCount: Int) -> Int

    /// Maximum number of blocks that `sequenceCount` requests of `tokenCount` tokens each hold at once.
    func totalBlockCount(tokenCount: Int, sequenceCount: Int) -> Int

    /// Maximum number of blocks that a step of `tokenCount` tokens of `sequenceCount` requests takes from the pool.
    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int

    /// Returns the length in tokens of the longest cached prefix, at most `length` and a multiple of the block size.
    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int

    /// Returns the block table for a request that takes over a cached prefix of `length` tokens. Its blocks are not
    /// referenced yet.
    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable

    /// Releases the blocks that are not read by any token from `computedTokenCount` on.
    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool)

    /// Returns the number of blocks that `extend` will allocate.
    func missingBlockCount(tokenCount: Int, _ table: BlockTable, _ pool: BlockPool) -> Int

    /// Allocates the blocks that the table lacks for the first `tokenCount` tokens.
    func extend(tokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool, _ work: inout BlockWork)

    /// Whether content can be shared within the step that computes it. True for keys and values, which a layer writes
    /// for all requests of the step before its attention reads any. False for states, which are read before the step.
    var isReadableInStep: Bool { get }

    /// Offers the blocks that are full after `computedTokenCount` tokens to the prefix cache.
    func cache(computedTokenCount: Int, _ prefix: CachedPrefix, _ table: inout BlockTable, _ pool: inout BlockPool)
}

extension CacheGroupManager {
    var maxEncoderTokenCount: Int? { nil }

    func totalBlockCount(tokenCount: Int, sequenceCount: Int) -> Int {
        sequenceCount * peakBlockCount(tokenCount: tokenCount)
    }

    func key(_ hash: BlockHash) -> BlockKey { BlockKey(hash: hash, group: group) }

    /// Returns the cached block with this hash, and with hidden states if both the group keeps them and the prefix
    /// needs them.
    func block(of hash: BlockHash, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockID? {
        pool.cachedBlock(key(hash), withHiddenStates: keepsHiddenStates && prefix.hasHiddenStates)
    }
}

/// The prefix of a request as the cache sees it: the hashes of its full blocks.
struct CachedPrefix {
    var hashes: [BlockHash]
    /// Whether the final hidden states of all tokens are included.
    var hasHiddenStates: Bool
}

/// Whole-block operations that the executor performs before it computes a step.
struct BlockWork: Sendable {
    var copies: [BlockCopy] = []
    var zeros: [GroupBlock] = []
    /// Sources of `copies` that were removed from their request's table; they stay referenced until the copies are
    /// made.
    var heldSources: [GroupBlock] = []

    /// Cancels the pending work on a block that its request releases.
    mutating func cancel(_ block: GroupBlock) {
        copies.removeAll { $0.group == block.group && $0.destination == block.block }
        zeros.removeAll { $0 == block }
    }
}

extension KVCacheGroup {
    /// Makes the manager for this group's kind of cache. `maxBatchedTokens`: maximum tokens per step.
    func manager(index: Int, maxBatchedTokens: Int, cachesPrefixes: Bool) -> any CacheGroupManager {
        switch retention {
        case .all: FullAttentionManager(group: index, blockSize: blockSize)
        case .window(let window):
            SlidingWindowManager(group: index, blockSize: blockSize, window: window, maxBatchedTokens: maxBatchedTokens)
        case .state: StateManager(group: index, blockSize: blockSize, cachesPrefixes: cachesPrefixes)
        case .cross(let maxTokenCount):
            CrossAttentionManager(group: index, blockSize: blockSize, maxEncoderTokenCount: maxTokenCount)
        }
    }
}
