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

    /// One cache module an attention layer, in the order that `ForwardContext.caches` has them.
    var cacheModules: [CacheModule] { get }

    /// The final hidden states `[tokens, hiddenSize]`, normalised: what `logits` takes; of the context's kept rows where
    /// it names them. Only enqueues work; the result lives in the context's scratch memory.
    func forward(_ ids: [UInt32], _ context: ForwardContext) -> Tensor

    /// `[rows, vocabularySize]` for rows of hidden states.
    func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor
}

/// What one cache module of a model keeps; block size and dtype are the engine's choice.
package enum CacheModule: Hashable, Sendable {
    case fullAttention(kvHeadCount: Int, headDim: Int)
    case slidingWindow(kvHeadCount: Int, headDim: Int, window: Int)

    package var kvHeadCount: Int {
        switch self {
        case .fullAttention(let count, _), .slidingWindow(let count, _, _): count
        }
    }

    package var headDim: Int {
        switch self {
        case .fullAttention(_, let headDim), .slidingWindow(_, let headDim, _): headDim
        }
    }

    package func spec(blockSize: Int, dtype: DType) -> KVCacheSpec {
        let page = KVCacheSpec.AttentionPage(
            blockSize: blockSize,
            byteCount: KVCacheLayer.layerByteCount(
                blockSize: blockSize, kvHeadCount: kvHeadCount, headDim: headDim, dtype: dtype))
        switch self {
        case .fullAttention: return .fullAttention(page)
        case .slidingWindow(_, _, let window): return .slidingWindow(page, window: window)
        }
    }
}
