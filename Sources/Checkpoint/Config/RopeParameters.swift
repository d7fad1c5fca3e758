package import Support

/// The rotary embedding's settings as the configuration gives them.
package struct RopeParameters: Sendable, Hashable {
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
    /// All members, for the types that have more of them.
    package var raw: JSONObject

    package init(theta: Double = 10_000) {
        self.theta = theta
        type = "default"
        factor = 1
        lowFreqFactor = 1
        highFreqFactor = 4
        raw = JSONObject()
    }

    init(_ object: JSONObject, config: JSONFields) throws(LoadError) {
        let fields = JSONFields(file: config.file, object: object)
        let factors = 1e-6...1e6
        self.init()
        theta = try fields.double("rope_theta", in: 1e-3...1e15) ?? theta
        type = try fields.string("rope_type") ?? type
        factor = try fields.double("factor", in: factors) ?? factor
        lowFreqFactor = try fields.double("low_freq_factor", in: factors) ?? lowFreqFactor
        highFreqFactor = try fields.double("high_freq_factor", in: factors) ?? highFreqFactor
        let key = "original_max_position_embeddings"
        let outer = try config.int(key, in: HFConfig.dimensions)
        originalMaxPosition = try fields.int(key, in: HFConfig.dimensions) ?? outer
        raw = object
    }
}
