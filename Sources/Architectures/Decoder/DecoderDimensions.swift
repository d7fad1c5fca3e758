package import Checkpoint
package import Layers
package import Tensor

/// The sizes of a decoder, under the names that most configurations use.
package struct DecoderDimensions: Sendable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var kvHeadCount: Int
    package var headDim: Int
    package var maxPositionCount: Int

    /// The keys of a configuration that names its sizes otherwise.
    package struct Keys: Sendable {
        package var hiddenSize = "hidden_size"
        /// If the key is absent, the size is four times the hidden size.
        package var intermediateSize = "intermediate_size"
        package var layerCount = "num_hidden_layers"
        package var headCount = "num_attention_heads"
        package var kvHeadCount = "num_key_value_heads"
        package var maxPositionCount = "max_position_embeddings"
    }

    package init(_ config: HFConfig, keys: Keys = Keys()) throws(LoadError) {
        vocabularySize = try config.int("vocab_size")
        hiddenSize = try config.int(keys.hiddenSize)
        intermediateSize = try config.int(keys.intermediateSize, default: 4 * hiddenSize)
        layerCount = try config.int(keys.layerCount, in: 1...10_000)
        headCount = try config.int(keys.headCount)
        kvHeadCount = try config.int(keys.kvHeadCount, default: headCount)
        headDim = try config.int("head_dim", default: max(1, hiddenSize / headCount), in: 1...1 << 16)
        maxPositionCount = try config.int(keys.maxPositionCount, default: 2048)
        guard headCount % kvHeadCount == 0 else {
            throw config.failure(keys.kvHeadCount, expected: "a divisor of \(headCount)", found: "\(kvHeadCount)")
        }
        guard headDim % 2 == 0 else {
            throw config.failure("head_dim", expected: "an even number", found: "\(headDim)")
        }
        guard config.contains("head_dim") || hiddenSize % headCount == 0 else {
            throw config.failure(keys.headCount, expected: "a divisor of \(hiddenSize)", found: "\(headCount)")
        }
        guard HFConfig.dimensions.contains(queryCount) else {
            throw config.failure(
                keys.headCount, expected: "at most \(HFConfig.dimensions.upperBound / headDim)", found: "\(headCount)")
        }
    }

    /// Full causal attention with these heads.
    package var attention: AttentionSpec {
        AttentionSpec(
            headCount: headCount, kvHeadCount: kvHeadCount, keyDim: headDim, scale: 1 / Float(headDim).squareRoot())
    }

    package var queryCount: Int { headCount * headDim }
    package var kvCount: Int { kvHeadCount * headDim }
}

extension HFConfig {
    /// Returns the activation under `key`. Throws an error that lists the known ones if it is unknown.
    package func activation(_ key: String, default value: String) throws(LoadError) -> Activation {
        let name = try string(key, default: value)
        guard let activation = Activation(huggingFaceName: name) else {
            throw failure(key, expected: Activation.huggingFaceNames.joined(separator: ", "), found: name)
        }
        return activation
    }

    /// Throws if the model attends to later tokens.
    package func requireCausal() throws(LoadError) {
        guard try bool("is_causal", default: true) else {
            throw failure("is_causal", expected: "true", found: "false")
        }
    }

    /// Throws if only part of each head rotates.
    package func requireWholeHeadsRotate(layerType: String? = nil) throws(LoadError) {
        let share = try rope(layerType: layerType).partialRotaryFactor
        guard share == 1 else { throw failure("partial_rotary_factor", expected: "1", found: "\(share)") }
    }

    /// Returns the rotary embedding for heads of `headDim`. `layerType` selects the settings if layer types have their
    /// own.
    package func rotary(
        headDim: Int, rotatedDim: Int? = nil, layerType: String? = nil, defaults: RopeDefaults = RopeDefaults(),
        weights: WeightFiles? = nil
    ) throws(LoadError) -> RotaryEmbedding {
        let parameters = try rope(layerType: layerType, defaults: defaults)
        let divisorsName = "rope_freqs.weight"
        let divisors = weights?.contains(divisorsName) == true ? try weights?.tensor(named: divisorsName) : nil
        let rotatedDim = rotatedDim ?? Int(Double(headDim) * parameters.partialRotaryFactor)
        guard (1...headDim).contains(rotatedDim), rotatedDim % 2 == 0 else {
            let isShare = !contains("rotary_dim")
            throw failure(
                isShare ? "partial_rotary_factor" : "rotary_dim", expected: "an even share of \(headDim) dimensions",
                found: isShare ? "\(parameters.partialRotaryFactor)" : "\(rotatedDim)")
        }
        return try RotaryEmbedding(
            parameters, rotatedDim: rotatedDim, divisors: divisors,
            maxPositionCount: try int("max_position_embeddings", default: 2048), file: fields.file)
    }

    /// Returns the rotary embedding of layers with a window, in a model whose other layers may be scaled: the file's own
    /// settings, else an unscaled one from the base `theta`.
    package func rotaryOfWindows(headDim: Int, theta: Double) throws(LoadError) -> RotaryEmbedding {
        let layerType = "sliding_attention"
        guard !hasRope(layerType: layerType) else {
            return try rotary(headDim: headDim, layerType: layerType, defaults: RopeDefaults(theta: theta))
        }
        return try RotaryEmbedding(
            RopeParameters(theta: theta), rotatedDim: headDim,
            maxPositionCount: try int("max_position_embeddings", default: 2048), file: fields.file)
    }
}
