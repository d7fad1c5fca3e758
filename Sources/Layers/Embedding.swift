package import Tensor

/// Token embeddings, plus learned position embeddings if the model has them.
package struct Embedding: Sendable {
    package let tokens: EmbeddingSpec
    /// Learned positions, one row per position, added to the token rows.
    package let positions: EmbeddingSpec?

    package init(tokens: EmbeddingSpec, positions: EmbeddingSpec? = nil) {
        self.tokens = tokens
        self.positions = positions
    }

    package func callAsFunction(_ input: ForwardInput, _ context: ForwardContext) -> Tensor {
        let output = context.scratch.take(input.ids.count, tokens.table.shape[1])
        context.backend.embed(input.ids, tokens, output: output)
        if let positions { context.backend.embed(input.positions.map { UInt32($0) }, positions, output: output) }
        return output
    }
}
