internal import EngineTypes

/// How one kind of cache keeps the tokens of a request in blocks. A manager is a rule without state: the tables belong
/// to `KVCacheManager`, the blocks to the pools.
protocol CacheGroupManager: Sendable {
    var group: Int { get }
    /// Tokens that a block stands for.
    var blockSize: Int { get }

    /// Whether its blocks stand for final hidden states too, where a request has them kept: those that stand for every
    /// token.
    var keepsHiddenStates: Bool { get }

    /// The most blocks that a request of `tokenCount` tokens holds at once, a step's copies included. Admission and the
    /// longest servable request follow from this one bound.
    func peakBlockCount(tokenCount: Int) -> Int

    /// The most blocks that `sequenceCount` requests of `tokenCount` tokens hold at once.
    func totalBlockCount(tokenCount: Int, sequenceCount: Int) -> Int

    /// The most blocks that a step of `tokenCount` tokens of `sequenceCount` requests takes from the pool.
    func stepBlockCount(tokenCount: Int, sequenceCount: Int) -> Int

    /// The longest prefix, in tokens, at most `length`, that the cache holds: a multiple of the block size.
    func hitLength(atMost length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> Int

    /// The table of a request that takes over a cached prefix of `length` tokens. The blocks are not referenced yet.
    func hitTable(length: Int, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockTable

    /// Releases the blocks that no token from `computedTokenCount` on reads.
    func releaseUnread(computedTokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool)

    /// Blocks that `extend` will allocate.
    func missingBlockCount(tokenCount: Int, _ table: BlockTable, _ pool: BlockPool) -> Int

    /// Allocates what the table misses for the first `tokenCount` tokens.
    func extend(tokenCount: Int, _ table: inout BlockTable, _ pool: inout BlockPool, _ work: inout BlockWork)

    /// Whether content can be shared within the step that computes it. True for keys and values: a step writes those of
    /// all its requests before any attention of that layer reads. False for states: they are read before the step.
    var isReadableInStep: Bool { get }

    /// Offers to the prefix cache what is full once `computedTokenCount` tokens are computed.
    func cache(computedTokenCount: Int, _ prefix: CachedPrefix, _ table: inout BlockTable, _ pool: inout BlockPool)
}

extension CacheGroupManager {
    func totalBlockCount(tokenCount: Int, sequenceCount: Int) -> Int {
        sequenceCount * peakBlockCount(tokenCount: tokenCount)
    }

    func key(_ hash: BlockHash) -> BlockKey { BlockKey(hash: hash, group: group) }

    /// The cached block of a hash, with its hidden states where the prefix is wanted with them.
    func block(of hash: BlockHash, _ prefix: CachedPrefix, _ pool: BlockPool) -> BlockID? {
        pool.cachedBlock(key(hash), withHiddenStates: keepsHiddenStates && prefix.hasHiddenStates)
    }
}

/// The full blocks of a request's tokens as the cache knows them.
struct CachedPrefix {
    var hashes: [BlockHash]
    /// With the final hidden states of all tokens.
    var hasHiddenStates: Bool
}

/// What the executor does with whole blocks before it computes a step.
struct BlockWork: Sendable {
    var copies: [BlockCopy] = []
    var zeros: [GroupBlock] = []
    /// Sources of `copies` that their request has left; referenced until the copies are made.
    var heldSources: [GroupBlock] = []

    /// Drops the work on a block that its request gives back.
    mutating func cancel(_ block: GroupBlock) {
        copies.removeAll { $0.group == block.group && $0.destination == block.block }
        zeros.removeAll { $0 == block }
    }
}

extension KVCacheGroup {
    /// The manager of this group's kind. `maxBatchedTokens`: tokens of a step at most.
    func manager(index: Int, maxBatchedTokens: Int, cachesPrefixes: Bool) -> any CacheGroupManager {
        switch retention {
        case .all: FullAttentionManager(group: index, blockSize: blockSize)
        case .window(let window):
            SlidingWindowManager(group: index, blockSize: blockSize, window: window, maxBatchedTokens: maxBatchedTokens)
        case .state: StateManager(group: index, blockSize: blockSize, cachesPrefixes: cachesPrefixes)
        }
    }
}
