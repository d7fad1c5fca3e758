package import Checkpoint
package import EngineTypes
package import Layers
package import Tensor

/// Loads and runs the model that a `DecoderSpec` describes.
package struct DecoderModel: LanguageModel {
    private let spec: DecoderSpec
    private let embedding: Embedding
    private let layers: [DecoderLayer]
    private let norm: NormSpec?
    private let outputProjection: Linear?
    private let head: Linear

    /// Loads the weights named by the specification. Throws if one is missing or has the wrong shape, or if the backend
    /// lacks a kernel.
    package init(_ spec: DecoderSpec, _ loader: WeightLoader) throws(LoadError) {
        self.spec = spec
        // A router answers small differences of its input with other experts, so inputs keep more than 16 bits.
        let loader = spec.hasExperts && loader.inputFormat != .int8 ? loader.rounding(to: .float32) : loader
        embedding = try loader.embedding(spec)
        var layers: [DecoderLayer] = []
        for (layer, module) in zip(spec.layers, spec.moduleOfLayer) {
            layers.append(try DecoderLayer(layer, hiddenSize: spec.hiddenSize, module: module, loader))
        }
        self.layers = layers
        norm = try loader.norm(ifAny: spec.norm, count: spec.hiddenSize)
        outputProjection = try spec.outputProjection.map { (matrix) throws(LoadError) in
            try loader.linear([matrix], inputCount: spec.hiddenSize, parallelism: .replicated)
        }
        // The head may share the embedding's matrix and has many names, so traces use a fixed one.
        var head = spec.head
        head.traceName = "lm_head"
        self.head = try loader.linear(
            [head], inputCount: outputProjection?.outputCount ?? spec.hiddenSize, parallelism: .column)
        for name in spec.unusedTensors { loader.weights.ignore(name) }
    }

    package var vocabularySize: Int { spec.vocabularySize }
    package var hiddenSize: Int { outputProjection?.outputCount ?? spec.hiddenSize }
    package var maxPositionCount: Int { spec.maxPositionCount }
    package var hasExperts: Bool { spec.hasExperts }
    package var cacheModules: [CacheSpec] { spec.cacheModules }
    package var shortRotaryLength: Int? { spec.layers.lazy.compactMap { $0.attention.rotary?.shortLength }.first }

    package var stretchedPositionCount: Int {
        guard spec.embedding.positions == nil else { return maxPositionCount }
        let lengths = spec.layers.lazy.compactMap { $0.attention.rotary.map { $0.stretchedLength ?? 0 } }
        return max(maxPositionCount, lengths.min() ?? 0)
    }

    package func forward(_ input: ForwardInput, _ context: ForwardContext) -> Tensor {
        var stream = ResidualStream(embedding(input, context))
        let delta = context.scratch.take(input.ids.count, spec.hiddenSize)
        for layer in layers.dropLast() { layer(&stream, delta: delta, context) }
        let kept = context.keptRows.map { context.scratch.take($0.count, spec.hiddenSize) }
        layers[layers.count - 1](&stream, delta: delta, keeping: kept, context)
        let output = context.scratch.take(stream.rows.shape[0], spec.hiddenSize)
        context.backend.normalize(stream.read(norm), output: output)
        return outputProjection.map { $0(.rows(output), context) } ?? output
    }

    package func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor {
        var epilogue = LinearEpilogue()
        epilogue.scale = spec.logitScale
        epilogue.softCap = spec.logitSoftCap
        return head(.rows(hidden), then: epilogue, context)
    }
}

extension WeightLoader {
    fileprivate func embedding(_ spec: DecoderSpec) throws(LoadError) -> Embedding {
        let width = spec.embedding.projection?.width ?? spec.hiddenSize
        let tokens = try table(
            spec.embedding.name, rowCount: spec.vocabularySize, count: width, scale: spec.embedding.scale,
            isPacked: spec.head.name == spec.embedding.name)
        let projection = try spec.embedding.projection.map { (projection) throws(LoadError) in
            try linear([projection.matrix], inputCount: width, parallelism: .replicated)
        }
        let norm = try norm(ifAny: spec.embedding.norm, count: spec.hiddenSize)
        guard let name = spec.embedding.positions else {
            return Embedding(tokens: tokens, projection: projection, norm: norm)
        }
        let first = spec.embedding.firstPositionRow
        let positions = try table(
            name, rowCount: first + spec.maxPositionCount, count: spec.hiddenSize, isAdded: true)
        return Embedding(
            tokens: tokens, projection: projection, positions: positions, firstPositionRow: first, norm: norm)
    }
}
