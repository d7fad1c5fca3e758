package import Checkpoint

/// Nemotron-4 and Minitron (Parmar et al. 2024): layer norms with weights stored as offsets from one, a squared ReLU, and
/// part of each head rotates.
package enum NemotronForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.useLayerNorms(epsilonKey: "norm_eps")
        options.normOffset = 1
        options.defaultActivation = "relu2"
        options.isGated = false
        options.rotatesPartially = true
        options.ropeDefaults.share = 0.5
        options.names.feedForwardInput = ["mlp.up_proj"]
        return try DecoderSpec(standard: options, config, weights)
    }
}
