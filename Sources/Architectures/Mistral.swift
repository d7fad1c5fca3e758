package import Checkpoint

/// Mistral (Jiang et al. 2023) and Ministral: Llama's structure, with a sliding window in all or some layers.
package enum MistralForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try DecoderSpec(standard: StandardDecoder(config), config, weights)
        let hasWindow = config.contains("sliding_window")
        spec.setWindows(try config.windows(layerCount: spec.layers.count) { _ in hasWindow })
        return spec
    }
}
