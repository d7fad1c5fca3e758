package import Checkpoint
import Layers
import Tensor

extension DecoderSpec {
    /// Llama's structure (Touvron et al. 2023): norms before both parts, rotary positions, grouped queries, a gated
    /// feed-forward part. A family changes the options, or the result where it differs.
    package init(
        standard options: StandardDecoder, _ config: HFConfig, _ weights: WeightFiles
    ) throws(LoadError) {
        let sizes = try DecoderDimensions(config, keys: options.keys)
        let epsilon = try config.double(options.epsilonKey, default: options.defaultEpsilon, in: 0...1)
        let activation = try config.activation(options.activationKey, default: options.defaultActivation)
        let rotary = try config.rotary(
            headDim: sizes.headDim, rotatedDim: options.rotatedDim, layerType: options.rotaryLayerType,
            defaults: options.ropeDefaults, weights: weights)
        try config.requireCausal()
        if !options.rotatesPartially { try config.requireWholeHeadsRotate(layerType: options.rotaryLayerType) }
        func norm(_ name: String) -> WeightLoader.Norm {
            var norm = WeightLoader.Norm(
                name, options.normKind, epsilon: epsilon, offset: options.normOffset, hasBias: options.normHasBias)
            norm.hasWeight = options.normHasWeight
            return norm
        }
        let names = options.names
        vocabularySize = sizes.vocabularySize
        hiddenSize = sizes.hiddenSize
        maxPositionCount = sizes.maxPositionCount
        embedding = Embedding(name: names.embedding)
        self.norm = norm(names.norm)
        let isTied = try config.bool("tie_word_embeddings", default: options.tiesEmbeddings)
        head = .init(
            isTied ? names.embedding : names.head, outputCount: sizes.vocabularySize,
            hasBias: options.hasHeadBias && !isTied)
        if isTied { unusedTensors = ["\(names.head).weight"] }
        layers = (0..<sizes.layerCount).map { index in
            let prefix = "\(names.layers)\(index)."
            return Layer(
                attention: Attention(standard: sizes, prefix: prefix, options, rotary, norm),
                feedForward: .dense(FeedForward(standard: sizes, prefix: prefix, options, activation)),
                attentionNorm: names.attentionNorm.map { norm(prefix + $0) },
                feedForwardNorm: names.feedForwardNorm.map { norm(prefix + $0) })
        }
    }
}

extension DecoderSpec.Attention {
    fileprivate init(
        standard sizes: DecoderDimensions, prefix: String, _ options: StandardDecoder, _ rotary: RotaryEmbedding,
        _ norm: (String) -> WeightLoader.Norm
    ) {
        func rotatedRows(_ headCount: Int) -> RowMap {
            guard options.rotatesInterleaved else { return .asStored }
            return .interleavedHeads(count: headCount, headDim: sizes.headDim, rotatedDim: rotary.rotatedDim)
        }
        queryKeyValue = WeightLoader.Matrix.parts(
            names: options.names.queryKeyValue.map { prefix + $0 },
            counts: [sizes.queryCount, sizes.kvCount, sizes.kvCount],
            rowMaps: [rotatedRows(sizes.headCount), rotatedRows(sizes.kvHeadCount), .asStored],
            hasBias: options.hasQueryKeyValueBias)
        output = .init(
            prefix + options.names.attentionOutput, outputCount: sizes.hiddenSize, hasBias: options.hasOutputBias)
        heads = sizes.attention
        self.rotary = rotary
        guard options.hasHeadNorms else { return }
        func headNorm(_ name: String, _ headCount: Int) -> WeightLoader.Norm {
            var norm = norm(prefix + name)
            norm.rowMap = rotatedRows(options.headNormScope == .head ? 1 : headCount)
            return norm
        }
        normScope = options.headNormScope
        queryNorm = headNorm(options.names.queryNorm, sizes.headCount)
        keyNorm = headNorm(options.names.keyNorm, sizes.kvHeadCount)
    }
}

extension DecoderSpec.FeedForward {
    fileprivate init(
        standard sizes: DecoderDimensions, prefix: String, _ options: StandardDecoder, _ activation: Activation
    ) {
        let hasBias = options.hasFeedForwardBias
        let counts = Array(repeating: sizes.intermediateSize, count: options.isGated ? 2 : 1)
        input = WeightLoader.Matrix.parts(
            names: options.names.feedForwardInput.map { prefix + $0 }, counts: counts,
            rowMaps: counts.map { _ in .asStored }, hasBias: hasBias)
        output = .init(prefix + options.names.feedForwardOutput, outputCount: sizes.hiddenSize, hasBias: hasBias)
        self.activation = activation
    }
}

extension WeightLoader.Matrix {
    /// Matrices with `counts` outputs: one for each name, or slices of the only one.
    static func parts(names: [String], counts: [Int], rowMaps: [RowMap], hasBias: Bool) -> [WeightLoader.Matrix] {
        guard names.count < counts.count else {
            return zip(names, zip(counts, rowMaps)).map { name, part in
                .init(name, outputCount: part.0, hasBias: hasBias, rowMap: part.1)
            }
        }
        var first = 0
        return zip(counts, rowMaps).map { count, rowMap in
            defer { first += count }
            return .init(
                names[0], outputCount: count, storedCount: counts.reduce(0, +), hasBias: hasBias,
                rowMap: rowMap.after(.slice(first..<first + count)))
        }
    }
}
