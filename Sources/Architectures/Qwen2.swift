package import Checkpoint
package import Layers

/// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's shape with biases on query, key and value alone.
package enum Qwen2ForCausalLM {
    package static func load(_ config: HFConfig, _ loader: WeightLoader) throws(LoadError) -> LlamaForCausalLM {
        guard try !config.bool("use_sliding_window", default: false) else {
            throw config.failure("use_sliding_window", expected: "false", found: "true")
        }
        // All layers attend to the whole context, so these have no effect.
        for key in ["sliding_window", "max_window_layers", "layer_types"] { config.ignore(key) }
        var settings = try LlamaConfig(config)
        settings.hasQueryKeyValueBias = true
        settings.hasOutputBias = false
        return try LlamaForCausalLM(settings, config, loader)
    }
}
