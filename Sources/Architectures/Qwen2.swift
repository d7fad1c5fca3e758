package import Checkpoint

/// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's structure with biases only on query, key and value.
package enum Qwen2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = try config.bool("qkv_bias", default: true)
        options.hasOutputBias = false
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.setWindows(try config.qwenWindows(layerCount: spec.layers.count))
        return spec
    }
}
