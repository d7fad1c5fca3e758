package import Checkpoint

/// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's structure with biases only on query, key and value.
package enum Qwen2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        try config.requireFullAttention()
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = true
        options.hasOutputBias = false
        return try DecoderSpec(standard: options, config, weights)
    }
}

extension HFConfig {
    /// Throws if a Qwen model uses its sliding window; ignores the settings of an unused window.
    func requireFullAttention() throws(LoadError) {
        guard try !bool("use_sliding_window", default: false) else {
            throw failure("use_sliding_window", expected: "false", found: "true")
        }
        for key in ["sliding_window", "max_window_layers", "layer_types"] { ignore(key) }
    }
}
