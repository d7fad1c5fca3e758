import Checkpoint
import Layers
import Tensor

/// One layer of a `DecoderModel`: attention and a feed-forward part around a residual stream.
struct DecoderLayer: Sendable {
    private let attention: SelfAttention
    private let feedForward: FeedForward
    private let residual: DecoderSpec.Residual
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
        attention = try loader.selfAttention(spec.attention, hiddenSize: hiddenSize, module: module)
        feedForward = try loader.feedForward(spec.feedForward, hiddenSize: hiddenSize)
    }

    /// Adds this layer to the stream. Its last addition, in `delta`, stays pending for the next reader. If `kept` is
    /// given, the stream continues there with only the context's kept rows.
    func callAsFunction(
        _ stream: inout ResidualStream, delta: Tensor, keeping kept: Tensor? = nil, _ context: ForwardContext
    ) {
        let rows = kept == nil ? nil : context.keptRows
        context.scratch.scope {
            let attended = attention(stream.read(attentionNorm), keeping: rows, context)
            stream.keep(rows, in: kept, context)
            let destination = delta.rows(0..<attended.shape[0])
            switch residual {
            case .sequential:
                stream.add(attended, norm: attentionOutputNorm)
                feedForward(stream.read(feedForwardNorm), into: destination, context)
            case .parallel:
                feedForward(stream.read(feedForwardNorm), adding: attended, into: destination, context)
            }
            stream.add(destination, norm: feedForwardOutputNorm)
        }
    }
}

extension WeightLoader {
    fileprivate func selfAttention(
        _ spec: DecoderSpec.Attention, hiddenSize: Int, module: Int
    ) throws(LoadError) -> SelfAttention {
        let heads = spec.heads
        try requireSupport(heads)
        return SelfAttention(
            queryKeyValue: try linear(spec.queryKeyValue, inputCount: hiddenSize, parallelism: .column),
            output: try linear([spec.output], inputCount: heads.headCount * heads.valueDim, parallelism: .row),
            heads: HeadSpec(
                headCount: heads.headCount, queryNorm: try norm(ifAny: spec.queryNorm, count: heads.keyDim),
                keyNorm: try norm(ifAny: spec.keyNorm, count: heads.keyDim), writesCache: spec.cacheLayer == nil),
            rotary: spec.rotary, spec: heads, module: module)
    }

    fileprivate func feedForward(_ spec: DecoderSpec.FeedForward, hiddenSize: Int) throws(LoadError) -> FeedForward {
        FeedForward(
            input: try linear(spec.input, inputCount: hiddenSize, parallelism: .column),
            output: try linear([spec.output], inputCount: spec.input[0].outputCount, parallelism: .row),
            activation: spec.activation, isGated: spec.isGated)
    }
}
