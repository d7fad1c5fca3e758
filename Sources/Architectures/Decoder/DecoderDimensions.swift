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

    package init(_ config: HFConfig) throws(LoadError) {
        vocabularySize = try config.int("vocab_size")
        hiddenSize = try config.int("hidden_size")
        intermediateSize = try config.int("intermediate_size")
        layerCount = try config.int("num_hidden_layers", in: 1...10_000)
        headCount = try config.int("num_attention_heads")
        kvHeadCount = try config.int("num_key_value_heads", default: headCount)
        headDim = try config.int("head_dim", default: max(1, hiddenSize / headCount))
        maxPositionCount = try config.int("max_position_embeddings", default: 2048)
        guard headCount % kvHeadCount == 0 else {
            throw config.failure("num_key_value_heads", expected: "a divisor of \(headCount)", found: "\(kvHeadCount)")
        }
        guard headDim % 2 == 0 else {
            throw config.failure("head_dim", expected: "an even number", found: "\(headDim)")
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
        headDim: Int, layerType: String? = nil, weights: WeightFiles? = nil
    ) throws(LoadError) -> RotaryEmbedding {
        let parameters = try rope(layerType: layerType)
        let divisorsName = "rope_freqs.weight"
        let divisors = weights?.contains(divisorsName) == true ? try weights?.tensor(named: divisorsName) : nil
        let rotatedDim = Int(Double(headDim) * parameters.partialRotaryFactor)
        guard rotatedDim > 0, rotatedDim % 2 == 0 else {
            throw failure(
                "partial_rotary_factor", expected: "an even share of \(headDim) dimensions",
                found: "\(parameters.partialRotaryFactor)")
        }
        return try RotaryEmbedding(parameters, rotatedDim: rotatedDim, divisors: divisors, file: fields.file)
    }
}
