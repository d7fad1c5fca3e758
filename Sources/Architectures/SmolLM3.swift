package import Checkpoint
import Support

/// SmolLM3 (Hugging Face 2025): Llama's structure; every fourth layer does not rotate.
package enum SmolLM3ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.tiesEmbeddings = true
        options.ropeDefaults.theta = 2_000_000
        var spec = try DecoderSpec(standard: options, config, weights)
        let rotates = try config.rotatingLayers(count: spec.layers.count)
        if try config.bool("use_sliding_window", default: false), config.contains("sliding_window") {
            spec.setWindows(try config.windows(layerCount: spec.layers.count) { !rotates[$0] })
        } else {
            for key in ["sliding_window", "layer_types"] { config.ignore(key) }
        }
        for index in spec.layers.indices where !rotates[index] { spec.layers[index].attention.rotary = nil }
        return spec
    }
}

extension HFConfig {
    /// Returns which layers rotate: those with 1 in `no_rope_layers`, else all but every `no_rope_layer_interval`-th.
    fileprivate func rotatingLayers(count: Int) throws(LoadError) -> [Bool] {
        let interval = try int("no_rope_layer_interval", default: 4)
        guard let flags = try fields.ints("no_rope_layers") else {
            return (0..<count).map { ($0 + 1) % interval != 0 }
        }
        guard flags.count == count, flags.allSatisfy({ $0 == 0 || $0 == 1 }) else {
            throw failure("no_rope_layers", expected: "\(count) of 0 and 1", found: "\(flags)")
        }
        return flags.map { $0 == 1 }
    }
}
