package import Checkpoint
import Tensor

/// EXAONE 4 (LG AI Research 2025): norms after both parts and over heads; layers without a window do not rotate.
package enum Exaone4ForCausalLM {
    package static func spec(_ config: HFConfig, _ weights: WeightFiles) throws(LoadError) -> DecoderSpec {
        var options = try StandardDecoder(config)
        options.hasHeadNorms = true
        options.defaultEpsilon = 1e-5
        var spec = try DecoderSpec(standard: options, config, weights)
        let hasWindow = config.contains("sliding_window")
        if hasWindow {
            spec.setWindows(
                try config.windows(layerCount: spec.layers.count, defaultPattern: 4, defaultWindow: 4096))
        } else {
            for key in ["sliding_window_pattern", "layer_types"] { config.ignore(key) }
        }
        for index in spec.layers.indices {
            spec.layers[index].useOutputNorms(prefix: "model.layers.\(index).")
            let isGlobal = hasWindow && spec.layers[index].attention.heads.window == nil
            if isGlobal { spec.layers[index].attention.rotary = nil }
        }
        return spec
    }
}
