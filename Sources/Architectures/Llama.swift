package import Checkpoint
package import Layers
package import Tensor

/// The settings of a Llama-like decoder. `init` reads Llama's own configuration; relatives change what differs.
package struct LlamaConfig: Sendable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var kvHeadCount: Int
    package var headDim: Int
    package var maxPositionCount: Int
    package var epsilon: Double
    package var hasQueryKeyValueBias: Bool
    package var hasOutputBias: Bool
    package var hasMLPBias: Bool
    package var tiesEmbeddings: Bool
    package var rope: RopeParameters

    package init(_ config: HFConfig) throws(LoadError) {
        vocabularySize = try config.int("vocab_size")
        hiddenSize = try config.int("hidden_size")
        intermediateSize = try config.int("intermediate_size")
        layerCount = try config.int("num_hidden_layers", in: 1...10_000)
        headCount = try config.int("num_attention_heads")
        kvHeadCount = try config.int("num_key_value_heads", default: headCount)
        headDim = try config.int("head_dim", default: max(1, hiddenSize / headCount))
        maxPositionCount = try config.int("max_position_embeddings", default: 2048)
        epsilon = try config.double("rms_norm_eps", default: 1e-6)
        hasQueryKeyValueBias = try config.bool("attention_bias", default: false)
        hasOutputBias = hasQueryKeyValueBias
        hasMLPBias = try config.bool("mlp_bias", default: false)
        tiesEmbeddings = try config.bool("tie_word_embeddings", default: false)
        rope = try config.rope()
        let activation = try config.string("hidden_act", default: "silu")
        guard activation == "silu" else { throw config.failure("hidden_act", expected: "silu", found: activation) }
        guard rope.partialRotaryFactor == 1 else {
            throw config.failure("partial_rotary_factor", expected: "1", found: "\(rope.partialRotaryFactor)")
        }
        guard try config.bool("is_causal", default: true) else {
            throw config.failure("is_causal", expected: "true", found: "false")
        }
        guard headCount % kvHeadCount == 0 else {
            throw config.failure("num_key_value_heads", expected: "a divisor of \(headCount)", found: "\(kvHeadCount)")
        }
        guard headDim % 2 == 0 else {
            throw config.failure("head_dim", expected: "an even number", found: "\(headDim)")
        }
    }
}

/// Llama (Touvron et al. 2023; Dubey et al. 2024) and the many models of the same shape.
package struct LlamaForCausalLM: LanguageModel {
    private let config: LlamaConfig
    private let embedding: Embedding
    private let layers: [LlamaDecoderLayer]
    private let norm: RMSNorm
    private let head: Linear

    package init(_ config: HFConfig, _ loader: WeightLoader) throws(LoadError) {
        try self.init(LlamaConfig(config), config, loader)
    }

    /// For relatives: the settings come from the caller, the weights under Llama's names.
    package init(_ settings: LlamaConfig, _ config: HFConfig, _ loader: WeightLoader) throws(LoadError) {
        self.config = settings
        let hidden = settings.hiddenSize
        embedding = try loader.embedding(
            "model.embed_tokens", vocabularySize: settings.vocabularySize, count: hidden)
        let divisorsName = "rope_freqs.weight"
        let divisors = loader.weights.contains(divisorsName) ? try loader.weights.tensor(named: divisorsName) : nil
        let rotary = try RotaryEmbedding(
            settings.rope, rotatedDim: settings.headDim, divisors: divisors, file: config.fields.file)
        var layers: [LlamaDecoderLayer] = []
        for index in 0..<settings.layerCount {
            layers.append(
                try LlamaDecoderLayer(
                    settings, index: index, rotary: rotary, ropeIsInterleaved: config.ropeIsInterleaved, loader))
        }
        self.layers = layers
        norm = try loader.rmsNorm("model.norm", count: hidden, epsilon: settings.epsilon)
        let headName = settings.tiesEmbeddings ? "model.embed_tokens" : "lm_head"
        if settings.tiesEmbeddings { loader.weights.ignore("lm_head.weight") }
        head = try loader.linear(
            [.init(headName, outputCount: settings.vocabularySize)], inputCount: hidden, parallelism: .column)
    }

    package var vocabularySize: Int { config.vocabularySize }
    package var hiddenSize: Int { config.hiddenSize }
    package var maxPositionCount: Int { config.maxPositionCount }

    package var cacheModules: [CacheModule] {
        Array(
            repeating: .fullAttention(kvHeadCount: config.kvHeadCount, headDim: config.headDim),
            count: config.layerCount)
    }

    package func forward(_ ids: [UInt32], _ context: ForwardContext) -> Tensor {
        var stream = ResidualStream(residual: embedding(ids, context))
        let delta = context.scratch.take(ids.count, hiddenSize)
        for layer in layers.dropLast() { layer(&stream, delta: delta, context) }
        let kept = context.keptRows.map { context.scratch.take($0.count, hiddenSize) }
        layers[layers.count - 1](&stream, delta: delta, keeping: kept, context)
        return norm(adding: stream.pending ?? delta, to: stream.residual, context)
    }

    package func logits(_ hidden: Tensor, _ context: ForwardContext) -> Tensor { head(.rows(hidden), context) }
}

/// Hidden states between layers, and what is still to be added to them.
private struct ResidualStream {
    var residual: Tensor
    var pending: Tensor?
}

/// `x + attention(norm(x))`, then `x + mlp(norm(x))`. The second addition is left to the next layer's norm.
private struct LlamaDecoderLayer: Sendable {
    let inputNorm: RMSNorm
    let attention: SelfAttention
    let postAttentionNorm: RMSNorm
    let mlp: GatedMLP

    init(
        _ config: LlamaConfig, index: Int, rotary: RotaryEmbedding, ropeIsInterleaved: Bool, _ loader: WeightLoader
    ) throws(LoadError) {
        let prefix = "model.layers.\(index)."
        let hidden = config.hiddenSize
        let order: LinearPart.RowOrder = ropeIsInterleaved ? .interleavedHeads(headDim: config.headDim) : .asStored
        let queryCount = config.headCount * config.headDim
        let kvCount = config.kvHeadCount * config.headDim
        let bias = config.hasQueryKeyValueBias
        inputNorm = try loader.rmsNorm(prefix + "input_layernorm", count: hidden, epsilon: config.epsilon)
        postAttentionNorm = try loader.rmsNorm(
            prefix + "post_attention_layernorm", count: hidden, epsilon: config.epsilon)
        let queryKeyValue = try loader.linear(
            [
                .init(prefix + "self_attn.q_proj", outputCount: queryCount, hasBias: bias, rowOrder: order),
                .init(prefix + "self_attn.k_proj", outputCount: kvCount, hasBias: bias, rowOrder: order),
                .init(prefix + "self_attn.v_proj", outputCount: kvCount, hasBias: bias),
            ], inputCount: hidden, parallelism: .column)
        let output = try loader.linear(
            [.init(prefix + "self_attn.o_proj", outputCount: hidden, hasBias: config.hasOutputBias)],
            inputCount: queryCount, parallelism: .row)
        attention = SelfAttention(
            queryKeyValue: queryKeyValue, output: output, rotary: rotary,
            parameters: AttentionParameters(
                headCount: config.headCount, kvHeadCount: config.kvHeadCount, headDim: config.headDim,
                scale: 1 / Float(config.headDim).squareRoot()),
            module: index)
        let gateUp = try loader.linear(
            ["gate_proj", "up_proj"].map {
                .init(prefix + "mlp." + $0, outputCount: config.intermediateSize, hasBias: config.hasMLPBias)
            }, inputCount: hidden, parallelism: .column)
        let down = try loader.linear(
            [.init(prefix + "mlp.down_proj", outputCount: hidden, hasBias: config.hasMLPBias)],
            inputCount: config.intermediateSize, parallelism: .row)
        mlp = GatedMLP(gateUp: gateUp, down: down)
    }

    /// Adds what is pending and this layer's attention to the stream, and leaves this layer's MLP output pending, in
    /// `delta`. With `kept` memory the stream goes on there, with the context's kept rows alone.
    func callAsFunction(
        _ stream: inout ResidualStream, delta: Tensor, keeping kept: Tensor? = nil, _ context: ForwardContext
    ) {
        let rows = kept == nil ? nil : context.keptRows
        context.scratch.scope {
            let input = inputNorm.input(adding: stream.pending, to: stream.residual)
            let attended = attention(input, keeping: rows, context)
            stream.residual = context.gather(stream.residual, rows, into: kept)
            let destination = kept == nil ? delta : delta.rows(0..<attended.shape[0])
            mlp(postAttentionNorm.input(adding: attended, to: stream.residual), into: destination, context)
            stream.pending = destination
        }
    }
}
