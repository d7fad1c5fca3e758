import Support

/// The settings of the rotary embedding in the configuration.
package struct RopeParameters: Sendable {
    /// The base of the frequencies.
    package var theta: Double
    /// The scaling type: `default`, `linear`, `dynamic`, `yarn`, `longrope`, `llama3`, ...
    package var type: String
    /// The factor by which positions are stretched; 1 if the type has none.
    package var factor: Double
    /// Scaling type `llama3`: wavelengths above the original context length divided by this are scaled fully.
    package var lowFreqFactor: Double
    /// Scaling type `llama3`: wavelengths below the original context length divided by this are not scaled.
    package var highFreqFactor: Double
    /// The context length for which the model was first trained.
    package var originalMaxPosition: Int?
    /// The fraction of each head that is rotated.
    package var partialRotaryFactor: Double
    /// All members, for types with further settings.
    package let fields: JSONFields

    /// An unscaled embedding with this base of the frequencies.
    package init(theta: Double = 10_000) { self.init(theta: theta, JSONFields(file: "", object: JSONObject())) }

    private init(theta: Double, _ fields: JSONFields) {
        self.theta = theta
        self.fields = fields
        type = "default"
        factor = 1
        lowFreqFactor = 1
        highFreqFactor = 4
        partialRotaryFactor = 1
    }

    /// Reads the rotary settings in `fields`; `config`, the model's settings, fills their gaps.
    init(_ fields: JSONFields, config: JSONFields) throws(LoadError) {
        let factors = 1e-6...1e6
        self.init(theta: 10_000, fields)
        theta = try fields.double("rope_theta", in: 1e-3...1e15) ?? theta
        type = try fields.string("rope_type") ?? type
        factor = try fields.double("factor", in: factors) ?? factor
        lowFreqFactor = try fields.double("low_freq_factor", in: factors) ?? lowFreqFactor
        highFreqFactor = try fields.double("high_freq_factor", in: factors) ?? highFreqFactor
        let key = "original_max_position_embeddings"
        let outer = try config.int(key, in: HFConfig.dimensions)
        originalMaxPosition = try fields.int(key, in: HFConfig.dimensions) ?? outer
        let shareKey = "partial_rotary_factor"
        let outerShare = try config.double(shareKey, in: 0...1)
        partialRotaryFactor = try fields.double(shareKey, in: 0...1) ?? outerShare ?? 1
    }
}
