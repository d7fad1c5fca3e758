package import Checkpoint
import Layers
import Tensor

/// Gemma 3's language model (Gemma Team 2025): norms before and after both parts and over heads, all with weights
/// stored as offsets from one; most layers use a sliding window and separate rotary settings.
package enum Gemma3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasHeadNorms = true
        options.activationKey = "hidden_activation"
        options.normOffset = 1
        options.tiesEmbeddings = true
        options.rotaryLayerType = "full_attention"
        for key in ["attn_logit_softcapping", "final_logit_softcapping"] where config.contains(key) {
            throw config.failure(key, expected: "null", found: "a number")
        }
        guard try !config.bool("use_bidirectional_attention", default: false) else {
            throw config.failure("use_bidirectional_attention", expected: "false", found: "true")
        }
        var spec = try DecoderSpec(standard: options, config, weights)
        spec.embedding.scale = Float(spec.hiddenSize).squareRoot()
        let headDim = spec.layers[0].attention.heads.keyDim
        let scalar = try config.double("query_pre_attn_scalar", default: Double(headDim), in: 1e-6...1e6)
        let window = try config.int("sliding_window", default: 4096)
        let localRotary = try config.rotary(headDim: headDim, layerType: "sliding_attention")
        let isLocal = try config.slidingLayers(count: spec.layers.count, defaultPattern: 6)
        for index in spec.layers.indices {
            spec.layers[index].attention.heads.scale = Float(1 / scalar.squareRoot())
            spec.layers[index].attention.heads.window = isLocal[index] ? window : nil
            if isLocal[index] { spec.layers[index].attention.rotary = localRotary }
            spec.layers[index].addSandwichNorms(prefix: "model.layers.\(index).")
        }
        return spec
    }
}

extension DecoderSpec.Layer {
    /// Assigns the four norms by Gemma's names: Llama's norm after the attention is here the attention's output norm.
    fileprivate mutating func addSandwichNorms(prefix: String) {
        attentionOutputNorm = feedForwardNorm
        feedForwardNorm?.name = prefix + "pre_feedforward_layernorm"
        feedForwardOutputNorm = feedForwardNorm
        feedForwardOutputNorm?.name = prefix + "post_feedforward_layernorm"
    }
}

extension HFConfig {
    /// Returns which layers use a sliding window: those in `layer_types`, else all but every
    /// `sliding_window_pattern`-th.
    func slidingLayers(count: Int, defaultPattern: Int) throws(LoadError) -> [Bool] {
        let patternKey = contains("sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern"
        let pattern = try int(patternKey, default: defaultPattern)
        guard let types = try fields.strings("layer_types") else {
            return (0..<count).map { ($0 + 1) % pattern != 0 }
        }
        let known = ["sliding_attention", "full_attention"]
        guard types.count == count, types.allSatisfy(known.contains) else {
            throw failure(
                "layer_types", expected: "\(count) of \(known.joined(separator: ", "))", found: "\(types)")
        }
        return types.map { $0 == "sliding_attention" }
    }
}
