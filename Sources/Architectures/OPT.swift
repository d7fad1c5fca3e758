package import Checkpoint
import Layers

/// OPT (Zhang et al. 2022): learned positions whose table begins with two unused rows, layer norms, a ReLU. The model
/// with 350 million parameters has norms after the parts and embeddings narrower than its hidden states.
package enum OPTForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        for key in ["layerdrop", "init_std"] { config.ignore(key) }
        let root = weights.hasTensors(prefix: "model.decoder.") ? "model.decoder." : "decoder."
        var options = try StandardDecoder(config)
        options.setBiases(try config.bool("enable_bias", default: true))
        options.useLayerNorms(epsilonKey: "layer_norm_eps")
        options.normHasWeight = try config.bool("layer_norm_elementwise_affine", default: true)
        options.normHasBias = options.normHasWeight
        options.activationKey = "activation_function"
        options.defaultActivation = "relu"
        options.isGated = false
        options.tiesEmbeddings = true
        options.keys.intermediateSize = "ffn_dim"
        options.names.embedding = root + "embed_tokens"
        options.names.norm = root + "final_layer_norm"
        options.names.layers = root + "layers."
        options.names.attentionNorm = "self_attn_layer_norm"
        options.names.attentionOutput = "self_attn.out_proj"
        options.names.feedForwardNorm = "final_layer_norm"
        options.names.feedForwardInput = ["fc1"]
        options.names.feedForwardOutput = "fc2"
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.embedding.positions = root + "embed_positions"
        spec.embedding.firstPositionRow = 2
        for index in spec.layers.indices { spec.layers[index].attention.rotary = nil }
        let removesFinalNorm = try config.bool("_remove_final_layer_norm", default: false)
        if try !config.bool("do_layer_norm_before", default: true) {
            spec.moveNormsAfterParts()
        } else if removesFinalNorm {
            spec.norm = nil
        }
        let width = try config.int("word_embed_proj_dim", default: spec.hiddenSize)
        if width != spec.hiddenSize {
            spec.embedding.projection = (width, .init(root + "project_in", outputCount: spec.hiddenSize))
            spec.outputProjection = .init(root + "project_out", outputCount: width)
        }
        return spec
    }
}
