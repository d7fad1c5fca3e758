package import Checkpoint
import Layers
import Tensor

/// Granite 3 MoE (IBM 2024): Granite with experts whose matrices are stacked in one tensor.
package enum GraniteMoeForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try GraniteForCausalLM.spec(config, weights)
        let count = try config.int("num_local_experts")
        let size = try config.int("intermediate_size")
        let routing = RoutingSpec(
            .softmaxOfSelected, activeCount: try config.activeExperts("num_experts_per_tok", of: count))
        let hiddenSize = spec.hiddenSize
        spec.useExperts { prefix, dense in
            let prefix = prefix + "block_sparse_moe."
            let experts = (0..<count).map { index in
                var expert = dense
                let place = WeightLoader.Place.stack(index: index, count: count)
                expert.input = [0..<size, size..<2 * size].map { rows in
                    var matrix = WeightLoader.Matrix(
                        prefix + "input_linear", outputCount: size, storedCount: 2 * size, rowMap: .slice(rows))
                    matrix.place = place
                    return matrix
                }
                expert.output = .init(prefix + "output_linear", outputCount: hiddenSize)
                expert.output.place = place
                return expert
            }
            return .init(
                router: .init(prefix + "router.layer", outputCount: count), routing: routing, experts: experts)
        }
        return spec
    }
}
