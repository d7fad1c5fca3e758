package import Checkpoint
import Layers
import Tensor

/// GPT-2 (Radford et al. 2019): learned positions, layer norms, biases everywhere, matrices stored transposed.
package enum GPT2LMHeadModel {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        let hidden = try config.int("n_embd")
        let headCount = try config.int("n_head")
        let layerCount = try config.int("n_layer", in: 1...10_000)
        let inner = try config.int("n_inner", default: 4 * hidden)
        let epsilon = try config.double("layer_norm_epsilon", default: 1e-5, in: 0...1)
        let activation = try config.activation("activation_function", default: "gelu_new")
        guard hidden % headCount == 0, hidden / headCount % 2 == 0 else {
            throw config.failure("n_head", expected: "even parts of \(hidden)", found: "\(headCount)")
        }
        let scales = try config.scoreScales(headDim: hidden / headCount, layerCount: layerCount)
        // Published checkpoints have the names of the bare decoder, others those of the whole model.
        let root = weights.hasTensors(prefix: "transformer.") ? "transformer." : ""
        func matrix(_ name: String, _ count: Int) -> WeightLoader.Matrix {
            .init(name, outputCount: count, hasBias: true, isTransposed: true)
        }
        func norm(_ name: String) -> WeightLoader.Norm { .init(name, .layer, epsilon: epsilon, hasBias: true) }
        let vocabulary = try config.int("vocab_size")
        let isTied = try config.bool("tie_word_embeddings", default: true)
        return DecoderSpec(
            vocabularySize: vocabulary, hiddenSize: hidden, maxPositionCount: try config.int("n_positions"),
            embedding: .init(name: root + "wte", positions: root + "wpe"),
            layers: (0..<layerCount).map { index in
                let prefix = "\(root)h.\(index)."
                return DecoderSpec.Layer(
                    attention: .init(
                        queryKeyValue: [matrix(prefix + "attn.c_attn", 3 * hidden)],
                        output: matrix(prefix + "attn.c_proj", hidden),
                        heads: AttentionSpec(
                            headCount: headCount, kvHeadCount: headCount, keyDim: hidden / headCount,
                            scale: scales[index])),
                    feedForward: .dense(
                        .init(
                            input: [matrix(prefix + "mlp.c_fc", inner)], output: matrix(prefix + "mlp.c_proj", hidden),
                            activation: activation)),
                    attentionNorm: norm(prefix + "ln_1"), feedForwardNorm: norm(prefix + "ln_2"))
            },
            norm: norm(root + "ln_f"), head: .init(isTied ? root + "wte" : "lm_head", outputCount: vocabulary),
            unusedTensors: isTied ? ["lm_head.weight"] : [])
    }
}

extension HFConfig {
    /// The scale of the scores in each layer. The order of its arithmetic has no effect in float32.
    fileprivate func scoreScales(headDim: Int, layerCount: Int) throws(LoadError) -> [Float] {
        guard try !bool("add_cross_attention", default: false) else {
            throw failure("add_cross_attention", expected: "false", found: "true")
        }
        ignore("reorder_and_upcast_attn")
        let scale = try bool("scale_attn_weights", default: true) ? 1 / Float(headDim).squareRoot() : 1
        let dividesByLayer = try bool("scale_attn_by_inverse_layer_idx", default: false)
        return (0..<layerCount).map { dividesByLayer ? scale / Float($0 + 1) : scale }
    }
}
