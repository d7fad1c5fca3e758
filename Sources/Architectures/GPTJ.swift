package import Checkpoint
import Layers

/// GPT-J (Wang and Komatsuzaki 2021): both parts read the same norm, and the first dimensions of each head rotate in
/// adjacent pairs.
package enum GPTJForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasFeedForwardBias = true
        options.hasHeadBias = true
        options.useLayerNorms(epsilonKey: "layer_norm_epsilon")
        options.activationKey = "activation_function"
        options.defaultActivation = "gelu_new"
        options.isGated = false
        options.keys.hiddenSize = "n_embd"
        options.keys.intermediateSize = "n_inner"
        options.keys.layerCount = "n_layer"
        options.keys.headCount = "n_head"
        options.keys.maxPositionCount = "n_positions"
        options.rotatesInterleaved = true
        options.rotatedDim = try config.int("rotary_dim", default: 64)
        options.names.embedding = "transformer.wte"
        options.names.norm = "transformer.ln_f"
        options.names.layers = "transformer.h."
        options.names.attentionNorm = "ln_1"
        options.names.queryKeyValue = ["attn.q_proj", "attn.k_proj", "attn.v_proj"]
        options.names.attentionOutput = "attn.out_proj"
        options.names.feedForwardNorm = "ln_1"
        options.names.feedForwardInput = ["mlp.fc_in"]
        options.names.feedForwardOutput = "mlp.fc_out"
        var spec = try DecoderSpec(standard: options, config, weights)
        for index in spec.layers.indices { spec.layers[index].residual = .parallel }
        return spec
    }
}
