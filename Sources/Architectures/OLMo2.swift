package import Checkpoint
import Layers
import Tensor

/// OLMo (Groeneveld et al. 2024): Llama's structure with layer norms without weights.
package enum OlmoForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.normKind = .layer
        options.normHasWeight = false
        options.defaultEpsilon = 1e-5
        var spec = try DecoderSpec(standard: options, config, weights)
        try spec.setClip(config)
        return spec
    }
}

/// OLMo 2 (OLMo Team 2024): norms only after both parts, and over all query and all key heads together.
package enum Olmo2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        try DecoderSpec(olmo: StandardDecoder(config), config, weights)
    }
}

/// OLMo 3 (OLMo Team 2025): also a sliding window in three of four layers, which rotate without scaling.
package enum Olmo3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.rotaryLayerType = "full_attention"
        options.ropeDefaults.theta = 500_000
        var spec = try DecoderSpec(olmo: options, config, weights)
        spec.setWindows(
            try config.windows(layerCount: spec.layers.count, defaultPattern: 4, defaultWindow: 4096))
        let headDim = spec.layers[0].attention.heads.keyDim
        let theta = try config.rope(layerType: "sliding_attention", defaults: options.ropeDefaults).theta
        let localRotary = try config.rotaryOfWindows(headDim: headDim, theta: theta)
        for index in spec.layers.indices where spec.layers[index].attention.heads.window != nil {
            spec.layers[index].attention.rotary = localRotary
        }
        return spec
    }
}

extension DecoderSpec {
    /// Sets the limit of queries, keys and values.
    mutating func setClip(_ config: HFConfig) throws(LoadError) {
        let clip = try config.fields.double("clip_qkv", in: 1e-6...1e6)
        for index in layers.indices { layers[index].attention.clip = clip.map { Float($0) } }
    }

    fileprivate init(
        olmo options: StandardDecoder, _ config: HFConfig, _ weights: WeightFiles
    ) throws(LoadError) {
        var options = options
        options.hasHeadNorms = true
        options.headNormScope = .allHeads
        try self.init(standard: options, config, weights)
        for index in layers.indices {
            layers[index].useOutputNorms(prefix: "model.layers.\(index).")
        }
    }
}

extension DecoderSpec.Layer {
    /// Moves the norms behind both parts.
    mutating func useOutputNorms(prefix: String) {
        attentionOutputNorm = feedForwardNorm
        feedForwardOutputNorm = feedForwardNorm
        feedForwardOutputNorm?.name = prefix + "post_feedforward_layernorm"
        attentionNorm = nil
        feedForwardNorm = nil
    }
}
