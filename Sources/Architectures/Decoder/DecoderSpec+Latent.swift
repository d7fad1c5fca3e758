import Checkpoint
import Layers
import Tensor

extension DecoderSpec {
    /// Llama's structure with latent attention in place of grouped queries. `rotatesInterleaved`: whether rotary pairs
    /// are adjacent rows of the projections.
    init(latent config: HFConfig, _ weights: WeightFiles, rotatesInterleaved: Bool) throws(LoadError) {
        let sizes = try LatentAttention.Sizes(config)
        let scale = try config.latentScoreScale(headDim: sizes.queryDim)
        var options = try StandardDecoder(config)
        options.rotatedDim = sizes.rotatedDim
        try self.init(standard: options, config, weights)
        for index in layers.indices {
            let prefix = "model.layers.\(index).self_attn."
            layers[index].attention.queryKeyValue = []
            layers[index].attention.latent = Latent(
                sizes, prefix: prefix, hasBias: options.hasQueryKeyValueBias, rotatesInterleaved: rotatesInterleaved,
                isSplit: weights.contains(prefix + "k_b_proj.weight"))
            layers[index].attention.heads = AttentionSpec(
                headCount: sizes.headCount, kvHeadCount: 1, keyDim: sizes.keyDim, valueDim: sizes.latentDim,
                valueOffset: sizes.rotatedDim, scale: scale)
        }
    }
}

extension LatentAttention.Sizes {
    /// Reads the sizes under DeepSeek's keys. Throws if they contradict each other.
    fileprivate init(_ config: HFConfig) throws(LoadError) {
        self.init(
            headCount: try config.int("num_attention_heads"), plainDim: try config.int("qk_nope_head_dim"),
            rotatedDim: try config.int("qk_rope_head_dim"), latentDim: try config.int("kv_lora_rank"),
            valueDim: try config.int("v_head_dim"),
            queryLatentDim: try config.fields.int("q_lora_rank", in: HFConfig.dimensions))
        for (key, dim) in [("qk_rope_head_dim", rotatedDim), ("kv_lora_rank", latentDim)] where dim % 2 != 0 {
            throw config.failure(key, expected: "an even number", found: "\(dim)")
        }
        for (key, expected) in [("qk_head_dim", queryDim), ("num_key_value_heads", headCount)] {
            let found = try config.int(key, default: expected)
            guard found == expected else { throw config.failure(key, expected: "\(expected)", found: "\(found)") }
        }
    }
}

extension HFConfig {
    /// The factor of the scores: YaRN's `mscale_all_dim` scales queries and keys as a whole, besides their rotated part.
    fileprivate func latentScoreScale(headDim: Int) throws(LoadError) -> Float {
        let rope = try rope()
        let usual = 1 / Double(headDim).squareRoot()
        guard rope.type != "default", let share = try rope.fields.double("mscale_all_dim", in: 0...1e6), share > 0
        else {
            return Float(usual)
        }
        let scale = RopeParameters.yarnScale(factor: rope.factor, share)
        return Float(usual * scale * scale)
    }
}

extension DecoderSpec.Latent {
    /// Epsilon of the latents' norms, which no setting changes.
    private static let epsilon = 1e-6

    /// The projections under DeepSeek's names. `isSplit`: whether the file has the two halves of `kv_b_proj` apart, as
    /// llama.cpp's converter writes them.
    fileprivate init(
        _ sizes: LatentAttention.Sizes, prefix: String, hasBias: Bool, rotatesInterleaved: Bool, isSplit: Bool
    ) {
        func rows(_ headCount: Int, plainDim: Int) -> RowMap {
            guard rotatesInterleaved else { return .asStored }
            return .interleavedHeads(count: headCount, headDim: plainDim + sizes.rotatedDim, from: plainDim)
        }
        func queries(_ name: String) -> WeightLoader.Matrix {
            .init(
                prefix + name, outputCount: sizes.headCount * sizes.queryDim,
                rowMap: rows(sizes.headCount, plainDim: sizes.plainDim))
        }
        func norm(_ name: String) -> WeightLoader.Norm { .init(prefix + name, epsilon: Self.epsilon) }
        let queryDown = sizes.queryLatentDim.map {
            WeightLoader.Matrix(prefix + "q_a_proj", outputCount: $0, hasBias: hasBias)
        }
        let keyDown = WeightLoader.Matrix(
            prefix + "kv_a_proj_with_mqa", outputCount: sizes.keyDim, hasBias: hasBias,
            rowMap: rows(1, plainDim: sizes.latentDim))
        let up = (0..<sizes.headCount).map { sizes.up(ofHead: $0, prefix: prefix, isSplit: isSplit) }
        self.init(
            sizes: sizes, down: [queryDown ?? queries("q_proj"), keyDown],
            queryUp: queryDown.map { _ in (norm("q_a_layernorm"), queries("q_b_proj")) },
            norm: norm("kv_a_layernorm"), queryToLatent: up.map(\.key), latentToValue: up.map(\.value))
    }
}

extension LatentAttention.Sizes {
    /// The matrices between a head and the latents. That of keys is stored from latents to keys, the other way round.
    fileprivate func up(
        ofHead head: Int, prefix: String, isSplit: Bool
    ) -> (key: WeightLoader.Matrix, value: WeightLoader.Matrix) {
        var key = WeightLoader.Matrix(
            prefix + (isSplit ? "k_b_proj" : "kv_b_proj"), outputCount: latentDim, isTransposed: true)
        var value = WeightLoader.Matrix(prefix + (isSplit ? "v_b_proj" : "kv_b_proj"), outputCount: valueDim)
        let (start, count) = (head * (plainDim + valueDim), headCount * (plainDim + valueDim))
        let middle = start + plainDim
        key.place = isSplit ? .stack(index: head, count: headCount) : .rows(start..<middle, of: count)
        value.place = isSplit ? key.place : .rows(middle..<middle + valueDim, of: count)
        return (key, value)
    }
}
