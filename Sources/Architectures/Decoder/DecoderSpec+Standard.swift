package import Checkpoint
import Layers
import Tensor

/// The options in which descendants of Llama differ, besides their sizes.
package struct StandardDecoder: Sendable {
    package var hasQueryKeyValueBias: Bool
    package var hasOutputBias: Bool
    package var hasFeedForwardBias: Bool
    /// Whether queries and keys are normalised per head.
    package var hasHeadNorms = false
    package var activationKey = "hidden_act"
    /// Added to the stored weights of all norms.
    package var normOffset: Float = 0
    package var tiesEmbeddings = false
    /// The layer type whose rotary settings apply, if layer types have their own.
    package var rotaryLayerType: String?

    /// Reads the biases from the configuration.
    package init(_ config: HFConfig) throws(LoadError) {
        hasQueryKeyValueBias = try config.bool("attention_bias", default: false)
        hasOutputBias = hasQueryKeyValueBias
        hasFeedForwardBias = try config.bool("mlp_bias", default: false)
    }
}

extension DecoderSpec {
    /// Llama's structure and names (Touvron et al. 2023): RMS norms before both parts, rotary positions, grouped
    /// queries, a gated feed-forward part. A family changes the result where it differs.
    package init(
        standard options: StandardDecoder, _ config: HFConfig, _ weights: WeightFiles
    ) throws(LoadError) {
        let sizes = try DecoderDimensions(config)
        let epsilon = try config.double("rms_norm_eps", default: 1e-6)
        let activation = try config.activation(options.activationKey, default: "silu")
        let rotary = try config.rotary(
            headDim: sizes.headDim, layerType: options.rotaryLayerType, weights: weights)
        try config.requireCausal()
        try config.requireWholeHeadsRotate(layerType: options.rotaryLayerType)
        func norm(_ name: String) -> WeightLoader.Norm {
            .init(name, epsilon: epsilon, offset: options.normOffset)
        }
        vocabularySize = sizes.vocabularySize
        hiddenSize = sizes.hiddenSize
        maxPositionCount = sizes.maxPositionCount
        embedding = Embedding(name: "model.embed_tokens")
        self.norm = norm("model.norm")
        let isTied = try config.bool("tie_word_embeddings", default: options.tiesEmbeddings)
        head = .init(isTied ? embedding.name : "lm_head", outputCount: sizes.vocabularySize)
        if isTied { unusedTensors = ["lm_head.weight"] }
        layers = (0..<sizes.layerCount).map { index in
            let prefix = "model.layers.\(index)."
            var attention = Attention(
                standard: sizes, prefix: prefix + "self_attn.", options, rotary,
                isInterleaved: config.ropeIsInterleaved)
            if options.hasHeadNorms {
                attention.queryNorm = norm(prefix + "self_attn.q_norm")
                attention.keyNorm = norm(prefix + "self_attn.k_norm")
            }
            return Layer(
                attention: attention,
                feedForward: FeedForward(standard: sizes, prefix: prefix + "mlp.", options, activation),
                attentionNorm: norm(prefix + "input_layernorm"),
                feedForwardNorm: norm(prefix + "post_attention_layernorm"))
        }
    }
}

extension DecoderSpec.Attention {
    fileprivate init(
        standard sizes: DecoderDimensions, prefix: String, _ options: StandardDecoder, _ rotary: RotaryEmbedding,
        isInterleaved: Bool
    ) {
        func rowMap(_ headCount: Int) -> RowMap {
            isInterleaved ? .interleavedHeads(count: headCount, headDim: sizes.headDim) : .asStored
        }
        let hasBias = options.hasQueryKeyValueBias
        queryKeyValue = [
            .init(
                prefix + "q_proj", outputCount: sizes.queryCount, hasBias: hasBias, rowMap: rowMap(sizes.headCount)),
            .init(prefix + "k_proj", outputCount: sizes.kvCount, hasBias: hasBias, rowMap: rowMap(sizes.kvHeadCount)),
            .init(prefix + "v_proj", outputCount: sizes.kvCount, hasBias: hasBias),
        ]
        output = .init(prefix + "o_proj", outputCount: sizes.hiddenSize, hasBias: options.hasOutputBias)
        heads = sizes.attention
        self.rotary = rotary
    }
}

extension DecoderSpec.FeedForward {
    fileprivate init(
        standard sizes: DecoderDimensions, prefix: String, _ options: StandardDecoder, _ activation: Activation
    ) {
        let hasBias = options.hasFeedForwardBias
        input = ["gate_proj", "up_proj"].map {
            .init(prefix + $0, outputCount: sizes.intermediateSize, hasBias: hasBias)
        }
        output = .init(prefix + "down_proj", outputCount: sizes.hiddenSize, hasBias: hasBias)
        self.activation = activation
    }
}
