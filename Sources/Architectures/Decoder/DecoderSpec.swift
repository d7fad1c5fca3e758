package import EngineTypes
package import Layers
package import Tensor

/// A decoder as a value, made from a configuration by each family. `DecoderModel` loads and runs it.
package struct DecoderSpec: Sendable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    /// Maximum sequence length for which the model was trained.
    package var maxPositionCount: Int
    package var embedding: Embedding
    package var layers: [Layer]
    /// Norm of the final hidden states.
    package var norm: WeightLoader.Norm
    /// Output projection; has the embedding's name if both share a matrix.
    package var head: WeightLoader.Matrix
    /// Names of tensors that some checkpoints contain but the model does not need.
    package var unusedTensors: [String] = []

    package struct Embedding: Sendable {
        package var name: String
        /// Scale factor applied to every embedding.
        package var scale: Float = 1
        /// Name of the table of learned positions; nil without one.
        package var positions: String?
    }

    package struct Layer: Sendable {
        package var attention: Attention
        package var feedForward: FeedForward
        package var residual = Residual.sequential
        /// Norm before the attention.
        package var attentionNorm: WeightLoader.Norm?
        /// Norm of the attention's output before it is added to the stream.
        package var attentionOutputNorm: WeightLoader.Norm?
        /// Norms before and after the feed-forward part, as for the attention.
        package var feedForwardNorm: WeightLoader.Norm?
        package var feedForwardOutputNorm: WeightLoader.Norm?
    }

    /// How the two parts of a layer use the residual stream.
    package enum Residual: Hashable, Sendable {
        /// The feed-forward part reads the stream after the attention's addition.
        case sequential
        /// Both parts read the same stream and are added together (Wang and Komatsuzaki 2021).
        case parallel
    }

    package struct Attention: Sendable {
        /// The projections to query, key and value heads, concatenated in this order; to query heads only if the layer
        /// reads another layer's cache.
        package var queryKeyValue: [WeightLoader.Matrix]
        package var output: WeightLoader.Matrix
        package var heads: AttentionSpec
        /// Norms of each head, before the rotation.
        package var queryNorm: WeightLoader.Norm?
        package var keyNorm: WeightLoader.Norm?
        /// Rotary embedding, shared by layers with equal settings; nil without rotary positions.
        package var rotary: RotaryEmbedding?
        /// Index of the earlier layer whose keys and values this one reads; nil if it has a cache of its own.
        package var cacheLayer: Int?
    }

    package struct FeedForward: Sendable {
        /// Gate and up matrices if the layer is gated, else a single one.
        package var input: [WeightLoader.Matrix]
        package var output: WeightLoader.Matrix
        package var activation: Activation
        package var isGated: Bool { input.count == 2 }
    }
}

extension DecoderSpec {
    /// The layers that have a cache module of their own, in order.
    private var cachingLayers: [Int] { layers.indices.filter { layers[$0].attention.cacheLayer == nil } }

    /// One cache module for each layer that does not read another layer's.
    package var cacheModules: [CacheSpec] { cachingLayers.map { CacheSpec(layers[$0].attention.heads) } }

    /// The cache module that each layer reads.
    var moduleOfLayer: [Int] {
        let modules = Dictionary(uniqueKeysWithValues: zip(cachingLayers, 0...))
        return layers.indices.map { layer in
            guard let other = layers[layer].attention.cacheLayer else { return modules[layer]! }
            guard other < layer, let module = modules[other],
                cacheModules[module] == CacheSpec(layers[layer].attention.heads)
            else {
                preconditionFailure(
                    "layer \(layer) reads the cache of layer \(other), which must be an earlier layer with its own "
                        + "cache and the same heads and window")
            }
            return module
        }
    }

    /// Names of the linear layers that an adapter may modify.
    package var adapterTargets: [String] {
        layers.flatMap { layer in
            let matrices =
                layer.attention.queryKeyValue + [layer.attention.output] + layer.feedForward.input
                + [layer.feedForward.output]
            return matrices.map(\.name)
        }
    }
}
