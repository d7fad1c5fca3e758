package import Checkpoint

/// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's shape with biases on query, key and value alone.
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
    /// Throws where a Qwen model uses its sliding window, and passes over the settings of a window that is not used.
    func requireFullAttention() throws(LoadError) {
        guard try !bool("use_sliding_window", default: false) else {
            throw failure("use_sliding_window", expected: "false", found: "true")
        }
        for key in ["sliding_window", "max_window_layers", "layer_types"] { ignore(key) }
    }
}
