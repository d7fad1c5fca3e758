package import Checkpoint
import Layers
import Tensor

/// StableLM (Bellagente et al. 2024): layer norms, part of each head rotates; some models have parallel parts and a norm
/// for each head.
package enum StableLmForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasQueryKeyValueBias = try config.bool("use_qkv_bias", default: false)
        // The first files have another key.
        options.useLayerNorms(epsilonKey: config.contains("norm_eps") ? "norm_eps" : "layer_norm_eps")
        options.rotatesPartially = true
        options.ropeDefaults.share = 0.25
        let isParallel = try config.bool("use_parallel_residual", default: false)
        if isParallel { options.names.feedForwardNorm = options.names.attentionNorm }
        options.hasHeadNorms = try config.bool("qk_layernorm", default: false)
        options.headNormScope = .eachHead
        options.names.queryNorm = "self_attn.q_layernorm"
        options.names.keyNorm = "self_attn.k_layernorm"
        var spec = try DecoderSpec(standard: options, config, weights)
        for index in spec.layers.indices {
            if isParallel { spec.layers[index].residual = .parallel }
            spec.layers[index].attention.useNormsOfEachHead()
        }
        return spec
    }
}

extension DecoderSpec.Attention {
    /// The heads' norms are tensors of their own, without biases.
    fileprivate mutating func useNormsOfEachHead() {
        func parts(_ norm: WeightLoader.Norm?, _ headCount: Int) -> WeightLoader.Norm? {
            guard var norm else { return nil }
            norm.partNames = (0..<headCount).map { "\(norm.name).norms.\($0)" }
            norm.hasBias = false
            return norm
        }
        queryNorm = parts(queryNorm, heads.headCount)
        keyNorm = parts(keyNorm, heads.kvHeadCount)
    }
}
