package import EngineTypes
package import Layers
package import Tensor

/// A decoder as a value: what a family's file makes of its configuration. `DecoderModel` loads it and runs it.
package struct DecoderSpec: Sendable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    /// The longest sequence that the model was made for.
    package var maxPositionCount: Int
    package var embedding: Embedding
    package var layers: [Layer]
    /// Over the last hidden states.
    package var norm: WeightLoader.Norm
    /// The output projection; under the embedding's name where the two share a matrix.
    package var head: WeightLoader.Matrix
    /// Names of tensors that some checkpoints carry and the model does not need.
    package var unusedTensors: [String] = []

    package struct Embedding: Sendable {
        package var name: String
        /// Multiplies every embedding.
        package var scale: Float = 1
        /// The name of a table of learned positions.
        package var positions: String?
    }

    package struct Layer: Sendable {
        package var attention: Attention
        package var feedForward: FeedForward
        package var residual = Residual.sequential
        /// Before the attention.
        package var attentionNorm: WeightLoader.Norm?
        /// Between the attention and its addition to the stream.
        package var attentionOutputNorm: WeightLoader.Norm?
        /// The same two of the feed-forward part.
        package var feedForwardNorm: WeightLoader.Norm?
        package var feedForwardOutputNorm: WeightLoader.Norm?
    }

    /// How a layer's two parts meet the residual stream.
    package enum Residual: Hashable, Sendable {
        /// The feed-forward part reads what the attention has added.
        case sequential
        /// Both read the same stream and are added together (Wang and Komatsuzaki 2021).
        case parallel
    }

    package struct Attention: Sendable {
        /// The projections to query, key and value heads, concatenated in this order.
        package var queryKeyValue: [WeightLoader.Matrix]
        package var output: WeightLoader.Matrix
        package var heads: AttentionSpec
        /// Norms over each head, before the rotation.
        package var queryNorm: WeightLoader.Norm?
        package var keyNorm: WeightLoader.Norm?
        /// nil without rotary positions. Layers with equal settings share one.
        package var rotary: RotaryEmbedding?
    }

    package struct FeedForward: Sendable {
        /// Gate and up of a gated layer, else one.
        package var input: [WeightLoader.Matrix]
        package var output: WeightLoader.Matrix
        package var activation: Activation
        package var isGated: Bool { input.count == 2 }
    }
}

extension DecoderSpec {
    /// One cache module per layer, in order.
    package var cacheModules: [CacheSpec] { layers.map { CacheSpec($0.attention.heads) } }

    /// The names of the linear layers that an adapter may change.
    package var adapterTargets: [String] {
        layers.flatMap { layer in
            let matrices =
                layer.attention.queryKeyValue + [layer.attention.output] + layer.feedForward.input
                + [layer.feedForward.output]
            return matrices.map(\.name)
        }
    }
}
