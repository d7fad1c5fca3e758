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

    /// The cache modules that layers keep per request, in the order of `ForwardContext.caches`; empty for a model
    /// without a cache.
    var cacheModules: [CacheSpec] { get }

    /// Returns the normalised final hidden states `[tokens, hiddenSize]`, of the context's kept rows only if it has
    /// any. Only enqueues work; the result is in the context's scratch memory.
    func forward(_ input: ForwardInput, _ context: ForwardContext) -> Tensor

    /// Returns logits `[rows, vocabularySize]` for rows of final hidden states.
    func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor
}

extension CacheSpec {
    /// The cache module of an attention layer.
    package init(_ attention: AttentionSpec) {
        self.init(
            attention.window.map { .window($0) } ?? .all,
            .keysAndValues(
                headCount: attention.kvHeadCount, keyDim: attention.keyDim, valueDim: attention.valueDim))
    }

    /// Returns the shape of a key-value module in elements of `dtype`; nil for a state.
    package func shape(dtype: ElementType) -> KVCacheShape? {
        guard case .keysAndValues(let headCount, let keyDim, let valueDim) = content else { return nil }
        return KVCacheShape(headCount: headCount, keyDim: keyDim, valueDim: valueDim, dtype: dtype)
    }

    /// Returns the module as a cache group of its own.
    package func group(blockSize: Int, dtype: ElementType, on backend: any Backend) -> KVCacheGroup {
        let byteCount: Int
        switch content {
        case .bytes(let count): byteCount = count
        case .keysAndValues: byteCount = backend.pageByteCount(shape(dtype: dtype)!, blockSize: blockSize)
        }
        return KVCacheGroup(retention, blockSize: blockSize, pageByteCount: byteCount)
    }
}
