package import Checkpoint
package import EngineTypes
package import Layers
package import Tensor

/// Loads and runs the model that a `DecoderSpec` describes.
package struct DecoderModel: LanguageModel {
    private let spec: DecoderSpec
    private let embedding: Embedding
    private let layers: [DecoderLayer]
    private let norm: NormSpec
    private let head: Linear

    /// Loads the weights named by the specification. Throws if one is missing or has the wrong shape, or if the backend
    /// lacks a kernel.
    package init(_ spec: DecoderSpec, _ loader: WeightLoader) throws(LoadError) {
        self.spec = spec
        embedding = try loader.embedding(spec)
        var layers: [DecoderLayer] = []
        for (layer, module) in zip(spec.layers, spec.moduleOfLayer) {
            layers.append(try DecoderLayer(layer, hiddenSize: spec.hiddenSize, module: module, loader))
        }
        self.layers = layers
        norm = try loader.norm(spec.norm, count: spec.hiddenSize)
        // The head may share the embedding's matrix and has many names, so traces use a fixed one.
        var head = spec.head
        head.traceName = "lm_head"
        self.head = try loader.linear([head], inputCount: spec.hiddenSize, parallelism: .column)
        for name in spec.unusedTensors { loader.weights.ignore(name) }
    }

    package var vocabularySize: Int { spec.vocabularySize }
    package var hiddenSize: Int { spec.hiddenSize }
    package var maxPositionCount: Int { spec.maxPositionCount }
    package var cacheModules: [CacheSpec] { spec.cacheModules }

    package func forward(_ input: ForwardInput, _ context: ForwardContext) -> Tensor {
        var stream = ResidualStream(embedding(input, context))
        let delta = context.scratch.take(input.ids.count, hiddenSize)
        for layer in layers.dropLast() { layer(&stream, delta: delta, context) }
        let kept = context.keptRows.map { context.scratch.take($0.count, hiddenSize) }
        layers[layers.count - 1](&stream, delta: delta, keeping: kept, context)
        let output = context.scratch.take(stream.rows.shape[0], hiddenSize)
        context.backend.normalize(stream.read(norm), output: output)
        return output
    }

    package func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor { head(.rows(hidden), context) }
}

extension WeightLoader {
    fileprivate func embedding(_ spec: DecoderSpec) throws(LoadError) -> Embedding {
        let tokens = try table(
            spec.embedding.name, rowCount: spec.vocabularySize, count: spec.hiddenSize, scale: spec.embedding.scale)
        guard let name = spec.embedding.positions else { return Embedding(tokens: tokens) }
        let positions = try table(name, rowCount: spec.maxPositionCount, count: spec.hiddenSize, isAdded: true)
        return Embedding(tokens: tokens, positions: positions)
    }
}
