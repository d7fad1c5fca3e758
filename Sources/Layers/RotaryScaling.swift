package import Checkpoint
import Support
package import Tensor

/// The supported ways to stretch rotary frequencies beyond the length on which a model was trained.
package enum RotaryScaling: String, CaseIterable, Sendable {
    case `default`
    /// Divides positions by the factor (Chen et al. 2023).
    case linear
    /// Raises the base for requests longer than the trained length ("dynamic NTK").
    case dynamic
    /// Divides low frequencies by the factor, keeps high ones, blends those in between, and scales cosines and sines
    /// (YaRN; Peng et al. 2023).
    case yarn
    /// Divides each frequency by its own factor, one set for short and one for long requests, and scales cosines and
    /// sines (LongRoPE; Ding et al. 2024).
    case longrope
    /// Divides low frequencies by the factor, keeps high ones and blends those in between (Llama 3.1).
    case llama3
}

/// Frequencies of a rotary embedding.
package struct RotaryFrequencies: Sendable {
    /// Angle per position of each pair of dimensions: `[rotatedDim / 2]`.
    package var inverse: [Float]
    /// Factor of cosines and sines.
    package var attentionFactor: Float

    package init(inverse: [Float], attentionFactor: Float = 1) {
        self.inverse = inverse
        self.attentionFactor = attentionFactor
    }
}

extension RotaryEmbedding {
    /// Reads the rotary settings of a configuration. `divisors`: per-frequency divisors that some files store as a
    /// tensor instead of settings. `maxPositionCount`: the model's `max_position_embeddings`. Throws an error that lists
    /// the known rope types if the type is unknown.
    package convenience init(
        _ parameters: RopeParameters, rotatedDim: Int, divisors: Tensor? = nil, maxPositionCount: Int, file: String
    ) throws(LoadError) {
        guard let scaling = RotaryScaling(rawValue: parameters.type) else {
            let known = RotaryScaling.allCases.map(\.rawValue).joined(separator: ", ")
            throw LoadError(file: file, expected: "a rope type among \(known)", found: "'\(parameters.type)'")
        }
        let settings = ScalingSettings(
            parameters: parameters, dimension: rotatedDim, maxPositionCount: maxPositionCount, file: file)
        var variants = try settings.variants(scaling)
        if let divisors {
            let count = rotatedDim / 2
            guard divisors.shape.elementCount == count, divisors.format == .float32 else {
                throw LoadError(
                    file: file, tensor: "rope_freqs.weight", expected: "\(count) float32 elements",
                    found: "\(divisors.format) \(divisors.shape)")
            }
            for index in variants.indices {
                variants[index].inverse = zip(variants[index].inverse, divisors.floatArray).map { $0 / $1 }
            }
        }
        try parameters.fields.requireAllRead()
        guard variants.allSatisfy({ $0.inverse.allSatisfy(\.isFinite) && $0.attentionFactor.isFinite }) else {
            throw LoadError(
                file: file, expected: "rotary settings with finite frequencies",
                found: "\(scaling.rawValue) with rope_theta \(parameters.theta) over \(rotatedDim) dimensions")
        }
        self.init(
            rotatedDim: rotatedDim, variants: variants,
            shortLength: variants.count > 1 ? settings.shortLength(scaling) : nil,
            stretchedLength: settings.stretchedLength(scaling))
    }
}

/// The computation of scaled frequencies.
private struct ScalingSettings {
    let parameters: RopeParameters
    let dimension: Int
    let maxPositionCount: Int
    let file: String

    /// The length on which the model was trained.
    var originalLength: Int { parameters.originalMaxPosition ?? maxPositionCount }

    /// Requests that may become longer use the second frequencies.
    func shortLength(_ scaling: RotaryScaling) -> Int { scaling == .dynamic ? maxPositionCount : originalLength }

    /// The length to which the factor stretches the trained one; nil for types whose models are trained on all of
    /// `max_position_embeddings`.
    func stretchedLength(_ scaling: RotaryScaling) -> Int? {
        switch scaling {
        case .linear, .dynamic: Int(Double(maxPositionCount) * parameters.factor)
        case .yarn: Int(Double(originalLength) * parameters.factor)
        case .default, .longrope, .llama3: nil
        }
    }

    /// Returns the frequencies; for types that treat short and long requests differently, first those of short ones.
    func variants(_ scaling: RotaryScaling) throws(LoadError) -> [RotaryFrequencies] {
        let plain = RotaryFrequencies(inverse: frequencies(theta: parameters.theta))
        switch scaling {
        case .default: return [plain]
        case .linear: return [RotaryFrequencies(inverse: plain.inverse.map { $0 / Float(parameters.factor) })]
        case .dynamic: return [plain, RotaryFrequencies(inverse: frequencies(theta: longTheta))]
        case .yarn: return [try yarn(plain.inverse)]
        case .longrope: return [try longrope("short"), try longrope("long")]
        case .llama3: return [RotaryFrequencies(inverse: try llama3(plain.inverse))]
        }
    }

    private func frequencies(theta: Double) -> [Float] {
        (0..<dimension / 2).map { 1 / Math.pow(Float(theta), Float(2 * $0) / Float(dimension)) }
    }

    /// The base for the longest length, `factor` times the trained one.
    private var longTheta: Double {
        let factor = parameters.factor
        let exponent = Double(dimension) / Double(dimension - 2)
        return parameters.theta * Math.pow(factor * factor - (factor - 1), exponent)
    }

    private func llama3(_ frequencies: [Float]) throws(LoadError) -> [Float] {
        let low = parameters.lowFreqFactor
        let high = parameters.highFreqFactor
        guard high > low else {
            throw parameters.fields.failure(
                "high_freq_factor", expected: "a number above low_freq_factor, \(low)", found: "\(high)")
        }
        let original = originalLength
        let factor = Float(parameters.factor)
        return frequencies.map { frequency in
            let wavelength = 2 * Float.pi / frequency
            if wavelength < Float(original) / Float(high) { return frequency }
            if wavelength > Float(original) / Float(low) { return frequency / factor }
            let blend = (Float(original) / wavelength - Float(low)) / Float(high - low)
            return (1 - blend) * frequency / factor + blend * frequency
        }
    }

    private func yarn(_ frequencies: [Float]) throws(LoadError) -> RotaryFrequencies {
        let original = Double(originalLength)
        func place(rotations: Double) -> Double {
            Double(dimension) * Math.log(original / (rotations * 2 * .pi)) / (2 * Math.log(parameters.theta))
        }
        var low = place(rotations: parameters.betaFast)
        var high = place(rotations: parameters.betaSlow)
        if parameters.truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        (low, high) = (max(low, 0), min(high, Double(dimension - 1)))
        if low == high { high += 0.001 }
        let factor = Float(parameters.factor)
        let inverse = frequencies.enumerated().map { index, frequency in
            let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
            return frequency / factor * ramp + frequency * (1 - ramp)
        }
        return RotaryFrequencies(inverse: inverse, attentionFactor: Float(parameters.yarnAttentionFactor))
    }

    /// `kind`: short or long.
    private func longrope(_ kind: String) throws(LoadError) -> RotaryFrequencies {
        let own = try parameters.fields.double("\(kind)_mscale", in: 1e-6...1e6)
        // With scales of their own for short and long requests (Phi-3.5-MoE), the reference implementation keeps the
        // factors for short ones. The others are read so that they do not count as ignored.
        _ = try parameters.fields.doubles("\(kind)_factor")
        let key = own == nil ? "\(kind)_factor" : "short_factor"
        guard let factors = try parameters.fields.doubles(key), factors.count == dimension / 2 else {
            throw parameters.fields.failure(
                key, expected: "\(dimension / 2) numbers",
                found: parameters.fields.object[key].map { String($0.serialized.prefix(80)) } ?? "none")
        }
        let range = 1e-6...1e6
        let stretch = parameters.hasFactor ? parameters.factor : Double(maxPositionCount) / Double(originalLength)
        let usual = stretch <= 1 ? 1 : (1 + Math.log(stretch) / Math.log(Double(originalLength))).squareRoot()
        let stated = try parameters.fields.double("attention_factor", in: range)
        let inverse = factors.enumerated().map { index, factor in
            1 / (Float(factor) * Math.pow(Float(parameters.theta), Float(2 * index) / Float(dimension)))
        }
        return RotaryFrequencies(inverse: inverse, attentionFactor: Float(own ?? stated ?? usual))
    }
}
