import Checkpoint
import Support
import Tensor

extension HFConfig {
    /// Returns the attention window of each layer; nil for layers with full attention. `layer_types` decides if the
    /// file has it, otherwise `isSliding`. A window is needed only if a layer slides.
    func windows(
        layerCount: Int, default defaultWindow: Int? = nil, isSliding: (Int) throws(LoadError) -> Bool
    ) throws(LoadError) -> [Int?] {
        var slides: [Bool] = []
        if let types = try fields.strings("layer_types") {
            let known = ["sliding_attention", "full_attention"]
            guard types.count == layerCount, types.allSatisfy(known.contains) else {
                throw failure(
                    "layer_types", expected: "\(layerCount) of \(known.joined(separator: ", "))", found: "\(types)")
            }
            slides = types.map { $0 == "sliding_attention" }
        } else {
            for layer in 0..<layerCount { slides.append(try isSliding(layer)) }
        }
        let stored = try fields.int("sliding_window", in: HFConfig.dimensions)
        guard slides.contains(true) else { return slides.map { _ in nil } }
        guard let window = stored ?? defaultWindow else {
            throw failure("sliding_window", expected: "an integer", found: "none")
        }
        return slides.map { $0 ? window : nil }
    }

    /// The windows of a model in which every `pattern`-th layer, from the first such number on, sees all tokens. The
    /// pattern may also be a text with one letter per layer, repeated: L for a window, G for all tokens.
    func windows(
        layerCount: Int, defaultPattern: Int, defaultWindow: Int
    ) throws(LoadError) -> [Int?] {
        let key = contains("sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern"
        guard !contains("layer_types") else {
            ignore(key)
            return try windows(layerCount: layerCount, default: defaultWindow) { _ in false }
        }
        if let letters = fields[key]?.stringValue.map(Array.init) {
            guard !letters.isEmpty, letters.allSatisfy({ $0 == "L" || $0 == "G" }) else {
                throw failure(key, expected: "letters L and G", found: String(letters))
            }
            return try windows(layerCount: layerCount, default: defaultWindow) { letters[$0 % letters.count] == "L" }
        }
        let pattern = try int(key, default: defaultPattern)
        return try windows(layerCount: layerCount, default: defaultWindow) { ($0 + 1) % pattern != 0 }
    }

    /// The windows of a Qwen model: with `use_sliding_window`, all layers from `max_window_layers` on.
    func qwenWindows(layerCount: Int) throws(LoadError) -> [Int?] {
        guard try bool("use_sliding_window", default: false) else {
            for key in ["sliding_window", "max_window_layers", "layer_types"] { ignore(key) }
            return Array(repeating: nil, count: layerCount)
        }
        let first = try int("max_window_layers", default: 28, in: 0...HFConfig.dimensions.upperBound)
        return try windows(layerCount: layerCount, default: 4096) { $0 >= first }
    }
}

extension DecoderSpec {
    /// Sets the attention window of each layer.
    mutating func setWindows(_ windows: [Int?]) {
        for (index, window) in windows.enumerated() { layers[index].attention.heads.window = window }
    }
}
