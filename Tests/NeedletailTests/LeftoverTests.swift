import Architectures
import CPUBackend
import Checkpoint
import Layers
import Support
import Tensor
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// Settings and tensors that no code reads must be rejected.
@Suite struct LeftoverTests {
    /// Loads a fixture with some members of its configuration replaced.
    private static func load(_ fixture: String, _ changes: JSONObject) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-leftovers-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var config = try #require(try Fixtures.json("models/\(fixture)/config.json").objectValue)
        for (key, value) in changes.members { config[key] = value }
        try Data(JSONValue.object(config).serialized.utf8).write(to: URL(filePath: folder + "/config.json"))
        try Data(Fixtures.bytes("models/\(fixture)/model.safetensors"))
            .write(to: URL(filePath: folder + "/model.safetensors"))
        let checkpoint = try Checkpoint.open(path: folder)
        _ = try ModelRegistry.load(
            checkpoint.config,
            WeightLoader(weights: checkpoint.weights, backend: CPUBackend(), inputFormat: .float32))
    }

    private static func failure(_ fixture: String, _ changes: JSONObject) throws -> String? {
        do {
            try load(fixture, changes)
            return nil
        } catch let error as LoadError {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            (["logit_scale": 0.5], "config.json: logit_scale: expected a setting that is honoured here, found 0.5"),
            (["qk_norm": true], "config.json: qk_norm: expected a setting that is honoured here, found true"),
            (
                ["quantization_config": ["bits": 4]],
                #"config.json: quantization_config: expected a setting that is honoured here, found {"bits":4}"#
            ),
            (["is_causal": false], "config.json: is_causal: expected true, found false"),
            (["partial_rotary_factor": 0.5], "config.json: partial_rotary_factor: expected 1, found 0.5"),
            (
                ["rope_parameters": ["rope_theta": 10_000.0, "mrope_section": [2, 3, 3]]],
                "config.json: rope_parameters.mrope_section: expected a setting that is honoured here, found [2,3,3]"
            ),
            (
                ["rope_parameters": ["rope_theta": 10_000.0, "partial_rotary_factor": 0.25]],
                "config.json: partial_rotary_factor: expected 1, found 0.25"
            ),
        ] as [(JSONObject, String)])
    func `a setting that would be ignored is refused by name`(changes: JSONObject, message: String) throws {
        #expect(try Self.failure("llama", changes) == message)
    }

    @Test func `settings that are unset or change nothing are read past`() throws {
        let harmless: JSONObject = [
            "logit_scale": .null, "qk_norm": false, "quantization_config": [:], "use_cache": true, "pretraining_tp": 2,
            "torch_dtype": "float16", "rope_interleaved": false, "max_sequence_length": 2048, "attention_dropout": 0.1,
        ]
        #expect(try Self.failure("llama", harmless) == nil)
        #expect(try Self.failure("qwen2", ["sliding_window": 4096, "max_window_layers": 21]) == nil)
    }

    @Test func `tensors that would be ignored are refused by name`() throws {
        #expect(
            try Self.failure("llama", ["num_hidden_layers": 1])
                == "model.safetensors: tensor 'model.layers.1.input_layernorm.weight': expected a tensor that the model reads, "
                + "found one that it does not and 8 more")
        let biases = try Self.failure("llama3-rope", ["attention_bias": false])
        #expect(biases?.contains("_proj.bias': expected a tensor that the model reads") == true, "\(biases ?? "none")")
    }

    @Test func `a head beside tied embeddings is no leftover`() throws {
        #expect(try Self.failure("llama", ["tie_word_embeddings": true]) == nil)
    }
}
