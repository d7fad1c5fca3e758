import Support

/// The rotary settings that a family's files may leave out.
package struct RopeDefaults: Sendable {
    /// The base of the frequencies.
    package var theta: Double
    /// The fraction of each head that is rotated.
    package var share: Double

    package init(theta: Double = 10_000, share: Double = 1) {
        self.theta = theta
        self.share = share
    }
}

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
    /// Whether the settings name a factor.
    package var hasFactor = false
    /// Scaling type `yarn`: rotations over the original context length above which frequencies are kept.
    package var betaFast = 32.0
    /// Scaling type `yarn`: rotations over the original context length below which frequencies are divided.
    package var betaSlow = 1.0
    /// Scaling type `yarn`: whether the limits between kept and divided frequencies are rounded outwards.
    package var truncates = true
    /// Scaling type `yarn`: the factor of cosines and sines.
    package var yarnAttentionFactor = 1.0
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

    /// Reads the rotary settings in `fields`; `config`, the model's settings, fills their gaps. `isOfLayerType`: whether
    /// the file has a set per layer type. Otherwise the model's own original length goes before the one in the settings,
    /// as in the reference implementation.
    init(
        _ fields: JSONFields, config: JSONFields, isOfLayerType: Bool = false, defaults: RopeDefaults = RopeDefaults()
    ) throws(LoadError) {
        let factors = 1e-6...1e6
        self.init(theta: defaults.theta, fields)
        theta = try fields.double("rope_theta", in: 1e-3...1e15) ?? theta
        let olderType = try fields.string("type")
        type = try fields.string("rope_type") ?? olderType ?? type
        // Its names in the first files of Phi-3.
        if type == "su" || (type == "yarn" && fields["long_factor"] != nil) { type = "longrope" }
        let givenFactor = try fields.double("factor", in: factors)
        hasFactor = givenFactor != nil
        factor = givenFactor ?? factor
        lowFreqFactor = try fields.double("low_freq_factor", in: factors) ?? lowFreqFactor
        highFreqFactor = try fields.double("high_freq_factor", in: factors) ?? highFreqFactor
        try requireFactors()
        let key = "original_max_position_embeddings"
        let outer = try config.int(key, in: HFConfig.dimensions)
        let inner = try fields.int(key, in: HFConfig.dimensions)
        originalMaxPosition = isOfLayerType ? inner : outer ?? inner
        if type == "yarn" { try readYarn(fields, config: config) }
        let shareKey = "partial_rotary_factor"
        let outerShare = try config.double(shareKey, in: 0...1)
        partialRotaryFactor = try fields.double(shareKey, in: 0...1) ?? outerShare ?? defaults.share
    }

    /// Throws if a factor is missing that the scaling type cannot do without.
    private func requireFactors() throws(LoadError) {
        let keys: [String] =
            switch type {
            case "linear", "dynamic": ["factor"]
            case "llama3": ["factor", "low_freq_factor", "high_freq_factor"]
            default: []
            }
        for key in keys where fields[key] == nil {
            throw fields.failure(key, expected: "a number for rope type \(type)", found: "none")
        }
    }

    /// Reads YaRN's settings. The factor of cosines and sines follows from the stretch unless the file states it.
    private mutating func readYarn(_ fields: JSONFields, config: JSONFields) throws(LoadError) {
        let range = 1e-6...1e6
        if !hasFactor, let original = originalMaxPosition,
            let length = try config.int("max_position_embeddings", in: HFConfig.dimensions)
        {
            factor = Double(length) / Double(original)
        }
        betaFast = try fields.double("beta_fast", in: range) ?? betaFast
        betaSlow = try fields.double("beta_slow", in: range) ?? betaSlow
        truncates = try fields.bool("truncate") ?? truncates
        let mscale = try fields.double("mscale", in: 0...1e6) ?? 0
        let mscaleOfAll = try fields.double("mscale_all_dim", in: 0...1e6) ?? 0
        func scale(_ share: Double) -> Double { Self.yarnScale(factor: factor, share) }
        let usual = mscale > 0 && mscaleOfAll > 0 ? scale(mscale) / scale(mscaleOfAll) : scale(1)
        yarnAttentionFactor = try fields.double("attention_factor", in: range) ?? usual
    }

    /// YaRN's factor of queries and keys for positions stretched by `factor`; `share` weighs the stretch.
    package static func yarnScale(factor: Double, _ share: Double) -> Double {
        factor <= 1 ? 1 : 0.1 * share * Math.log(factor) + 1
    }
}
