package import Checkpoint
import Layers

/// Phi 1, 1.5 and 2 (Li et al. 2023): both parts read the same norm, part of each head rotates, biases everywhere.
package enum PhiForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.setBiases(true)
        options.hasHeadBias = true
        options.useLayerNorms(epsilonKey: "layer_norm_eps")
        options.hasHeadNorms = try config.bool("qk_layernorm", default: false)
        options.defaultActivation = "gelu_new"
        options.isGated = false
        options.rotatesPartially = true
        options.ropeDefaults.share = 0.5
        options.names.norm = "model.final_layernorm"
        options.names.queryNorm = "self_attn.q_layernorm"
        options.names.keyNorm = "self_attn.k_layernorm"
        options.names.attentionOutput = "self_attn.dense"
        options.names.feedForwardNorm = options.names.attentionNorm
        options.names.feedForwardInput = ["mlp.fc1"]
        options.names.feedForwardOutput = "mlp.fc2"
        var spec = try DecoderSpec(standard: options, config, weights)
        for index in spec.layers.indices { spec.layers[index].residual = .parallel }
        return spec
    }
}

/// Phi-3 and Phi-4 (Abdin et al. 2024): Llama's structure with fused projections and long rotary factors.
package enum Phi3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.rotatesPartially = true
        options.names.queryKeyValue = ["self_attn.qkv_proj"]
        options.names.feedForwardInput = ["mlp.gate_up_proj"]
        var spec = try DecoderSpec(standard: options, config, weights)
        let hasWindow = config.contains("sliding_window")
        spec.setWindows(try config.windows(layerCount: spec.layers.count) { _ in hasWindow })
        return spec
    }
}
