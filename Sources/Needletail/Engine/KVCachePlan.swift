import Architectures
import EngineTypes
import ModelRunner
import Scheduling
import Tensor

/// Plans the initial and maximum size of the key-value cache.
struct KVCachePlan {
    let modules: [CacheSpec]
    let config: KVCacheConfig
    let dtype: ElementType

    /// Initial number of blocks per pool; pools double as requests need it.
    private static let initialBlockCount = 256

    /// The maximum size is the configured one, or what memory allows, but never more than all sequences need at full
    /// length.
    init(
        _ model: any LanguageModel, _ options: EngineOptions, maxModelLength: Int, dtype: ElementType,
        backend: any Backend,
        memory: MemoryLedger
    ) throws(EngineError) {
        self.dtype = dtype
        modules = model.cacheModules
        try Self.requireSupport(modules, dtype, backend)
        let groups = KVCacheGroup.grouping(
            modules.map { $0.group(blockSize: options.blockSize, dtype: dtype, on: backend) })
        func hiddenByteCount(_ group: Int) -> Int {
            HiddenStatePool.byteCount(besideGroup: group, groups, hiddenSize: model.hiddenSize)
        }
        let budget = options.kvCacheByteCount ?? memory.byteLimit
        if let count = options.blockCountOverride {
            config = KVCacheConfig(
                groups: groups, initialBlockCount: Self.initialBlockCount, maxBlockCounts: [count],
                extraByteCount: hiddenByteCount)
        } else {
            let demand = KVCacheDemand(
                byteBudget: budget, maxSequences: options.maxSequences, maxModelLength: maxModelLength,
                maxBatchedTokens: options.maxBatchedTokens, cachesPrefixes: options.enablesPrefixCaching,
                initialBlockCount: Self.initialBlockCount)
            guard let planned = KVCacheConfig(groups: groups, for: demand, extraByteCount: hiddenByteCount) else {
                let bytes = groups.indices.reduce(0) { $0 + groups[$1].blockByteCount + hiddenByteCount($1) }
                throw EngineError(
                    "--kv-cache-memory-bytes: must hold at least two blocks of \(bytes) bytes, got \(budget)")
            }
            config = planned
        }
    }

    /// Bytes at the maximum size.
    var maxByteCount: Int { config.byteCount(of: config.pools.map(\.maxBlockCount)) }

    /// Number of blocks per pool that the engine is guaranteed: the initial ones, and enough for a single request of
    /// `tokenCount` tokens.
    func guaranteedBlockCounts(tokenCount: Int) -> [Int] {
        var needed = config.pools.map { _ in 1 }
        for (group, pool) in zip(config.groups, config.poolOfGroup) { needed[pool] += tokenCount / group.blockSize + 2 }
        return zip(config.pools, needed).map { min(max($0.initialBlockCount, $1), $0.maxBlockCount) }
    }

    private static func requireSupport(
        _ modules: [CacheSpec], _ dtype: ElementType, _ backend: any Backend
    ) throws(EngineError) {
        for module in modules {
            switch module.retention {
            case .all, .window: break
            case .state, .cross: throw EngineError("the model's KV cache: \(module.retention) is not supported")
            }
        }
        do {
            for shape in modules.compactMap({ $0.shape(dtype: dtype) }) { try backend.requireSupport(shape) }
        } catch {
            throw EngineError("the model's KV cache: \(error)")
        }
    }
}
