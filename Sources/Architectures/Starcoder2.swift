package import Checkpoint

/// StarCoder2 (Lozhkov et al. 2024): layer norms, biases, a plain feed-forward part and a sliding window.
package enum Starcoder2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.setBiases(try config.bool("use_bias", default: true))
        options.useLayerNorms(epsilonKey: "norm_epsilon")
        options.defaultActivation = "gelu_pytorch_tanh"
        options.isGated = false
        options.tiesEmbeddings = true
        options.names.feedForwardInput = ["mlp.c_fc"]
        options.names.feedForwardOutput = "mlp.c_proj"
        var spec = try DecoderSpec(standard: options, config, weights)
        let hasWindow = config.contains("sliding_window")
        spec.setWindows(try config.windows(layerCount: spec.layers.count) { _ in hasWindow })
        return spec
    }
}
