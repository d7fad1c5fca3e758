package import EngineTypes
package import Layers
package import Tensor

/// A causal language model: token ids to hidden states, and separately hidden states to logits, so that only the rows
/// that need logits pay for them.
package protocol LanguageModel: Sendable {
    var vocabularySize: Int { get }
    var hiddenSize: Int { get }
    /// The longest sequence that the model was made for.
    var maxPositionCount: Int { get }

    /// What the layers keep of each request, in the order that `ForwardContext.caches` has it; empty for a model without
    /// a cache.
    var cacheModules: [CacheSpec] { get }

    /// The final hidden states `[tokens, hiddenSize]`, normalised: what `logits` takes; of the context's kept rows where
    /// it names them. Only enqueues work; the result lives in the context's scratch memory.
    func forward(_ input: ForwardInput, _ context: ForwardContext) -> Tensor

    /// `[rows, vocabularySize]` for rows of hidden states.
    func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor
}

extension CacheSpec {
    /// Of an attention layer.
    package init(_ attention: AttentionSpec) {
        self.init(
            attention.window.map { .window($0) } ?? .all,
            .keysAndValues(
                headCount: attention.kvHeadCount, keyDim: attention.keyDim, valueDim: attention.valueDim))
    }

    /// How a module of keys and values is kept in elements of a type; nil for a state.
    package func shape(dtype: ElementType) -> KVCacheShape? {
        guard case .keysAndValues(let headCount, let keyDim, let valueDim) = content else { return nil }
        return KVCacheShape(headCount: headCount, keyDim: keyDim, valueDim: valueDim, dtype: dtype)
    }

    /// The module as a group of its own.
    package func group(blockSize: Int, dtype: ElementType, on backend: any Backend) -> KVCacheGroup {
        let byteCount: Int
        switch content {
        case .bytes(let count): byteCount = count
        case .keysAndValues: byteCount = backend.pageByteCount(shape(dtype: dtype)!, blockSize: blockSize)
        }
        return KVCacheGroup(retention, blockSize: blockSize, pageByteCount: byteCount)
    }
}
