package import Checkpoint
import Layers
import Tensor

/// BLOOM (Scao et al. 2022): linear biases in place of positions, a norm of the embeddings, query, key and value of each
/// head stored together.
package enum BloomForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        let addsToNormalized = try config.bool("apply_residual_connection_post_layernorm", default: false)
        // The two orders of a sharded sum differ only in rounding.
        config.ignore("slow_but_exact")
        let root = weights.hasTensors(prefix: "transformer.") ? "transformer." : ""
        var options = try StandardDecoder(config)
        options.setBiases(true)
        options.useLayerNorms(epsilonKey: "layer_norm_epsilon")
        options.defaultActivation = "gelu_new"
        options.isGated = false
        options.tiesEmbeddings = true
        options.keys.headCount = "n_head"
        options.keys.layerCount = "n_layer"
        options.names.embedding = root + "word_embeddings"
        options.names.norm = root + "ln_f"
        options.names.layers = root + "h."
        options.names.attentionOutput = "self_attention.dense"
        options.names.feedForwardInput = ["mlp.dense_h_to_4h"]
        options.names.feedForwardOutput = "mlp.dense_4h_to_h"
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.embedding.norm = spec.norm
        spec.embedding.norm?.name = root + "word_embeddings_layernorm"
        let heads = spec.layers[0].attention.heads
        let slopes = AttentionSpec.slopes(headCount: heads.headCount)
        for index in spec.layers.indices {
            if addsToNormalized { spec.layers[index].residual = .normalized }
            spec.layers[index].attention.rotary = nil
            spec.layers[index].attention.heads.slopes = slopes
            spec.layers[index].attention.queryKeyValue = WeightLoader.Matrix.groupedHeads(
                "\(root)h.\(index).self_attention.query_key_value", heads, hasBias: true)
        }
        return spec
    }
}

extension AttentionSpec {
    /// The slopes of linear biases (Press et al. 2021): a geometric sequence for a power of two of heads; other counts
    /// take every other slope of the next power for the rest.
    static func slopes(headCount: Int) -> Tensor {
        func sequence(_ count: Int) -> [Double] {
            var base = 256.0
            for _ in 0..<count.trailingZeroBitCount { base = base.squareRoot() }
            var slope = 1.0
            return (0..<count).map { _ in
                slope /= base
                return slope
            }
        }
        let power = 1 << (Int.bitWidth - 1 - headCount.leadingZeroBitCount)
        let rest = sequence(2 * power).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let slopes = sequence(power) + rest.prefix(headCount - power)
        return Tensor(slopes.map { Float($0) }, shape: Shape(headCount))
    }
}

extension WeightLoader.Matrix {
    /// Query, key and value from one matrix that stores, for each key head, the query heads that share it, then the key
    /// and the value.
    static func groupedHeads(_ name: String, _ heads: AttentionSpec, hasBias: Bool) -> [WeightLoader.Matrix] {
        let shared = heads.headCount / heads.kvHeadCount
        let stored = (heads.headCount + 2 * heads.kvHeadCount) * heads.keyDim
        return [0..<shared, shared..<shared + 1, shared + 1..<shared + 2].map { part in
            WeightLoader.Matrix(
                name, outputCount: part.count * heads.kvHeadCount * heads.keyDim, storedCount: stored,
                hasBias: hasBias,
                rowMap: .headsOfEveryGroup(
                    part, of: shared + 2, groupCount: heads.kvHeadCount, headDim: heads.keyDim))
        }
    }
}
