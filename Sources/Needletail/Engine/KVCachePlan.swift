import Architectures
import EngineTypes
import ModelRunner
import Tensor

/// How large the key-value cache starts and may become.
struct KVCachePlan {
    let modules: [CacheModule]
    let config: KVCacheConfig
    let dtype: DType
    /// Bytes of a block in all groups, the final hidden states beside it included.
    private let blockByteCount: Int

    /// Blocks that a pool starts with; it doubles as requests need it.
    private static let initialBlockCount = 256

    /// The cap: what the options say, or what memory allows, and never more than all sequences at full length need.
    init(_ model: any LanguageModel, _ options: EngineOptions, maxModelLength: Int, dtype: DType) throws(EngineError) {
        self.dtype = dtype
        modules = model.cacheModules
        let groups = KVCacheGroup.grouping(modules.map { $0.spec(blockSize: options.blockSize, dtype: dtype) })
        let bytesPerBlock =
            groups.reduce(0) { $0 + $1.blockByteCount }
            + HiddenStatePool.blockByteCount(groups, blockSize: options.blockSize, hiddenSize: model.hiddenSize)
        blockByteCount = bytesPerBlock
        let blocksPerSequence = groups.reduce(0) { $0 + (maxModelLength + $1.spec.blockSize - 1) / $1.spec.blockSize }
        let budget =
            options.kvCacheByteCount ?? Int(Double(MemoryBudget.availableByteCount) * MemoryBudget.cacheShare)
        let needed = options.maxSequences * blocksPerSequence + 1
        let cap = options.blockCountOverride ?? min(needed, budget / max(bytesPerBlock, 1))
        guard cap >= 2 else {
            throw EngineError(
                "--kv-cache-memory-bytes: must hold at least two blocks of \(bytesPerBlock) bytes, got \(budget)")
        }
        config = KVCacheConfig(
            groups: groups, initialBlockCount: min(Self.initialBlockCount, cap), maxBlockCount: cap)
    }

    /// Bytes at the cap.
    var maxByteCount: Int { blockByteCount * config.maxBlockCount }
}
