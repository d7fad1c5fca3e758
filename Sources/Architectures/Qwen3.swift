package import Checkpoint

/// Qwen3 (Yang et al. 2025): Llama's structure with norms over query and key heads.
package enum Qwen3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasHeadNorms = true
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.setWindows(try config.qwenWindows(layerCount: spec.layers.count))
        return spec
    }
}
