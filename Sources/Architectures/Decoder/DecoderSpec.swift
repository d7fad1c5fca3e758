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
    /// Norm of the final hidden states; nil for none.
    package var norm: WeightLoader.Norm?
    /// Projection of the final hidden states to another width, which the head then reads; nil for none.
    package var outputProjection: WeightLoader.Matrix?
    /// Output projection; has the embedding's name if both share a matrix.
    package var head: WeightLoader.Matrix
    /// Factor of the logits.
    package var logitScale: Float = 1
    /// Logits become `cap * tanh(logit / cap)`, after the factor; nil for none.
    package var logitSoftCap: Float?
    /// Names of tensors that some checkpoints contain but the model does not need.
    package var unusedTensors: [String] = []

    package struct Embedding: Sendable {
        package var name: String
        /// Scale factor applied to every embedding.
        package var scale: Float = 1
        /// Width of the embeddings and their projection to the hidden size; nil if they have it.
        package var projection: (width: Int, matrix: WeightLoader.Matrix)?
        /// Name of the table of learned positions; nil without one.
        package var positions: String?
        /// Row of the table for position 0.
        package var firstPositionRow = 0
        /// Norm of the embeddings.
        package var norm: WeightLoader.Norm?
    }

    package struct Layer: Sendable {
        package var attention: Attention
        package var feedForward: FeedForwardPart
        package var residual = Residual.sequential
        /// Factor of what each part adds to the stream.
        package var residualScale: Float = 1
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
        /// The norm before a part replaces the stream, so that each part is added to its normalised input. Models with a
        /// norm after each part (Vaswani et al. 2017) have this form too: it is the norm before the next part.
        case normalized
    }

    package struct Attention: Sendable {
        /// The projections to query, key and value heads, concatenated in this order; to query heads only if the layer
        /// reads another layer's cache.
        package var queryKeyValue: [WeightLoader.Matrix]
        /// The projections of latent attention, which then replace `queryKeyValue`.
        package var latent: Latent?
        package var output: WeightLoader.Matrix
        package var heads: AttentionSpec
        /// Norms of the heads, before the rotation.
        package var queryNorm: WeightLoader.Norm?
        package var keyNorm: WeightLoader.Norm?
        package var normScope = HeadSpec.NormScope.head
        /// Queries, keys and values are limited to `-clip...clip` after the norms; nil for no limit.
        package var clip: Float?
        /// Rotary embedding, shared by layers with equal settings; nil without rotary positions.
        package var rotary: RotaryEmbedding?
        /// Name of the scores of the sinks, one per query head; nil for none.
        package var sinksName: String?
        /// Index of the earlier layer whose keys and values this one reads; nil if it has a cache of its own.
        package var cacheLayer: Int?
    }

    /// The projections of `LatentAttention`.
    package struct Latent: Sendable {
        package var sizes: LatentAttention.Sizes
        /// The queries, or their latents; the latent; the key to rotate.
        package var down: [WeightLoader.Matrix]
        /// Norm of the queries' latents and their second projection; nil if queries have no latents.
        package var queryUp: (norm: WeightLoader.Norm, matrix: WeightLoader.Matrix)?
        package var norm: WeightLoader.Norm
        /// Per head, `[latentDim, plainDim]`.
        package var queryToLatent: [WeightLoader.Matrix]
        /// Per head, `[valueDim, latentDim]`.
        package var latentToValue: [WeightLoader.Matrix]
    }

    package enum FeedForwardPart: Sendable {
        case dense(FeedForward)
        case experts(Experts)
    }

    package struct FeedForward: Sendable {
        /// Gate and up matrices if the layer is gated, else a single one.
        package var input: [WeightLoader.Matrix]
        package var output: WeightLoader.Matrix
        package var activation: Activation
        /// As `LinearEpilogue.gateLimit`.
        package var gateLimit: Float?
        package var isGated: Bool { input.count == 2 }

        var matrices: [WeightLoader.Matrix] { input + [output] }
    }

    /// A mixture of experts.
    package struct Experts: Sendable {
        package var router: WeightLoader.Matrix
        package var routing: RoutingSpec
        /// Name of the vector that corrects the selection; nil for none.
        package var correctionName: String?
        package var experts: [FeedForward]
        /// Expert of all tokens, weighted by the gate if there is one.
        package var shared: FeedForward?
        package var sharedGate: WeightLoader.Matrix?
    }
}

extension DecoderSpec {
    /// Moves each norm from before its part to after it.
    mutating func moveNormsAfterParts() {
        for index in layers.indices.reversed() {
            let (first, second) = (layers[index].attentionNorm, layers[index].feedForwardNorm)
            layers[index].residual = .normalized
            layers[index].attentionNorm = nil
            layers[index].feedForwardNorm = first
            if index + 1 < layers.count { layers[index + 1].attentionNorm = second } else { norm = second }
        }
    }

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

    var hasExperts: Bool {
        layers.contains { layer in
            if case .experts = layer.feedForward { true } else { false }
        }
    }

    /// Names of the linear layers that an adapter may modify.
    package var adapterTargets: [String] {
        layers.flatMap { layer in
            let attention = layer.attention
            let latents = attention.latent.map { $0.down + ($0.queryUp.map { [$0.matrix] } ?? []) }
            let inputs = latents ?? attention.queryKeyValue
            return (inputs + [attention.output] + layer.feedForward.matrices).map(\.name)
        }
    }
}

extension DecoderSpec.FeedForwardPart {
    /// The matrices of a dense part or of all experts; not those of a router.
    var matrices: [WeightLoader.Matrix] {
        switch self {
        case .dense(let part): part.matrices
        case .experts(let part): part.experts.flatMap(\.matrices) + (part.shared?.matrices ?? [])
        }
    }
}
