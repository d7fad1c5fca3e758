package import Checkpoint
import Layers
import Tensor

/// Gemma (Gemma Team 2024): scaled embeddings and norms whose weights are stored as offsets from one.
package enum GemmaForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(gemma: config)
        // The first files say "gelu" but were trained with its approximation.
        options.defaultActivation = "gelu_pytorch_tanh"
        config.ignore("hidden_act")
        return try DecoderSpec(gemma: options, config, weights)
    }
}

/// Gemma 2 (Gemma Team 2024): also norms after both parts, capped scores and logits, and a window in every other layer.
package enum Gemma2ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var spec = try DecoderSpec(gemma: StandardDecoder(gemma: config), config, weights)
        spec.setWindows(
            try config.windows(layerCount: spec.layers.count, defaultPattern: 2, defaultWindow: 4096))
        try spec.setScores(config, defaultScalar: 256)
        let cap = try config.fields.double("attn_logit_softcapping", in: 1e-6...1e6)
        for index in spec.layers.indices { spec.layers[index].attention.heads.softCap = cap.map { Float($0) } }
        for index in spec.layers.indices { spec.layers[index].addSandwichNorms(prefix: "model.layers.\(index).") }
        return spec
    }
}

/// Gemma 3's language model (Gemma Team 2025): also norms over heads; most layers use a sliding window and separate
/// rotary settings.
package enum Gemma3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(gemma: config)
        options.hasHeadNorms = true
        options.rotaryLayerType = "full_attention"
        options.ropeDefaults.theta = 1_000_000
        var spec = try DecoderSpec(gemma: options, config, weights)
        spec.setWindows(
            try config.windows(layerCount: spec.layers.count, defaultPattern: 6, defaultWindow: 4096))
        try spec.setScores(config, defaultScalar: nil)
        // The reference implementation reads it and leaves scores as they are.
        config.ignore("attn_logit_softcapping")
        let headDim = spec.layers[0].attention.heads.keyDim
        let localRotary = try config.rotaryOfWindows(headDim: headDim, theta: 10_000)
        for index in spec.layers.indices {
            if spec.layers[index].attention.heads.window != nil { spec.layers[index].attention.rotary = localRotary }
            spec.layers[index].addSandwichNorms(prefix: "model.layers.\(index).")
        }
        return spec
    }
}

extension StandardDecoder {
    /// The options that all Gemma models share.
    fileprivate init(gemma config: HFConfig) throws(LoadError) {
        try self.init(config)
        activationKey = "hidden_activation"
        defaultActivation = "gelu_pytorch_tanh"
        normOffset = 1
        tiesEmbeddings = true
        guard try !config.bool("use_bidirectional_attention", default: false) else {
            throw config.failure("use_bidirectional_attention", expected: "false", found: "true")
        }
    }
}

extension DecoderSpec {
    fileprivate init(
        gemma options: StandardDecoder, _ config: HFConfig, _ weights: WeightFiles
    ) throws(LoadError) {
        try self.init(standard: options, config, weights)
        embedding.scale = Float(hiddenSize).squareRoot()
    }

    /// Sets the scale of scores and the cap of logits. `defaultScalar`: nil for the size of a head.
    fileprivate mutating func setScores(_ config: HFConfig, defaultScalar: Double?) throws(LoadError) {
        let headDim = Double(layers[0].attention.heads.keyDim)
        let scalar = try config.double("query_pre_attn_scalar", default: defaultScalar ?? headDim, in: 1e-6...1e6)
        logitSoftCap = try config.fields.double("final_logit_softcapping", in: 1e-6...1e6).map { Float($0) }
        for index in layers.indices {
            layers[index].attention.heads.scale = Float(1 / scalar.squareRoot())
        }
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
