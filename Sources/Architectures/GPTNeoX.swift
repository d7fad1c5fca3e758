package import Checkpoint
import Layers
import Tensor

/// GPT-NeoX and Pythia (Black et al. 2022): both parts read the same stream, part of each head rotates, and the
/// projection stores query, key and value of each head together.
package enum GPTNeoXForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        config.ignore("num_key_value_heads")
        var sizes = try DecoderDimensions(config)
        sizes.kvHeadCount = sizes.headCount
        let hidden = sizes.hiddenSize
        let epsilon = try config.double("layer_norm_eps", default: 1e-5, in: 0...1)
        let activation = try config.activation("hidden_act", default: "gelu")
        let hasBias = try config.bool("attention_bias", default: true)
        let isParallel = try config.bool("use_parallel_residual", default: true)
        let rotary = try config.rotary(headDim: sizes.headDim, defaults: RopeDefaults(share: 0.25))
        func norm(_ name: String) -> WeightLoader.Norm { .init(name, .layer, epsilon: epsilon, hasBias: true) }
        func attention(_ prefix: String) -> DecoderSpec.Attention {
            let parts = (0..<3).map { part in
                WeightLoader.Matrix(
                    prefix + "query_key_value", outputCount: sizes.queryCount, storedCount: 3 * sizes.queryCount,
                    hasBias: hasBias,
                    rowMap: .headsOfEveryGroup(
                        part..<part + 1, of: 3, groupCount: sizes.headCount, headDim: sizes.headDim))
            }
            return .init(
                queryKeyValue: parts, output: .init(prefix + "dense", outputCount: hidden, hasBias: hasBias),
                heads: sizes.attention, rotary: rotary)
        }
        let isTied = try config.bool("tie_word_embeddings", default: false)
        return DecoderSpec(
            vocabularySize: sizes.vocabularySize, hiddenSize: hidden, maxPositionCount: sizes.maxPositionCount,
            embedding: .init(name: "gpt_neox.embed_in"),
            layers: (0..<sizes.layerCount).map { index in
                let prefix = "gpt_neox.layers.\(index)."
                return DecoderSpec.Layer(
                    attention: attention(prefix + "attention."),
                    feedForward: .dense(
                        .init(
                            input: [
                                .init(prefix + "mlp.dense_h_to_4h", outputCount: sizes.intermediateSize, hasBias: true)
                            ],
                            output: .init(prefix + "mlp.dense_4h_to_h", outputCount: hidden, hasBias: true),
                            activation: activation)),
                    residual: isParallel ? .parallel : .sequential,
                    attentionNorm: norm(prefix + "input_layernorm"),
                    feedForwardNorm: norm(prefix + "post_attention_layernorm"))
            },
            norm: norm("gpt_neox.final_layer_norm"),
            head: .init(isTied ? "gpt_neox.embed_in" : "embed_out", outputCount: sizes.vocabularySize),
            unusedTensors: isTied ? ["embed_out.weight"] : [])
    }
}
