import Architectures
import Checkpoint
import Layers
import Support
import Tensor
import TestSupport
import Testing

/// Rotary settings in all spellings against the values of `Scripts/goldens/rope_vectors.py`.
@Suite struct RopeTests {
    /// Settings and what the reference makes of them.
    struct Case: Sendable, CustomTestStringConvertible {
        let json: JSONValue

        var name: String { json["name"]?.stringValue ?? "" }
        var layerType: String? { json["layer_type"]?.stringValue }
        var variants: [JSONValue] { json["variants"]?.arrayValue ?? [] }
        var testDescription: String { ([name] + [layerType].compactMap { $0 }).joined(separator: ": ") }

        func rotary() throws -> RotaryEmbedding {
            let members = try #require(json["config"]?.objectValue)
            let config = try HFConfig(JSONFields(file: "config.json", object: members))
            let headDim = try #require(json["head_dim"]?.intValue)
            if layerType == "sliding_attention" {
                let isGemma = members["model_type"] == "gemma3_text"
                let theta = try isGemma ? 10_000 : config.rope(layerType: layerType).theta
                return try config.rotaryOfWindows(headDim: headDim, theta: theta)
            }
            return try config.rotary(headDim: headDim, layerType: layerType)
        }
    }

    static let cases = (try? Fixtures.json("rope/vectors.json")["cases"]?.arrayValue ?? [])?.map(Case.init) ?? []

    @Test func `every scaling type has cases`() {
        let types = Set(Self.cases.compactMap { $0.json["type"]?.stringValue })
        #expect(types == Set(RotaryScaling.allCases.map(\.rawValue)))
    }

    @Test(arguments: cases)
    func `frequencies agree with the reference`(item: Case) throws {
        let rotary = try item.rotary()
        #expect(rotary.variants.count == item.variants.count)
        #expect((rotary.shortLength != nil) == (item.variants.count > 1))
        for (found, expected) in zip(rotary.variants, item.variants) {
            let inverse = try numbers(expected, "inverse")
            #expect(found.inverse.count == inverse.count)
            for (found, expected) in zip(found.inverse, inverse) {
                #expect(abs(Double(found) - expected) <= 1e-6 * expected, "\(found) for \(expected)")
            }
            let factor = try #require(expected["attention_factor"]?.doubleValue)
            #expect(abs(Double(found.attentionFactor) - factor) < 1e-6, "\(found.attentionFactor) for \(factor)")
        }
    }

    /// The tables, at positions far beyond the trained length too. An angle's last place grows with the position.
    @Test(arguments: cases)
    func `cosines and sines agree with the reference`(item: Case) throws {
        let rotary = try item.rotary()
        for (variant, expected) in item.variants.enumerated() {
            for row in expected["rows"]?.arrayValue ?? [] {
                let position = try #require(row["position"]?.intValue)
                let table = rotary.table(covering: position)
                let place = position * table.variantCount + variant
                let tolerance = 3e-7 * Double(max(position, 4))
                for (key, tensor) in [("cosines", table.cosines), ("sines", table.sines)] {
                    let width = tensor.shape[1]
                    let found = tensor.rows(place..<place + 1).floatArray
                    let values = try numbers(row, key)
                    #expect(values.count == width)
                    for (found, value) in zip(found, values) {
                        #expect(abs(Double(found) - value) < tolerance, "\(key) at \(position): \(found) for \(value)")
                    }
                }
            }
        }
    }

    private func numbers(_ json: JSONValue, _ key: String) throws -> [Double] {
        try #require(json[key]?.arrayValue).compactMap(\.doubleValue)
    }

    @Test(arguments: [
        (#"{"rope_type":"linear"}"#, "rope_parameters.factor: expected a number for rope type linear, found none"),
        (#"{"rope_type":"dynamic"}"#, "rope_parameters.factor: expected a number for rope type dynamic, found none"),
        (
            #"{"rope_type":"llama3","factor":8,"low_freq_factor":1}"#,
            "rope_parameters.high_freq_factor: expected a number for rope type llama3, found none"
        ),
        (
            #"{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4}"#,
            "rope_parameters.high_freq_factor: expected a number above low_freq_factor, 4.0, found 4.0"
        ),
        (
            #"{"rope_type":"longrope","long_factor":[1,2],"short_factor":[1]}"#,
            "rope_parameters.short_factor: expected 2 numbers, found [1]"
        ),
        (
            #"{"rope_type":"longrope","short_factor":[1,1]}"#,
            "rope_parameters.long_factor: expected 2 numbers, found none"
        ),
        (
            #"{"rope_type":"spiral"}"#,
            "expected a rope type among default, linear, dynamic, yarn, longrope, llama3, found 'spiral'"
        ),
        (
            #"{"rope_type":"linear","factor":"2"}"#,
            #"rope_parameters.factor: expected a number in 1e-06...1000000.0, found "2""#
        ),
        (
            #"{"rope_theta":-1}"#,
            "rope_parameters.rope_theta: expected a number in 0.001...1000000000000000.0, found -1"
        ),
        (
            #"{"partial_rotary_factor":0.3}"#,
            "partial_rotary_factor: expected an even share of 4 dimensions, found 0.3"
        ),
        (
            #"{"rope_type":"yarn","factor":4,"spin":2}"#,
            "rope_parameters.spin: expected a setting that is honoured here, found 2"
        ),
    ])
    func `wrong settings are named`(parameters: String, message: String) throws {
        let object = try #require(JSONValue(parsing: #"{"rope_parameters":\#(parameters)}"#).objectValue)
        let error = #expect(throws: LoadError.self) {
            try HFConfig(JSONFields(file: "config.json", object: object)).rotary(headDim: 4)
        }
        #expect(error?.description == "config.json: " + message)
    }
}
