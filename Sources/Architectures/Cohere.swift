package import Checkpoint
import Layers
import Tensor

/// Command R (Cohere 2024): both parts read the same norm, adjacent pairs rotate, and logits are scaled.
package enum CohereForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(cohere: config)
        options.hasHeadNorms = try config.bool("use_qk_norm", default: false)
        options.headNormScope = .eachHead
        var spec = try DecoderSpec(cohere: options, config, weights)
        for index in spec.layers.indices {
            let heads = spec.layers[index].attention.heads
            spec.layers[index].attention.queryNorm?.rowCount = heads.headCount
            spec.layers[index].attention.keyNorm?.rowCount = heads.kvHeadCount
        }
        return spec
    }
}

/// Command R7B (Cohere 2024): also a sliding window in three of four layers; the others do not rotate.
package enum Cohere2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try DecoderSpec(cohere: StandardDecoder(cohere: config), config, weights)
        spec.setWindows(
            try config.windows(layerCount: spec.layers.count, defaultPattern: 4, defaultWindow: 4096))
        for index in spec.layers.indices where spec.layers[index].attention.heads.window == nil {
            spec.layers[index].attention.rotary = nil
        }
        return spec
    }
}

extension StandardDecoder {
    fileprivate init(cohere config: HFConfig) throws(LoadError) {
        try self.init(config)
        useLayerNorms(epsilonKey: "layer_norm_eps", hasBias: false)
        tiesEmbeddings = true
        rotatesInterleaved = true
        ropeDefaults.theta = 500_000
        names.feedForwardNorm = names.attentionNorm
    }
}

extension DecoderSpec {
    fileprivate init(
        cohere options: StandardDecoder, _ config: HFConfig, _ weights: WeightFiles
    ) throws(LoadError) {
        try self.init(standard: options, config, weights)
        logitScale = Float(try config.double("logit_scale", default: 0.0625))
        for index in layers.indices { layers[index].residual = .parallel }
    }
}
