package import EngineTypes
package import Layers
package import Tensor

/// A causal language model. Hidden states and logits are computed separately, so that logits are computed only for the
/// rows that need them.
package protocol LanguageModel: Sendable {
    var vocabularySize: Int { get }
    var hiddenSize: Int { get }
    /// Maximum sequence length for which the model was trained.
    var maxPositionCount: Int { get }

    /// Maximum sequence length that may be asked for: the trained one, or the one to which rotary scaling stretches it.
    var stretchedPositionCount: Int { get }

    /// Requests that may become longer than this use the second variant of the rotary factors; nil if there is only
    /// one.
    var shortRotaryLength: Int? { get }

    /// Whether routers choose experts, so that small differences of their inputs can change the result.
    var hasExperts: Bool { get }

    /// The cache modules that layers keep per request, in the order of `ForwardContext.caches`; empty for a model
    /// without a cache.
    var cacheModules: [CacheSpec] { get }

    /// Returns the normalised final hidden states `[tokens, hiddenSize]`, of the context's kept rows only if it has
    /// any. Only enqueues work; the result is in the context's scratch memory.
    func forward(_ input: ForwardInput, _ context: ForwardContext) -> Tensor

    /// Returns logits `[rows, vocabularySize]` for rows of final hidden states.
    func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor
}

extension LanguageModel {
    package var stretchedPositionCount: Int { maxPositionCount }

    /// Returns the storage type of keys and values if `type` is asked for: routers need more digits than bfloat16 has,
    /// and float16 takes no more memory.
    package func cacheType(for type: ElementType) -> ElementType {
        hasExperts && type == .bfloat16 ? .float16 : type
    }
}

extension CacheSpec {
    /// The cache module of an attention layer.
    package init(_ attention: AttentionSpec) {
        let (count, keyDim, valueDim) = (attention.kvHeadCount, attention.keyDim, attention.valueDim)
        let content =
            attention.valueOffset.map {
                Content.keysHoldingValues(headCount: count, keyDim: keyDim, valueOffset: $0, valueDim: valueDim)
            } ?? .keysAndValues(headCount: count, keyDim: keyDim, valueDim: valueDim)
        self.init(attention.window.map { .window($0) } ?? .all, content)
    }

    /// Returns the shape of a key-value module in elements of `dtype`; nil for a state.
    package func shape(dtype: ElementType) -> KVCacheShape? {
        switch content {
        case .keysAndValues(let headCount, let keyDim, let valueDim):
            KVCacheShape(headCount: headCount, keyDim: keyDim, valueDim: valueDim, dtype: dtype)
        case .keysHoldingValues(let headCount, let keyDim, let valueOffset, let valueDim):
            KVCacheShape(
                headCount: headCount, keyDim: keyDim, valueDim: valueDim, valueOffset: valueOffset, dtype: dtype)
        case .bytes: nil
        }
    }

    /// Returns the module as a cache group of its own.
    package func group(blockSize: Int, dtype: ElementType, on backend: any Backend) -> KVCacheGroup {
        let byteCount: Int
        switch content {
        case .bytes(let count): byteCount = count
        case .keysAndValues, .keysHoldingValues:
            byteCount = backend.pageByteCount(shape(dtype: dtype)!, blockSize: blockSize)
        }
        return KVCacheGroup(retention, blockSize: blockSize, pageByteCount: byteCount)
    }
}
