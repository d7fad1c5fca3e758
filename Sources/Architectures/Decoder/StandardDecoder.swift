package import Checkpoint
package import Tensor

/// The options in which descendants of Llama differ, besides their sizes.
package struct StandardDecoder: Sendable {
    package var hasQueryKeyValueBias: Bool
    package var hasOutputBias: Bool
    package var hasFeedForwardBias: Bool
    package var hasHeadBias = false
    /// Whether queries and keys are normalised.
    package var hasHeadNorms = false
    package var headNormScope = HeadSpec.NormScope.head
    package var activationKey = "hidden_act"
    package var defaultActivation = "silu"
    /// Whether the feed-forward part has a gate.
    package var isGated = true
    package var normKind = NormSpec.Kind.rms
    package var normHasBias = false
    package var normHasWeight = true
    /// Added to the stored weights of all norms.
    package var normOffset: Float = 0
    package var epsilonKey = "rms_norm_eps"
    package var defaultEpsilon = 1e-6
    package var tiesEmbeddings = false
    package var keys = DecoderDimensions.Keys()
    /// The layer type whose rotary settings apply, if layer types have their own.
    package var rotaryLayerType: String?
    package var ropeDefaults = RopeDefaults()
    /// Whether only the first part of each head may rotate.
    package var rotatesPartially = false
    /// Number of dimensions of a head that rotate; nil for what the rotary settings say.
    package var rotatedDim: Int?
    /// Whether rotary pairs are adjacent rows (2i, 2i + 1) of the query and key projections, in place of two halves.
    package var rotatesInterleaved = false
    package var names = DecoderNames()

    /// Reads the biases from the configuration.
    package init(_ config: HFConfig) throws(LoadError) {
        hasQueryKeyValueBias = try config.bool("attention_bias", default: false)
        hasOutputBias = hasQueryKeyValueBias
        hasFeedForwardBias = try config.bool("mlp_bias", default: false)
    }

    /// Sets all biases of the layers.
    package mutating func setBiases(_ hasBiases: Bool) {
        (hasQueryKeyValueBias, hasOutputBias, hasFeedForwardBias) = (hasBiases, hasBiases, hasBiases)
    }

    /// Uses layer norms.
    package mutating func useLayerNorms(epsilonKey: String, hasBias: Bool = true) {
        (normKind, normHasBias, self.epsilonKey, defaultEpsilon) = (.layer, hasBias, epsilonKey, 1e-5)
    }
}

/// The names of a decoder's tensors, without `.weight` and `.bias`; Llama's by default.
package struct DecoderNames: Sendable {
    package var embedding = "model.embed_tokens"
    package var norm = "model.norm"
    package var head = "lm_head"
    /// Precedes a layer's number.
    package var layers = "model.layers."
    package var attentionNorm: String? = "input_layernorm"
    /// Query, key and value; a single name for one fused matrix with its parts in this order.
    package var queryKeyValue = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]
    package var queryNorm = "self_attn.q_norm"
    package var keyNorm = "self_attn.k_norm"
    package var attentionOutput = "self_attn.o_proj"
    package var feedForwardNorm: String? = "post_attention_layernorm"
    /// Gate and up, or the only input matrix; a single name with a gate for one fused matrix with both in this order.
    package var feedForwardInput = ["mlp.gate_proj", "mlp.up_proj"]
    package var feedForwardOutput = "mlp.down_proj"
}
