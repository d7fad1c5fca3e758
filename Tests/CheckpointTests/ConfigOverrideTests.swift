import Checkpoint
import Support
import Testing

/// `--hf-overrides` over configurations in both spellings.
@Suite struct ConfigOverrideTests {
    private static func config(_ text: String, _ overrides: String) throws -> HFConfig {
        func object(_ text: String) throws -> JSONObject { try #require(JSONValue(parsing: text).objectValue) }
        return try HFConfig(JSONFields(file: "config.json", object: object(text))).overridden(by: object(overrides))
    }

    private static let flat: [(file: String, overrides: String, rope: String)] = [
        // An older spelling in the override, a newer one in the file, and the other way round.
        (
            #"{"rope_parameters":{"rope_theta":1,"rope_type":"default"}}"#, #"{"rope_theta":2}"#,
            #"{"rope_theta":2,"rope_type":"default"}"#
        ),
        (#"{"rope_theta":1}"#, #"{"rope_parameters":{"rope_theta":2}}"#, #"{"rope_theta":2}"#),
        (
            #"{"rope_theta":1,"rotary_pct":0.5}"#, #"{"rotary_emb_base":2,"rotary_pct":1}"#,
            #"{"rope_theta":2,"partial_rotary_factor":1}"#
        ),
        // The whole is replaced, except for the base.
        (
            #"{"rope_theta":1,"rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1}}"#,
            #"{"rope_scaling":{"type":"linear","factor":2}}"#,
            #"{"factor":2,"rope_type":"linear","rope_theta":1}"#
        ),
        (
            #"{"rope_theta":1,"rope_scaling":{"type":"linear","factor":8}}"#, #"{"rope_scaling":null}"#,
            #"{"rope_theta":1}"#
        ),
        // A member of the rotary settings that some files have outside.
        (
            #"{"rope_parameters":{"rope_theta":1,"partial_rotary_factor":0.5}}"#, #"{"partial_rotary_factor":0.25}"#,
            #"{"rope_theta":1,"partial_rotary_factor":0.25}"#
        ),
        // Sets by layer type.
        (
            #"{"rope_theta":1,"rope_local_base_freq":3}"#, #"{"rope_theta":2,"rope_local_base_freq":4}"#,
            #"{"full_attention":{"rope_theta":2},"sliding_attention":{"rope_theta":4,"rope_type":"default"}}"#
        ),
        (
            #"{"rope_theta":1,"rope_local_base_freq":3}"#, #"{"rope_scaling":{"rope_type":"linear","factor":8}}"#,
            #"{"full_attention":{"rope_type":"linear","factor":8,"rope_theta":1},"#
                + #""sliding_attention":{"rope_theta":3,"rope_type":"default"}}"#
        ),
        (
            #"{"rope_theta":1,"rope_local_base_freq":3}"#,
            #"{"rope_parameters":{"sliding_attention":{"rope_theta":9}}}"#,
            #"{"full_attention":{"rope_theta":1},"sliding_attention":{"rope_theta":9}}"#
        ),
        (
            #"{"rope_theta":1}"#, #"{"rope_local_base_freq":3}"#,
            #"{"full_attention":{"rope_theta":1},"sliding_attention":{"rope_type":"default","rope_theta":3}}"#
        ),
    ]

    @Test(arguments: flat)
    func `rotary settings are overridden in any spelling`(file: String, overrides: String, rope: String) throws {
        let fields = try Self.config(file, overrides).fields
        #expect(fields.object["rope_parameters"]?.serialized == rope)
        for key in ["rope_theta", "rope_scaling", "rope_local_base_freq", "rotary_pct", "rotary_emb_base"] {
            #expect(fields.object[key] == nil)
        }
    }

    @Test func `members replace the file's, those of a nested model too`() throws {
        let config = try Self.config(
            #"{"architectures":["A"],"torch_dtype":"float32","a":1,"text_config":{"b":2,"c":[3]}}"#,
            #"{"architectures":["B"],"torch_dtype":"float16","a":null,"b":5,"text_config":{"c":[6]}}"#)
        #expect(config.architectures == ["B"])
        #expect(try config.string("dtype") == "float16")
        #expect(!config.contains("a"))
        #expect(try config.int("b") == 5)
        #expect(try config.fields.doubles("c") == [6])
    }

    @Test(arguments: [
        (#"{"hiden_size":8}"#, "--hf-overrides: hiden_size: the model does not read such a setting"),
        (#"{"hidden_size":8,"a":false}"#, "--hf-overrides: a: the model does not read such a setting"),
        (#"{"text_config":{"x":0}}"#, "--hf-overrides: x: the model does not read such a setting"),
        (
            #"{"rope_parameters":{"rope_type":"linear","factor":2,"factr":2}}"#,
            "--hf-overrides: rope_parameters.factr: the model does not read such a setting"
        ),
        (
            #"{"rope_scaling":{"factor":2}}"#,
            #"--hf-overrides: rope_scaling: expected a rope_type beside the other settings, found {"factor":2}"#
        ),
        (#"{"rope_scaling":2}"#, "--hf-overrides: rope_scaling: expected an object, found 2"),
        (
            #"{"hidden_size":"x"}"#,
            #"config.json with --hf-overrides: hidden_size: expected an integer in 1...16777216, found "x""#
        ),
    ])
    func `an override that is wrong or not read is named`(overrides: String, message: String) throws {
        do {
            let config = try Self.config(#"{"hidden_size":4}"#, overrides)
            _ = try config.int("hidden_size")
            _ = try config.rope()
            try config.requireAllRead()
            Issue.record("no error")
        } catch let error as LoadError {
            #expect(error.description == message)
        }
    }
}
