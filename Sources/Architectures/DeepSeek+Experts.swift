import Checkpoint
import Layers
import Tensor

/// The experts of DeepSeek's models.
struct DeepSeekExperts {
    struct Defaults {
        var sharedCount: Int
        var denseLayerCount: Int
        var scale: Double
    }

    var routing: RoutingSpec
    let count: Int
    let innerSize: Int
    let sharedCount: Int
    /// Number of leading layers without experts.
    let denseLayerCount: Int
    /// Layers with experts are those whose index is a multiple of this.
    let period: Int

    init(_ config: HFConfig, _ scoring: RoutingSpec.Scoring, _ defaults: Defaults) throws(LoadError) {
        let counts = 0...HFConfig.dimensions.upperBound
        count = try config.int("n_routed_experts")
        innerSize = try config.int("moe_intermediate_size")
        sharedCount = try config.int("n_shared_experts", default: defaults.sharedCount, in: counts)
        denseLayerCount = try config.int("first_k_dense_replace", default: defaults.denseLayerCount, in: counts)
        period = try config.int("moe_layer_freq", default: 1)
        routing = RoutingSpec(
            scoring, activeCount: try config.activeExperts("num_experts_per_tok", of: count),
            scale: Float(try config.double("routed_scaling_factor", default: defaults.scale)))
        config.ignore("ep_size")
    }

    /// Limits the choice to groups of experts, whose scores are those of their `best` experts.
    mutating func limitGroups(_ config: HFConfig, count groups: Int, activeCount: Int, best: Int) throws(LoadError) {
        guard count % groups == 0 else {
            throw config.failure("n_group", expected: "a divisor of \(count) experts", found: "\(groups)")
        }
        guard activeCount <= groups, activeCount * (count / groups) >= routing.activeCount else {
            throw config.failure(
                "topk_group", expected: "at most \(groups) groups, with at least \(routing.activeCount) experts",
                found: "\(activeCount)")
        }
        guard groups > 1 else { return }
        routing.groups = .init(count: groups, activeCount: activeCount, scoredCount: best)
    }
}

extension DecoderSpec {
    /// Replaces the feed-forward part of the layers that have experts. `correctionName`: as `Experts.correctionName`,
    /// below the router.
    mutating func useExperts(_ experts: DeepSeekExperts, correctionName: String?) {
        useExperts(where: { $0 >= experts.denseLayerCount && $0 % experts.period == 0 }) { prefix, dense in
            let prefix = prefix + "mlp."
            var mixture = dense.withoutBiases.usualExperts(
                prefix: prefix, count: experts.count, innerSize: experts.innerSize, experts.routing)
            mixture.correctionName = correctionName.map { "\(prefix)gate.\($0)" }
            if experts.sharedCount > 0 {
                mixture.shared = dense.usualExpert(
                    prefix: prefix + "shared_experts.", innerSize: experts.sharedCount * experts.innerSize)
            }
            return mixture
        }
    }
}

extension DecoderSpec.FeedForward {
    /// The part without biases, which only dense layers and shared experts have.
    fileprivate var withoutBiases: DecoderSpec.FeedForward {
        var part = self
        for index in part.input.indices { part.input[index].hasBias = false }
        part.output.hasBias = false
        return part
    }
}
