package import Checkpoint
import Layers
import Tensor

/// gpt-oss (OpenAI 2025): attention sinks, a window in every other layer, and experts with clamped gates whose gate and up
/// columns alternate.
package enum GptOssForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = try config.bool("attention_bias", default: true)
        options.hasOutputBias = options.hasQueryKeyValueBias
        options.defaultEpsilon = 1e-5
        options.ropeDefaults.theta = 150_000
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.setWindows(try config.windows(layerCount: spec.layers.count, defaultPattern: 2, defaultWindow: 128))
        for index in spec.layers.indices {
            spec.layers[index].attention.sinksName = "model.layers.\(index).self_attn.sinks"
        }
        let alpha = try config.double("swiglu_alpha", default: 1.702)
        guard alpha == 1.702 else { throw config.failure("swiglu_alpha", expected: "1.702", found: "\(alpha)") }
        let experts = Experts(
            count: try config.int("num_local_experts"), innerSize: try config.int("intermediate_size"),
            hiddenSize: spec.hiddenSize, limit: Float(try config.double("swiglu_limit", default: 7, in: 1e-6...1e6)))
        let routing = RoutingSpec(
            .softmaxOfSelected, activeCount: try config.activeExperts("num_experts_per_tok", of: experts.count))
        spec.useExperts { prefix, _ in
            let prefix = prefix + "mlp."
            return .init(
                router: .init(prefix + "router", outputCount: experts.count, hasBias: true), routing: routing,
                experts: (0..<experts.count).map { experts.expert($0, prefix: prefix + "experts.") })
        }
        return spec
    }

    /// The stacked matrices of all experts.
    private struct Experts {
        let count: Int
        let innerSize: Int
        let hiddenSize: Int
        let limit: Float

        func expert(_ index: Int, prefix: String) -> DecoderSpec.FeedForward {
            func matrix(_ name: String, _ outputCount: Int, _ storedCount: Int, _ rowMap: RowMap) -> WeightLoader.Matrix
            {
                var matrix = WeightLoader.Matrix(
                    prefix + name, outputCount: outputCount, storedCount: storedCount, hasBias: true, rowMap: rowMap,
                    isTransposed: true)
                matrix.place = .stack(index: index, count: count)
                (matrix.weightEnding, matrix.biasEnding) = ("", "_bias")
                return matrix
            }
            let input = [0, 1].map { part in
                matrix(
                    "gate_up_proj", innerSize, 2 * innerSize,
                    .headsOfEveryGroup(part..<part + 1, of: 2, groupCount: innerSize, headDim: 1))
            }
            return .init(
                input: input, output: matrix("down_proj", hiddenSize, hiddenSize, .asStored),
                activation: .quickGELU, gateLimit: limit)
        }
    }
}
