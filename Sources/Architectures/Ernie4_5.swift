package import Checkpoint

/// ERNIE 4.5 (Baidu 2025): Llama's structure; adjacent pairs rotate.
package enum Ernie4_5ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.setBiases(try config.bool("use_bias", default: false))
        options.defaultEpsilon = 1e-5
        options.tiesEmbeddings = true
        options.rotatesInterleaved = true
        options.ropeDefaults.theta = 500_000
        return try DecoderSpec(standard: options, config, weights)
    }
}
