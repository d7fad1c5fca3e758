package import Checkpoint
import Layers

/// GLM-4 (GLM Team 2024): half of each head rotates in adjacent pairs; gate and up are one matrix.
package enum GlmForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasOutputBias = false
        options.rotatesPartially = true
        options.ropeDefaults.share = 0.5
        options.rotatesInterleaved = true
        options.names.feedForwardInput = ["mlp.gate_up_proj"]
        return try DecoderSpec(standard: options, config, weights)
    }
}

/// GLM-4-0414 (GLM Team 2025): also norms after both parts.
package enum Glm4ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try GlmForCausalLM.spec(config, weights)
        for index in spec.layers.indices {
            spec.layers[index].attentionOutputNorm = spec.layers[index].attentionNorm
            spec.layers[index].attentionOutputNorm?.name = "model.layers.\(index).post_self_attn_layernorm"
            spec.layers[index].feedForwardOutputNorm = spec.layers[index].attentionNorm
            spec.layers[index].feedForwardOutputNorm?.name = "model.layers.\(index).post_mlp_layernorm"
        }
        return spec
    }
}
