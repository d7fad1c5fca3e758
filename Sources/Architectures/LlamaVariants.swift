package import Checkpoint

/// InternLM (Shanghai AI Laboratory 2023): Llama's structure with biases around the attention.
package enum InternLMForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = try config.bool("bias", default: true)
        options.hasOutputBias = options.hasQueryKeyValueBias
        return try DecoderSpec(standard: options, config, weights)
    }
}

/// InternLM3 (Shanghai AI Laboratory 2025): Llama's structure with keys of its own for the biases.
package enum InternLM3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasFeedForwardBias = try config.bool("bias", default: options.hasFeedForwardBias)
        options.hasQueryKeyValueBias = try config.bool("qkv_bias", default: options.hasQueryKeyValueBias)
        options.hasOutputBias = try config.bool("bias", default: options.hasOutputBias)
        options.defaultEpsilon = 1e-5
        return try DecoderSpec(standard: options, config, weights)
    }
}

/// Code World Model (Meta 2025): Llama's structure with a sliding window in three of four layers.
package enum CwmForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.defaultEpsilon = 1e-5
        options.ropeDefaults.theta = 1_000_000
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.setWindows(try config.windows(layerCount: spec.layers.count, default: 8192) { $0 % 4 != 0 })
        return spec
    }
}

/// Seed-OSS (ByteDance 2025): Llama's structure with biases on query, key and value.
package enum SeedOssForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = try config.bool("attention_bias", default: true)
        options.hasOutputBias = try config.bool("attention_out_bias", default: false)
        return try DecoderSpec(standard: options, config, weights)
    }
}

/// Arcee (Arcee AI 2025): Llama's structure with a plain feed-forward part and a squared ReLU.
package enum ArceeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.defaultActivation = "relu2"
        options.defaultEpsilon = 1e-5
        options.isGated = false
        options.names.feedForwardInput = ["mlp.up_proj"]
        return try DecoderSpec(standard: options, config, weights)
    }
}
