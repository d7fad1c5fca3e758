package import Tensor

/// Multi-head latent attention (DeepSeek-AI 2024): the cache holds one low-rank latent and one rotated key per token
/// for all heads. Queries are projected into the latent space and results out of it, so that prompts and single tokens
/// are computed in the same way.
package struct LatentAttention: AttentionPart {
    /// The sizes of heads and latents.
    package struct Sizes: Hashable, Sendable {
        package var headCount: Int
        /// Dimensions of a query without positions.
        package var plainDim: Int
        /// Dimensions of a query with rotary positions.
        package var rotatedDim: Int
        package var latentDim: Int
        package var valueDim: Int
        /// Width of the queries' own latents; nil for queries projected at once.
        package var queryLatentDim: Int?

        package init(
            headCount: Int, plainDim: Int, rotatedDim: Int, latentDim: Int, valueDim: Int, queryLatentDim: Int?
        ) {
            self.headCount = headCount
            self.plainDim = plainDim
            self.rotatedDim = rotatedDim
            self.latentDim = latentDim
            self.valueDim = valueDim
            self.queryLatentDim = queryLatentDim
        }

        /// Width of a cached key: the rotated part, then the latent.
        package var keyDim: Int { rotatedDim + latentDim }
        package var queryDim: Int { plainDim + rotatedDim }
    }

    /// The second projection of queries that have latents of their own.
    package struct QueryUp: Sendable {
        package let norm: NormSpec
        package let projection: Linear

        package init(norm: NormSpec, projection: Linear) {
            self.norm = norm
            self.projection = projection
        }
    }

    package let sizes: Sizes
    /// Projection whose outputs are the queries (or their latents), the latent, and the key to rotate.
    package let down: Linear
    package let queryUp: QueryUp?
    package let latentNorm: NormSpec
    /// Per head, from a query's plain part to the latent space.
    package let queryToLatent: [any LinearWeights]
    /// Per head, from the latent space to the value.
    package let latentToValue: [any LinearWeights]
    package let output: Linear
    package let rotary: RotaryEmbedding
    package let spec: AttentionSpec
    /// Index of the layer's cache among the model's cache modules.
    package let module: Int

    package init(
        sizes: Sizes, down: Linear, queryUp: QueryUp?, latentNorm: NormSpec, queryToLatent: [any LinearWeights],
        latentToValue: [any LinearWeights], output: Linear, rotary: RotaryEmbedding, spec: AttentionSpec, module: Int
    ) {
        self.sizes = sizes
        self.down = down
        self.queryUp = queryUp
        self.latentNorm = latentNorm
        self.queryToLatent = queryToLatent
        self.latentToValue = latentToValue
        self.output = output
        self.rotary = rotary
        self.spec = spec
        self.module = module
    }

    package func callAsFunction(_ input: RowInput, keeping rows: [Int32]?, _ context: ForwardContext) -> Tensor {
        let batch = context.batch(ofModule: module)
        let cache = context.caches[module]
        let heads = HeadSpec(headCount: sizes.headCount, rotary: rotary.table(covering: batch.maxPosition))
        let projected = down(input, context)
        let queriesAndKey = context.scratch.take(input.shape[0], (sizes.headCount + 1) * sizes.keyDim)
        writeQueries(projected, to: queriesAndKey, context)
        writeKey(projected, to: queriesAndKey, context)
        context.backend.writeHeads(queriesAndKey, heads, batch, cache)
        let attended = context.scratch.take(input.shape[0], sizes.headCount * sizes.latentDim)
        context.backend.attention(queriesAndKey, spec, batch, cache, output: attended)
        let kept = context.gather(attended, rows)
        let values = context.scratch.take(kept.shape[0], sizes.headCount * sizes.valueDim)
        context.backend.linear(
            HeadColumns(kept, stride: sizes.latentDim), perHead: latentToValue,
            output: HeadColumns(values, stride: sizes.valueDim))
        return output(.rows(values), context)
    }

    /// Writes each head's query: the part that will be rotated, then the rest in the latent space.
    private func writeQueries(_ projected: Tensor, to destination: Tensor, _ context: ForwardContext) {
        let (backend, count, width) = (context.backend, sizes.headCount, sizes.queryDim)
        var queries = projected
        if let queryUp {
            let latents = columns(0..<queryUp.projection.inputCount, of: projected, context)
            queries = queryUp.projection(RowInput(latents, norm: queryUp.norm), context)
        }
        backend.copyColumns(
            HeadColumns(queries, from: sizes.plainDim, stride: width), width: sizes.rotatedDim, headCount: count,
            output: HeadColumns(destination, stride: sizes.keyDim))
        backend.linear(
            HeadColumns(queries, stride: width), perHead: queryToLatent,
            output: HeadColumns(destination, from: sizes.rotatedDim, stride: sizes.keyDim))
    }

    /// Writes the token's key after the queries: the part that will be rotated, then the normalised latent.
    private func writeKey(_ projected: Tensor, to destination: Tensor, _ context: ForwardContext) {
        let (start, end) = (sizes.headCount * sizes.keyDim, down.outputCount)
        let latent = columns(end - sizes.keyDim..<end - sizes.rotatedDim, of: projected, context)
        let normalized = context.scratch.take(latent.shape[0], sizes.latentDim)
        context.backend.normalize(RowInput(latent, norm: latentNorm), output: normalized)
        context.backend.copyColumns(
            HeadColumns(projected, from: end - sizes.rotatedDim, stride: sizes.rotatedDim), width: sizes.rotatedDim,
            headCount: 1, output: HeadColumns(destination, from: start, stride: sizes.keyDim))
        context.backend.copyColumns(
            HeadColumns(normalized, stride: sizes.latentDim), width: sizes.latentDim, headCount: 1,
            output: HeadColumns(destination, from: start + sizes.rotatedDim, stride: sizes.latentDim))
    }

    /// Returns a copy of some columns.
    private func columns(_ range: Range<Int>, of rows: Tensor, _ context: ForwardContext) -> Tensor {
        let copy = context.scratch.take(rows.shape[0], range.count)
        context.backend.copyColumns(
            HeadColumns(rows, from: range.lowerBound, stride: range.count), width: range.count, headCount: 1,
            output: HeadColumns(copy, stride: range.count))
        return copy
    }
}
