package import Checkpoint
import Tensor

/// Granite (IBM 2024): Llama's structure with factors for embeddings, scores, additions to the stream and logits.
package enum GraniteForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try DecoderSpec(standard: StandardDecoder(config), config, weights)
        try spec.setGraniteFactors(config)
        return spec
    }
}

extension DecoderSpec {
    mutating func setGraniteFactors(_ config: HFConfig) throws(LoadError) {
        let range = 1e-6...1e6
        embedding.scale = Float(try config.double("embedding_multiplier", default: 1, in: range))
        logitScale = Float(1 / (try config.double("logits_scaling", default: 1, in: range)))
        let scale = try config.double("attention_multiplier", default: 1, in: range)
        let residualScale = try config.double("residual_multiplier", default: 1, in: range)
        for index in layers.indices {
            layers[index].attention.heads.scale = Float(scale)
            layers[index].residualScale = Float(residualScale)
        }
    }
}
