package import Checkpoint
import Layers
import Support
import Tensor

/// Qwen1.5-MoE and Qwen2-MoE (Yang et al. 2024): Qwen2 with experts and a shared expert behind a gate of its own.
package enum Qwen2MoeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try Qwen2ForCausalLM.spec(config, weights)
        let size = try config.int("shared_expert_intermediate_size")
        try spec.useQwenExperts(config) { prefix, dense, experts in
            experts.shared = dense.usualExpert(prefix: prefix + "shared_expert.", innerSize: size)
            experts.sharedGate = .init(prefix + "shared_expert_gate", outputCount: 1)
        }
        return spec
    }
}

/// Qwen3-MoE (Yang et al. 2025): Qwen3 with experts.
package enum Qwen3MoeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try Qwen3ForCausalLM.spec(config, weights)
        try spec.useQwenExperts(config) { _, _, _ in }
        return spec
    }
}

/// OLMoE (Muennighoff et al. 2024): Llama's structure with experts and norms over all heads.
package enum OlmoeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasHeadNorms = true
        options.headNormScope = .allHeads
        options.defaultEpsilon = 1e-5
        var spec = try DecoderSpec(standard: options, config, weights)
        try spec.setClip(config)
        let count = try config.int("num_experts", default: 64)
        let size = try config.int("intermediate_size")
        let routing = RoutingSpec(
            .softmax, activeCount: try config.activeExperts("num_experts_per_tok", of: count),
            isNormalized: try config.bool("norm_topk_prob", default: false))
        spec.useExperts { prefix, dense in
            dense.usualExperts(prefix: prefix + "mlp.", count: count, innerSize: size, routing)
        }
        return spec
    }
}

extension DecoderSpec {
    /// Replaces the feed-forward part of the layers that are sparse in Qwen's models.
    fileprivate mutating func useQwenExperts(
        _ config: HFConfig, _ change: (_ prefix: String, _ dense: FeedForward, inout Experts) -> Void
    ) throws(LoadError) {
        let count = try config.int(config.contains("num_local_experts") ? "num_local_experts" : "num_experts")
        let size = try config.int("moe_intermediate_size")
        let step = try config.int("decoder_sparse_step", default: 1)
        let dense = Set(try config.fields.ints("mlp_only_layers") ?? [])
        let routing = RoutingSpec(
            .softmax, activeCount: try config.activeExperts("num_experts_per_tok", of: count),
            isNormalized: try config.bool("norm_topk_prob", default: false))
        useExperts(where: { !dense.contains($0) && ($0 + 1) % step == 0 }) { prefix, part in
            let prefix = prefix + "mlp."
            var experts = part.usualExperts(prefix: prefix, count: count, innerSize: size, routing)
            change(prefix, part, &experts)
            return experts
        }
    }
}
