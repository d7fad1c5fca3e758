package import Checkpoint

/// Llama (Touvron et al. 2023; Dubey et al. 2024) and the many models with the same structure.
package enum LlamaForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        try DecoderSpec(standard: StandardDecoder(config), config, weights)
    }
}
