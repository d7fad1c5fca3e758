package import Tensor

/// Token embeddings, projected to the hidden size if they have another width, plus learned position embeddings if the
/// model has them.
package struct Embedding: Sendable {
    package let tokens: EmbeddingSpec
    /// Projection of token rows to the hidden size; nil if they have it.
    package let projection: Linear?
    /// Learned positions, one row per position, added to the token rows.
    package let positions: EmbeddingSpec?
    /// Row of the table for position 0.
    package let firstPositionRow: UInt32
    /// Norm of the sum.
    package let norm: NormSpec?

    package init(
        tokens: EmbeddingSpec, projection: Linear? = nil, positions: EmbeddingSpec? = nil, firstPositionRow: Int = 0,
        norm: NormSpec? = nil
    ) {
        self.tokens = tokens
        self.projection = projection
        self.positions = positions
        self.firstPositionRow = UInt32(firstPositionRow)
        self.norm = norm
    }

    package func callAsFunction(_ input: ForwardInput, _ context: ForwardContext) -> Tensor {
        let rows = context.scratch.take(input.ids.count, tokens.table.shape[1])
        context.backend.embed(input.ids, tokens, output: rows)
        let output = projection.map { $0(.rows(rows), context) } ?? rows
        if let positions {
            let rows = input.positions.map { UInt32($0) + firstPositionRow }
            context.backend.embed(rows, positions, output: output)
        }
        if let norm { context.backend.normalize(RowInput(output, norm: norm), output: output) }
        return output
    }
}
