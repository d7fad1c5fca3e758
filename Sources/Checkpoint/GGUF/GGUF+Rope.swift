import Support
import Tensor

extension GGUF {
    /// Tensors that hold rotary settings, which `ropeParameters` reads.
    static let settingTensors: Set = ["rope_factors_short.weight", "rope_factors_long.weight"]

    /// The settings of the rotary embedding in Hugging Face's form.
    func ropeParameters(of name: String, _ architecture: GGUFArchitecture) throws(LoadError) -> JSONObject {
        var rope = JSONObject()
        let prefix = "\(name).rope."
        rope["rope_theta"] = .double(try metadata.double(prefix + "freq_base") ?? 10_000)
        if !architecture.hasLatents {
            rope["partial_rotary_factor"] = .double(try rotatedShare(of: name) ?? 1)
        }
        let linearFactor = try metadata.double(prefix + "scale_linear")
        let factor = try metadata.double(prefix + "scaling.factor") ?? linearFactor
        let long = try factors("rope_factors_long.weight")
        let type = try metadata.string(prefix + "scaling.type") ?? (factor == nil ? "none" : "linear")
        rope["rope_type"] = .string(long != nil ? "longrope" : type == "none" ? "default" : type)
        let length = try metadata.int(
            prefix + "scaling.original_context_length", in: 0...HFConfig.dimensions.upperBound)
        guard type != "none" || long != nil else { return rope }
        if let factor { rope["factor"] = .double(factor) }
        if let length, length > 0 { rope["original_max_position_embeddings"] = .integer(length) }
        for (key, value) in architecture.ropeConstants.members { rope[key] = value }
        rope["long_factor"] = long
        rope["short_factor"] = try factors("rope_factors_short.weight")
        if let scale = try metadata.double(prefix + "scaling.attn_factor") {
            for key in architecture.ropeScaleKeys { rope[key] = .double(scale) }
        }
        if let scale = try metadata.double(prefix + "scaling.yarn_log_multiplier") {
            // The format has one number for both, a tenth of theirs.
            for key in ["mscale", "mscale_all_dim"] { rope[key] = .double(scale / 0.1) }
        }
        for (suffix, key) in [("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow")] {
            if let value = try metadata.double("\(prefix)scaling.\(suffix)") { rope[key] = .double(value) }
        }
        return rope
    }

    /// The settings per layer type: layers with a window rotate unscaled, from a base of their own.
    func layerRopes(
        _ rope: JSONObject, _ local: GGUFArchitecture.LocalRope, of architecture: String
    ) throws(LoadError) -> JSONObject {
        let usual = local.defaultBase.map { .double($0) } ?? rope["rope_theta"]
        let theta = try metadata.double("\(architecture).rope.freq_base_swa").map { .double($0) } ?? usual
        var windowed: JSONObject = ["rope_type": "default"]
        windowed["rope_theta"] = theta
        return ["full_attention": .object(rope), "sliding_attention": .object(windowed)]
    }

    /// The share of a head's dimensions that rotate, raised a little so that the product with the head's size does not
    /// fall below the count; nil if the file has none.
    private func rotatedShare(of architecture: String) throws(LoadError) -> Double? {
        let key = "\(architecture).rope.dimension_count"
        let dim = try heads().dim
        guard let count = try metadata.int(key, in: HFConfig.dimensions), count != dim else { return nil }
        guard count < dim else {
            throw metadata.failure(key, expected: "at most the size of a head, \(dim)", found: "\(count)")
        }
        return (Double(count) / Double(dim)).nextUp
    }

    /// The factors of the rotary frequencies in a tensor; nil if the file has none.
    private func factors(_ name: String) throws(LoadError) -> JSONValue? {
        guard let entry = tensors.first(where: { $0.name == name }) else { return nil }
        let tensor = try entry.tensor()
        guard tensor.format == .float32 else { throw entry.failure(expected: "float32", found: entry.typeName) }
        return .array(tensor.floatArray.map { .double(Double($0)) })
    }
}
