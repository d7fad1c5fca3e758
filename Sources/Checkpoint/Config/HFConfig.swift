package import Support

/// A model's `config.json` in the current library's spelling; GGUF metadata is mapped to the same form.
///
/// `torch_dtype` is read as `dtype`, and `rope_theta` and `rope_scaling` as `rope_parameters`. In a multimodal model
/// the members of `text_config` come first and the outer ones fill the gaps.
package struct HFConfig: Sendable {
    /// The members, in the current spelling.
    package let fields: JSONFields
    /// The model classes that the file names; for a GGUF architecture without a mapping, the architecture's name.
    package let architectures: [String]
    /// The members, with their path, that `--hf-overrides` sets.
    private var overridden: [String] = []

    /// Reads a `config.json`.
    package init(path: String) throws(LoadError) {
        try self.init(JSONFields(path: path))
    }

    /// Brings the members of a `config.json` into the current spelling.
    package init(_ outer: JSONFields) throws(LoadError) {
        architectures = try outer.strings("architectures") ?? []
        let merged = JSONFields(file: outer.file, object: try Self.withoutTextConfig(outer))
        fields = try Self.currentSpelling(of: merged)
    }

    /// The configuration with other values, as vLLM's `--hf-overrides` sets them.
    package func overridden(by object: JSONObject) throws(LoadError) -> HFConfig {
        let given = JSONFields(file: "--hf-overrides", object: object)
        var overrides = ConfigOverrides(fields.object)
        try overrides.apply(JSONFields(file: given.file, object: Self.withoutTextConfig(given)))
        let changed = JSONFields(file: "\(fields.file) with --hf-overrides", object: overrides.object)
        return try HFConfig(changed, overridden: overrides.paths)
    }

    private init(_ fields: JSONFields, overridden: [String]) throws(LoadError) {
        self.fields = fields
        self.overridden = overridden
        architectures = try fields.strings("architectures") ?? []
    }

    /// Whether the file has rotary settings of this layer type.
    package func hasRope(layerType: String) -> Bool {
        fields["rope_parameters"]?.objectValue?[layerType]?.objectValue != nil
    }

    /// The settings of the rotary embedding; those of `layerType` if the file has a set per layer type.
    package func rope(
        layerType: String? = nil, defaults: RopeDefaults = RopeDefaults()
    ) throws(LoadError) -> RopeParameters {
        let rope = try fields.nested("rope_parameters")
        if let layerType, rope.object[layerType]?.objectValue != nil {
            return try RopeParameters(
                rope.nested(layerType), config: fields, isOfLayerType: true, defaults: defaults)
        }
        return try RopeParameters(rope, config: fields, defaults: defaults)
    }

    /// Throws for a setting that has not been read and that could change the model's results.
    package func requireAllRead() throws(LoadError) {
        if let path = overridden.first(where: { !fields.hasRead($0) }) {
            throw LoadError(file: "--hf-overrides", message: "\(path): the model does not read such a setting")
        }
        try fields.requireAllRead()
    }

    /// The members of `text_config` among the others, over which they take precedence.
    private static func withoutTextConfig(_ outer: JSONFields) throws(LoadError) -> JSONObject {
        var merged = outer.object
        guard let text = try outer.object("text_config") else { return merged }
        let kept: Set = ["architectures", "model_type"]
        for (key, value) in text.members where !value.isNull && !kept.contains(key) { merged[key] = value }
        merged["text_config"] = nil
        return merged
    }

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
            ("rope_pct", "partial_rotary_factor"),
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

extension HFConfig {
    /// The allowed range of dimensions; no model comes near its upper end.
    package static let dimensions = 1...1 << 24

    /// Whether a setting is present and not null; it then counts as read.
    package func contains(_ key: String) -> Bool { fields[key] != nil }

    /// Marks a setting as read because another one makes it irrelevant.
    package func ignore(_ key: String) { _ = fields[key] }

    /// The integer at a key; throws if it is absent, of another type or outside `range`.
    package func int(_ key: String, in range: ClosedRange<Int> = Self.dimensions) throws(LoadError) -> Int {
        try required(key, fields.int(key, in: range), "an integer")
    }

    /// The integer at a key, by default `value`; throws if it is of another type or outside `range`.
    package func int(
        _ key: String, default value: Int, in range: ClosedRange<Int> = Self.dimensions
    ) throws(LoadError) -> Int {
        try fields.int(key, in: range) ?? value
    }

    /// The number at a key; throws if it is absent, of another type or outside `range`.
    package func double(_ key: String, in range: ClosedRange<Double> = -1e30...1e30) throws(LoadError) -> Double {
        try required(key, fields.double(key, in: range), "a number")
    }

    /// The number at a key, by default `value`; throws if it is of another type or outside `range`.
    package func double(
        _ key: String, default value: Double, in range: ClosedRange<Double> = -1e30...1e30
    ) throws(LoadError) -> Double {
        try fields.double(key, in: range) ?? value
    }

    /// The boolean at a key, by default `value`; throws if it is of another type.
    package func bool(_ key: String, default value: Bool) throws(LoadError) -> Bool {
        try fields.bool(key) ?? value
    }

    /// The string at a key; throws if it is absent or of another type.
    package func string(_ key: String) throws(LoadError) -> String {
        try required(key, fields.string(key), "a string")
    }

    /// The string at a key, by default `value`; throws if it is of another type.
    package func string(_ key: String, default value: String) throws(LoadError) -> String {
        try fields.string(key) ?? value
    }

    /// The ids in `eos_token_id`; empty if absent.
    package func eosTokenIDs() throws(LoadError) -> [Int] { try fields.tokenIDs("eos_token_id") ?? [] }

    /// An error about a key that names the file, for checks by the caller.
    package func failure(_ key: String, expected: String, found: String) -> LoadError {
        fields.failure(key, expected: expected, found: found)
    }

    private func required<Value>(_ key: String, _ value: Value?, _ expected: String) throws(LoadError) -> Value {
        guard let value else { throw fields.failure(key, expected: expected, found: "none") }
        return value
    }
}
