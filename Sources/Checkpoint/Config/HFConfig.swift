import Support

/// A model's `config.json` in one spelling: the current library's, whatever the file used.
///
/// Older files say `torch_dtype` for `dtype` and `rope_theta` with `rope_scaling` for `rope_parameters`; they are
/// rewritten when read. Where a multimodal model nests its language model in `text_config`, those members count and the
/// outer ones fill the gaps. A GGUF file gives the same configuration from its metadata, so model code reads one thing.
package struct HFConfig: Sendable {
    package let fields: JSONFields
    /// The classes that the model names; for a GGUF architecture without a mapping, its own name.
    package let architectures: [String]
    /// True where rotary pairs are neighbouring rows (2i, 2i + 1) of the query and key projections, as in GGUF's `llama`
    /// architecture; false for Hugging Face's halves (i, i + head size / 2), which other GGUF architectures keep.
    package let ropeIsInterleaved: Bool

    package init(path: String) throws(LoadError) {
        try self.init(JSONFields(path: path))
    }

    package init(_ outer: JSONFields, ropeIsInterleaved: Bool = false) throws(LoadError) {
        architectures = try outer.strings("architectures") ?? []
        var merged = outer.object
        if let text = try outer.object("text_config") {
            let kept: Set = ["architectures", "model_type"]
            for (key, value) in text.members where !value.isNull && !kept.contains(key) { merged[key] = value }
            merged["text_config"] = nil
        }
        fields = try Self.currentSpelling(of: JSONFields(file: outer.file, object: merged))
        self.ropeIsInterleaved = ropeIsInterleaved
    }

    /// The settings of the rotary embedding; those of one layer type where the file has several sets.
    package func rope(layerType: String? = nil) throws(LoadError) -> RopeParameters {
        let rope = try fields.nested("rope_parameters")
        if let layerType, rope.object[layerType]?.objectValue != nil {
            return try RopeParameters(rope.nested(layerType), config: fields)
        }
        return try RopeParameters(rope, config: fields)
    }

    /// Throws for a setting that nothing has read and that could change what the model computes.
    package func requireAllRead() throws(LoadError) { try fields.requireAllRead() }

    private static func currentSpelling(of fields: JSONFields) throws(LoadError) -> JSONFields {
        var result = fields.object
        if let dtype = fields["torch_dtype"] {
            if fields["dtype"] == nil { result["dtype"] = dtype }
            result["torch_dtype"] = nil
        }
        let scaling = try fields.object("rope_scaling")
        var rope = try fields.object("rope_parameters") ?? scaling ?? JSONObject()
        if rope["rope_type"] == nil, let type = rope["type"] { rope["rope_type"] = type }
        rope["type"] = nil
        for (old, new) in [
            ("rope_theta", "rope_theta"), ("rotary_emb_base", "rope_theta"), ("rotary_pct", "partial_rotary_factor"),
        ] {
            if rope[new] == nil, let value = fields[old] { rope[new] = value }
            result[old] = nil
        }
        if let localTheta = fields["rope_local_base_freq"], rope["full_attention"] == nil {
            let local = JSONObject([("rope_theta", localTheta), ("rope_type", "default")])
            rope = JSONObject([("full_attention", .object(rope)), ("sliding_attention", .object(local))])
        }
        if !rope.isEmpty { result["rope_parameters"] = .object(rope) }
        for key in ["rope_scaling", "rope_local_base_freq"] { result[key] = nil }
        return JSONFields(file: fields.file, object: result)
    }
}

// Values by key. Absent without a default, of another type or out of range: an error that names file and key.
extension HFConfig {
    /// No dimension of a model comes near.
    package static let dimensions = 1...1 << 24

    package func contains(_ key: String) -> Bool { fields[key] != nil }

    /// Marks a setting as read because another one makes it void.
    package func ignore(_ key: String) { _ = fields[key] }

    package func int(_ key: String, in range: ClosedRange<Int> = Self.dimensions) throws(LoadError) -> Int {
        try required(key, fields.int(key, in: range), "an integer")
    }

    package func int(
        _ key: String, default value: Int, in range: ClosedRange<Int> = Self.dimensions
    ) throws(LoadError) -> Int {
        try fields.int(key, in: range) ?? value
    }

    package func double(_ key: String, in range: ClosedRange<Double> = -1e30...1e30) throws(LoadError) -> Double {
        try required(key, fields.double(key, in: range), "a number")
    }

    package func double(
        _ key: String, default value: Double, in range: ClosedRange<Double> = -1e30...1e30
    ) throws(LoadError) -> Double {
        try fields.double(key, in: range) ?? value
    }

    package func bool(_ key: String, default value: Bool) throws(LoadError) -> Bool {
        try fields.bool(key) ?? value
    }

    package func string(_ key: String) throws(LoadError) -> String {
        try required(key, fields.string(key), "a string")
    }

    package func string(_ key: String, default value: String) throws(LoadError) -> String {
        try fields.string(key) ?? value
    }

    /// `eos_token_id` as a list; empty where there is none.
    package func eosTokenIDs() throws(LoadError) -> [Int] { try fields.tokenIDs("eos_token_id") ?? [] }

    /// An error about a key that names the file, for checks that the caller makes.
    package func failure(_ key: String, expected: String, found: String) -> LoadError {
        fields.failure(key, expected: expected, found: found)
    }

    private func required<Value>(_ key: String, _ value: Value?, _ expected: String) throws(LoadError) -> Value {
        guard let value else { throw fields.failure(key, expected: expected, found: "none") }
        return value
    }
}
