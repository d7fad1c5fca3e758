package import Tensor

/// The attention of a layer.
package protocol AttentionPart: Sendable {
    /// Computes attention for `input`. `keeping`: the rows whose outputs are needed; keys and values of all rows are
    /// cached.
    func callAsFunction(_ input: RowInput, keeping rows: [Int32]?, _ context: ForwardContext) -> Tensor
}

/// Causal self-attention with grouped queries over the paged cache.
package struct SelfAttention: AttentionPart {
    /// Projection whose outputs are the query heads, key heads and value heads, in this order; the query heads alone if
    /// the layer reads another layer's cache.
    package let queryKeyValue: Linear
    package let output: Linear
    package let heads: HeadSpec
    /// Rotary embedding; nil for a layer without rotary positions.
    package let rotary: RotaryEmbedding?
    package let spec: AttentionSpec
    /// Index of the cache that this layer reads among the model's cache modules.
    package let module: Int

    package init(
        queryKeyValue: Linear, output: Linear, heads: HeadSpec, rotary: RotaryEmbedding?, spec: AttentionSpec,
        module: Int
    ) {
        self.queryKeyValue = queryKeyValue
        self.output = output
        self.heads = heads
        self.rotary = rotary
        self.spec = spec
        self.module = module
    }

    package func callAsFunction(_ input: RowInput, keeping rows: [Int32]?, _ context: ForwardContext) -> Tensor {
        let batch = context.batch(ofModule: module)
        let cache = context.caches[module]
        let projected = queryKeyValue(input, context)
        var heads = heads
        heads.rotary = rotary?.table(covering: batch.maxPosition)
        context.backend.writeHeads(projected, heads, batch, cache)
        let attended = context.scratch.take(input.shape[0], output.inputCount)
        context.backend.attention(projected, spec, batch, cache, output: attended)
        return output(.rows(context.gather(attended, rows)), context)
    }
}
