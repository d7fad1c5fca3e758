package import Tensor

/// Causal self-attention with rotary positions and grouped queries over the paged cache.
package struct SelfAttention: Sendable {
    /// Outputs: query heads, key heads, value heads.
    package let queryKeyValue: Linear
    package let output: Linear
    package let rotary: RotaryEmbedding
    package let parameters: AttentionParameters
    /// Index of this layer's cache among the model's cache modules.
    package let module: Int

    package init(
        queryKeyValue: Linear, output: Linear, rotary: RotaryEmbedding, parameters: AttentionParameters, module: Int
    ) {
        self.queryKeyValue = queryKeyValue
        self.output = output
        self.rotary = rotary
        self.parameters = parameters
        self.module = module
    }

    /// `keeping`: the rows whose outputs are wanted; keys and values of all rows enter the cache.
    package func callAsFunction(_ input: LinearInput, keeping rows: [Int32]? = nil, _ context: ForwardContext) -> Tensor
    {
        let batch = context.batch(ofModule: module)
        let cache = context.caches[module]
        let projected = queryKeyValue(input, context)
        let table = rotary.table(covering: batch.positions)
        context.backend.rotateAndCache(projected, rotary: table, batch: batch, cache: cache)
        let attended = context.scratch.take(input.shape[0], output.inputCount)
        context.backend.attention(projected, parameters: parameters, batch: batch, cache: cache, output: attended)
        return output(.rows(context.gather(attended, rows)), context)
    }
}
