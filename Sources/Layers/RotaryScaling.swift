package import Checkpoint
import Support
package import Tensor

/// The supported ways to stretch rotary frequencies beyond the length on which a model was trained.
package enum RotaryScaling: String, CaseIterable, Sendable {
    case `default`
    /// Divides positions by the factor (Chen et al. 2023).
    case linear
    /// Divides low frequencies by the factor, keeps high ones and blends those in between (Llama 3.1).
    case llama3
}

extension RotaryEmbedding {
    /// Reads the rotary settings of a configuration. `divisors`: per-frequency divisors that some files store as a
    /// tensor instead of settings. Throws an error that lists the known rope types if the type is unknown.
    package convenience init(
        _ parameters: RopeParameters, rotatedDim: Int, divisors: Tensor? = nil, file: String
    ) throws(LoadError) {
        guard let scaling = RotaryScaling(rawValue: parameters.type) else {
            let known = RotaryScaling.allCases.map(\.rawValue).joined(separator: ", ")
            throw LoadError(file: file, expected: "a rope type among \(known)", found: "'\(parameters.type)'")
        }
        var frequencies = (0..<rotatedDim / 2).map { index in
            1 / Math.pow(Float(parameters.theta), Float(2 * index) / Float(rotatedDim))
        }
        switch scaling {
        case .default: break
        case .linear: frequencies = frequencies.map { $0 / Float(parameters.factor) }
        case .llama3: frequencies = try Self.llama3(frequencies, parameters, file: file)
        }
        if let divisors {
            guard divisors.shape.elementCount == frequencies.count, divisors.format == .float32 else {
                throw LoadError(
                    file: file, tensor: "rope_freqs.weight", expected: "\(frequencies.count) float32 elements",
                    found: "\(divisors.format) \(divisors.shape)")
            }
            frequencies = zip(frequencies, divisors.floatArray).map { $0 / $1 }
        }
        try parameters.fields.requireAllRead()
        self.init(rotatedDim: rotatedDim, inverseFrequencies: frequencies)
    }

    private static func llama3(
        _ frequencies: [Float], _ parameters: RopeParameters, file: String
    ) throws(LoadError) -> [Float] {
        let low = parameters.lowFreqFactor
        let high = parameters.highFreqFactor
        guard let original = parameters.originalMaxPosition, high > low else {
            throw LoadError(
                file: file,
                expected:
                    "low_freq_factor < high_freq_factor and original_max_position_embeddings with rope type llama3",
                found: "\(low), \(high) and \(parameters.originalMaxPosition.map(String.init) ?? "none")")
        }
        let factor = Float(parameters.factor)
        return frequencies.map { frequency in
            let wavelength = 2 * Float.pi / frequency
            if wavelength < Float(original) / Float(high) { return frequency }
            if wavelength > Float(original) / Float(low) { return frequency / factor }
            let blend = (Float(original) / wavelength - Float(low)) / Float(high - low)
            return (1 - blend) * frequency / factor + blend * frequency
        }
    }
}
