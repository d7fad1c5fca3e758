package import Checkpoint
import Layers
import Tensor

/// DeepSeek-V2 (DeepSeek-AI 2024): latent attention, and experts beside shared ones after the first layers.
package enum DeepseekV2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try DecoderSpec(latent: config, weights, rotatesInterleaved: true)
        try config.require("scoring_func", ["softmax"])
        // The published model code and transformers differ in what they make of true.
        guard try !config.bool("norm_topk_prob", default: false) else {
            throw config.failure("norm_topk_prob", expected: "false", found: "true")
        }
        let method = try config.require("topk_method", ["greedy", "group_limited_greedy"])
        let defaults = DeepSeekExperts.Defaults(sharedCount: 2, denseLayerCount: 0, scale: 1)
        var experts = try DeepSeekExperts(config, .softmax, defaults)
        if method == "group_limited_greedy" {
            try experts.limitGroups(
                config, count: config.int("n_group"), activeCount: config.int("topk_group"), best: 1)
        } else {
            for key in ["n_group", "topk_group"] { config.ignore(key) }
        }
        spec.useExperts(experts, correctionName: nil)
        return spec
    }
}

/// DeepSeek-V3 and R1 (DeepSeek-AI 2024), and Kimi K2: DeepSeek-V2 with another choice of experts, whose balance a
/// vector corrects.
package enum DeepseekV3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        let isInterleaved = try config.bool("rope_interleave", default: true)
        var spec = try DecoderSpec(latent: config, weights, rotatesInterleaved: isInterleaved)
        try config.require("scoring_func", ["sigmoid"])
        try config.require("topk_method", ["noaux_tc"])
        let defaults = DeepSeekExperts.Defaults(sharedCount: 1, denseLayerCount: 3, scale: 2.5)
        var experts = try DeepSeekExperts(config, .sigmoid, defaults)
        experts.routing.isNormalized = try config.bool("norm_topk_prob", default: true)
        try experts.limitGroups(
            config, count: config.int("n_group", default: 8), activeCount: config.int("topk_group", default: 4), best: 2
        )
        spec.useExperts(experts, correctionName: "e_score_correction_bias")
        try spec.ignoreNextTokenLayers(config, weights)
        return spec
    }
}

extension DecoderSpec {
    /// Ignores the layers after the last one, which predict further tokens.
    fileprivate mutating func ignoreNextTokenLayers(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) {
        let counts = 0...HFConfig.dimensions.upperBound
        let extra = layers.count..<layers.count + (try config.int("num_nextn_predict_layers", default: 1, in: counts))
        let prefix = "model.layers."
        unusedTensors += weights.tensorNames.filter { name in
            guard name.hasPrefix(prefix), let layer = Int(name.dropFirst(prefix.count).prefix { $0 != "." }) else {
                return false
            }
            return extra.contains(layer)
        }
    }
}

extension HFConfig {
    /// Throws unless the setting is one of `values`, of which the first is the default. Returns it.
    @discardableResult
    fileprivate func require(_ key: String, _ values: [String]) throws(LoadError) -> String {
        let found = try string(key, default: values[0])
        guard values.contains(found) else {
            throw failure(key, expected: values.joined(separator: " or "), found: found)
        }
        return found
    }
}
