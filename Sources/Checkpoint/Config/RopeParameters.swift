import Support

/// The rotary embedding's settings as the configuration gives them.
package struct RopeParameters: Sendable {
    /// The base of the frequencies.
    package var theta: Double
    /// `default`, `linear`, `dynamic`, `yarn`, `longrope`, `llama3`, ...
    package var type: String
    /// By how much positions are stretched; 1 where the type has no factor.
    package var factor: Double
    package var lowFreqFactor: Double
    package var highFreqFactor: Double
    /// The length that the model was first trained for.
    package var originalMaxPosition: Int?
    /// The share of a head that turns.
    package var partialRotaryFactor: Double
    /// All members, for the types that have more of them.
    package let fields: JSONFields

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

    /// `fields`: the rotary settings, whose gaps those of the model fill.
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
