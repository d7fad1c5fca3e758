package import Checkpoint
import Layers
import Tensor

/// Falcon (Almazrouei et al. 2023) in its three forms: one key head for all queries, key heads in groups, or the first
/// models' linear biases; query, key and value of each group stored together.
package enum FalconForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        let isGrouped = try config.bool("new_decoder_architecture", default: false)
        let isParallel = try config.bool("parallel_attn", default: true)
        let usesSlopes = try config.bool("alibi", default: false)
        var options = try StandardDecoder(config)
        options.setBiases(try config.bool("bias", default: false))
        options.useLayerNorms(epsilonKey: "layer_norm_epsilon")
        options.activationKey = "activation"
        options.defaultActivation = "gelu"
        options.isGated = false
        options.tiesEmbeddings = true
        options.keys.intermediateSize = "ffn_hidden_size"
        options.keys.kvHeadCount = "num_kv_heads"
        options.names.embedding = "transformer.word_embeddings"
        options.names.norm = "transformer.ln_f"
        options.names.layers = "transformer.h."
        options.names.attentionOutput = "self_attention.dense"
        options.names.feedForwardInput = ["mlp.dense_h_to_4h"]
        options.names.feedForwardOutput = "mlp.dense_4h_to_h"
        let normCount = try config.int("num_ln_in_parallel_attn", default: isGrouped ? 2 : 1)
        if isGrouped, normCount == 2 {
            options.names.attentionNorm = "ln_attn"
            options.names.feedForwardNorm = "ln_mlp"
        } else if isGrouped || isParallel {
            options.names.feedForwardNorm = options.names.attentionNorm
        }
        var spec = try DecoderSpec(standard: options, config, weights)
        let isMultiQuery = try config.bool("multi_query", default: true)
        for index in spec.layers.indices {
            spec.layers[index].residual = isGrouped || isParallel ? .parallel : .sequential
            spec.layers[index].attention.useFalconHeads(
                prefix: "transformer.h.\(index).", hasOneKey: isMultiQuery && !isGrouped, usesSlopes: usesSlopes,
                hasBias: options.hasQueryKeyValueBias)
        }
        return spec
    }
}

extension DecoderSpec.Attention {
    fileprivate mutating func useFalconHeads(prefix: String, hasOneKey: Bool, usesSlopes: Bool, hasBias: Bool) {
        if hasOneKey { heads.kvHeadCount = 1 }
        queryKeyValue = WeightLoader.Matrix.groupedHeads(
            prefix + "self_attention.query_key_value", heads, hasBias: hasBias)
        guard usesSlopes else { return }
        rotary = nil
        // The slopes are bfloat16. The biases are scaled like the scores, and the reference implementation adds them
        // twice: to the scores and with the mask.
        let slopes = AttentionSpec.slopes(headCount: heads.headCount).floatArray.map {
            2 * ElementType.bfloat16.rounded($0) * heads.scale
        }
        heads.slopes = Tensor(slopes, shape: Shape(slopes.count))
    }
}
