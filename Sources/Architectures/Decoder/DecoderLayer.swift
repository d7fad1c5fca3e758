import Checkpoint
import Layers
import Tensor

/// One layer of a `DecoderModel`: attention and a feed-forward part around a residual stream.
struct DecoderLayer: Sendable {
    private let attention: any AttentionPart
    private let feedForward: any FeedForwardPart
    private let residual: DecoderSpec.Residual
    private let residualScale: Float
    private let attentionNorm: NormSpec?
    private let attentionOutputNorm: NormSpec?
    private let feedForwardNorm: NormSpec?
    private let feedForwardOutputNorm: NormSpec?

    init(
        _ spec: DecoderSpec.Layer, hiddenSize: Int, module: Int, _ loader: WeightLoader
    ) throws(LoadError) {
        attentionNorm = try loader.norm(ifAny: spec.attentionNorm, count: hiddenSize)
        attentionOutputNorm = try loader.norm(ifAny: spec.attentionOutputNorm, count: hiddenSize)
        feedForwardNorm = try loader.norm(ifAny: spec.feedForwardNorm, count: hiddenSize)
        feedForwardOutputNorm = try loader.norm(ifAny: spec.feedForwardOutputNorm, count: hiddenSize)
        residual = spec.residual
        residualScale = spec.residualScale
        attention = try loader.attention(spec.attention, hiddenSize: hiddenSize, module: module)
        feedForward = try loader.feedForward(spec.feedForward, hiddenSize: hiddenSize)
    }

    /// Adds this layer to the stream. Its last addition, in `delta`, stays pending for the next reader. If `kept` is
    /// given, the stream continues there with only the context's kept rows.
    func callAsFunction(
        _ stream: inout ResidualStream, delta: Tensor, keeping kept: Tensor? = nil, _ context: ForwardContext
    ) {
        let rows = kept == nil ? nil : context.keptRows
        context.scratch.scope {
            let attended = attention(read(&stream, attentionNorm, context), keeping: rows, context)
            stream.keep(rows, in: kept, context)
            let destination = delta.rows(0..<attended.shape[0])
            switch residual {
            case .sequential, .normalized:
                stream.add(attended, norm: attentionOutputNorm, scale: residualScale)
                feedForward(read(&stream, feedForwardNorm, context), adding: nil, into: destination, context)
            case .parallel:
                feedForward(stream.read(feedForwardNorm), adding: attended, into: destination, context)
            }
            stream.add(destination, norm: feedForwardOutputNorm, scale: residualScale)
        }
    }

    private func read(_ stream: inout ResidualStream, _ norm: NormSpec?, _ context: ForwardContext) -> RowInput {
        guard residual == .normalized else { return stream.read(norm) }
        stream.normalize(norm, context)
        return stream.read(nil)
    }
}

extension WeightLoader {
    fileprivate func attention(
        _ spec: DecoderSpec.Attention, hiddenSize: Int, module: Int
    ) throws(LoadError) -> any AttentionPart {
        if let latent = spec.latent {
            return try latentAttention(spec, latent, hiddenSize: hiddenSize, module: module)
        }
        var heads = spec.heads
        if let name = spec.sinksName { heads.sinks = try vector(name, count: heads.headCount) }
        try requireSupport(heads)
        return SelfAttention(
            queryKeyValue: try linear(spec.queryKeyValue, inputCount: hiddenSize, parallelism: .column),
            output: try linear([spec.output], inputCount: heads.headCount * heads.valueDim, parallelism: .row),
            heads: try headSpec(spec),
            rotary: spec.rotary, spec: heads, module: module)
    }

    private func latentAttention(
        _ spec: DecoderSpec.Attention, _ latent: DecoderSpec.Latent, hiddenSize: Int, module: Int
    ) throws(LoadError) -> LatentAttention {
        let sizes = latent.sizes
        try requireSupport(spec.heads)
        func perHead(_ matrices: [Matrix], inputCount: Int) throws(LoadError) -> [any LinearWeights] {
            var weights: [any LinearWeights] = []
            for matrix in matrices {
                weights.append(try linear([matrix], inputCount: inputCount, parallelism: .column).weights)
            }
            return weights
        }
        return LatentAttention(
            sizes: sizes,
            down: try linear(latent.down, inputCount: hiddenSize, parallelism: .replicated),
            queryUp: try latent.queryUp.map { (norm, matrix) throws(LoadError) in
                let width = sizes.queryLatentDim!
                return LatentAttention.QueryUp(
                    norm: try self.norm(norm, count: width),
                    projection: try linear([matrix], inputCount: width, parallelism: .column))
            },
            latentNorm: try norm(latent.norm, count: sizes.latentDim),
            queryToLatent: try perHead(latent.queryToLatent, inputCount: sizes.plainDim),
            latentToValue: try perHead(latent.latentToValue, inputCount: sizes.latentDim),
            output: try linear([spec.output], inputCount: sizes.headCount * sizes.valueDim, parallelism: .row),
            rotary: spec.rotary!, spec: spec.heads, module: module)
    }

    private func headSpec(_ spec: DecoderSpec.Attention) throws(LoadError) -> HeadSpec {
        let heads = spec.heads
        func features(_ headCount: Int) -> Int { heads.keyDim * (spec.normScope == .head ? 1 : headCount) }
        return HeadSpec(
            headCount: heads.headCount,
            queryNorm: try norm(ifAny: spec.queryNorm, count: features(heads.headCount)),
            keyNorm: spec.cacheLayer == nil
                ? try norm(ifAny: spec.keyNorm, count: features(heads.kvHeadCount)) : nil,
            normScope: spec.normScope, clip: spec.clip, writesCache: spec.cacheLayer == nil)
    }

    fileprivate func feedForward(
        _ spec: DecoderSpec.FeedForwardPart, hiddenSize: Int
    ) throws(LoadError) -> any FeedForwardPart {
        switch spec {
        case .dense(let part): try dense(part, hiddenSize: hiddenSize)
        case .experts(let part): try experts(part, hiddenSize: hiddenSize)
        }
    }

    private func dense(_ spec: DecoderSpec.FeedForward, hiddenSize: Int) throws(LoadError) -> FeedForward {
        FeedForward(
            input: try linear(spec.input, inputCount: hiddenSize, parallelism: .column),
            output: try linear([spec.output], inputCount: spec.input[0].outputCount, parallelism: .row),
            epilogue: spec.epilogue)
    }

    private func experts(_ spec: DecoderSpec.Experts, hiddenSize: Int) throws(LoadError) -> MixtureOfExperts {
        var (inputs, outputs): ([any LinearWeights], [any LinearWeights]) = ([], [])
        for expert in spec.experts {
            let part = try dense(expert, hiddenSize: hiddenSize)
            inputs.append(part.input.weights)
            outputs.append(part.output.weights)
        }
        var routing = spec.routing
        if let name = spec.correctionName {
            routing.correction = try vector(name, count: spec.experts.count).floatArray
        }
        return MixtureOfExperts(
            // Rounded inputs would send tokens to other experts than the reference.
            router: try linear(
                [spec.router], inputCount: hiddenSize, parallelism: .replicated, inputFormat: .float32),
            routing: routing,
            experts: ExpertWeights(inputs: inputs, outputs: outputs, epilogue: spec.experts[0].epilogue),
            shared: try spec.shared.map { (part) throws(LoadError) in try dense(part, hiddenSize: hiddenSize) },
            sharedGate: try spec.sharedGate.map { (gate) throws(LoadError) in
                try linear([gate], inputCount: hiddenSize, parallelism: .replicated)
            })
    }
}

extension DecoderSpec.FeedForward {
    fileprivate var epilogue: LinearEpilogue {
        var epilogue = LinearEpilogue(activation: activation, isGated: isGated)
        epilogue.gateLimit = gateLimit
        return epilogue
    }
}
