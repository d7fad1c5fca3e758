package import Checkpoint
import Layers
import Tensor

/// Mixtral (Jiang et al. 2024): Mistral with eight experts per layer, of which two serve a token.
package enum MixtralForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try MistralForCausalLM.spec(config, weights)
        let expertCount = try config.int("num_local_experts", default: 8)
        let routing = RoutingSpec(
            .softmaxOfSelected, activeCount: try config.activeExperts("num_experts_per_tok", of: expertCount))
        spec.useExperts { prefix, layer in
            layer.mixtralExperts(prefix: prefix + "block_sparse_moe.", count: expertCount, routing)
        }
        return spec
    }
}

/// Phi-3.5-MoE (Abdin et al. 2024): layer norms and biases, two of sixteen experts chosen one after the other.
package enum PhimoeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.useLayerNorms(epsilonKey: "rms_norm_eps")
        options.ropeDefaults.theta = 1_000_000
        options.hasHeadBias = try config.bool("lm_head_bias", default: false)
        var spec = try DecoderSpec(standard: options, config, weights)
        let hasWindow = config.contains("sliding_window")
        spec.setWindows(try config.windows(layerCount: spec.layers.count) { _ in hasWindow })
        let expertCount = try config.int("num_local_experts", default: 16)
        let jitter = Float(try config.double("router_jitter_noise", default: 0.01))
        config.ignore("input_jitter_noise")
        let routing = RoutingSpec(
            .sparseMixer(jitter: jitter), activeCount: try config.activeExperts("num_experts_per_tok", of: expertCount))
        spec.useExperts { prefix, layer in
            layer.mixtralExperts(prefix: prefix + "block_sparse_moe.", count: expertCount, routing)
        }
        return spec
    }
}

extension HFConfig {
    /// The number of experts per token; throws unless it is at most `count`, and for more experts than any model has.
    func activeExperts(_ key: String, of count: Int) throws(LoadError) -> Int {
        let active = try int(key)
        let limit = 1 << 14
        guard count <= limit else { throw failure(key, expected: "at most \(limit) experts", found: "\(count)") }
        guard active <= count else { throw failure(key, expected: "at most \(count) experts", found: "\(active)") }
        for key in ["output_router_logits", "router_aux_loss_coef", "aux_loss_alpha", "seq_aux"] { ignore(key) }
        return active
    }
}

extension DecoderSpec {
    /// Replaces the feed-forward part of the layers that have experts. `prefix`: that of the layer's names.
    mutating func useExperts(
        where hasExperts: (_ layer: Int) -> Bool = { _ in true },
        _ experts: (_ prefix: String, _ dense: FeedForward) -> Experts
    ) {
        for index in layers.indices where hasExperts(index) {
            guard case .dense(let dense) = layers[index].feedForward else { continue }
            layers[index].feedForward = .experts(experts("model.layers.\(index).", dense))
        }
    }
}

extension DecoderSpec.FeedForward {
    /// Experts of this part's size under Mixtral's names.
    func mixtralExperts(prefix: String, count: Int, _ routing: RoutingSpec) -> DecoderSpec.Experts {
        .init(
            router: .init(prefix + "gate", outputCount: count), routing: routing,
            experts: (0..<count).map { expert in
                renamed(["w1", "w3", "w2"].map { "\(prefix)experts.\(expert).\($0)" })
            })
    }

    /// Experts of `innerSize` under the names that most models use.
    func usualExperts(
        prefix: String, count: Int, innerSize: Int, _ routing: RoutingSpec
    ) -> DecoderSpec.Experts {
        .init(
            router: .init(prefix + "gate", outputCount: count), routing: routing,
            experts: (0..<count).map { usualExpert(prefix: "\(prefix)experts.\($0).", innerSize: innerSize) })
    }

    func usualExpert(prefix: String, innerSize: Int) -> DecoderSpec.FeedForward {
        var part = renamed(["gate_proj", "up_proj", "down_proj"].map { prefix + $0 })
        for index in part.input.indices {
            part.input[index].outputCount = innerSize
            part.input[index].storedCount = innerSize
        }
        return part
    }

    private func renamed(_ names: [String]) -> DecoderSpec.FeedForward {
        var part = self
        (part.input[0].name, part.input[1].name, part.output.name) = (names[0], names[1], names[2])
        return part
    }
}
