import Checkpoint
import Support
import TestSupport
import Testing

@Suite struct HFConfigTests {
    @Test(arguments: ["llama", "llama3-rope", "qwen2"])
    func `both spellings of a configuration are read alike`(model: String) throws {
        let current = try HFConfig(path: Fixtures.path("models/\(model)/config.json"))
        let older = try HFConfig(path: Fixtures.path("models/\(model)/config.v4.json"))
        #expect(current.architectures == older.architectures && current.architectures.count == 1)
        let keys = Set(current.fields.object.keys).union(older.fields.object.keys).subtracting(["rope_parameters"])
        for key in keys { #expect(current.fields.object[key] == older.fields.object[key], "\(key)") }
        #expect(try current.string("dtype") == "bfloat16")
        let (left, right) = (try current.rope(), try older.rope())
        #expect(left.theta == right.theta && left.type == right.type && left.factor == right.factor)
        #expect(left.lowFreqFactor == right.lowFreqFactor && left.highFreqFactor == right.highFreqFactor)
        #expect(left.originalMaxPosition == right.originalMaxPosition)
    }

    @Test func `the settings of a scaled rotary embedding are read`() throws {
        let config = try HFConfig(path: Fixtures.path("models/llama3-rope/config.v4.json"))
        let rope = try config.rope()
        #expect(rope.type == "llama3" && rope.theta == 10_000 && rope.factor == 8)
        #expect(rope.lowFreqFactor == 1 && rope.highFreqFactor == 4 && rope.originalMaxPosition == 32)
    }

    @Test func `the oldest key of the scaling type is read`() throws {
        let rope = try config(#"{"rope_theta":5e5,"rope_scaling":{"type":"linear","factor":2}}"#).rope()
        #expect(rope.theta == 500_000 && rope.type == "linear" && rope.factor == 2)
        let absent = try config("{}").rope()
        #expect(absent.theta == 10_000 && absent.type == "default" && absent.factor == 1)
    }

    @Test func `the rotary settings of a layer type are read`() throws {
        let text = #"{"rope_parameters":{"full":{"rope_theta":1e6},"sliding":{"rope_theta":1e4}}}"#
        #expect(try config(text).rope(layerType: "full").theta == 1e6)
        #expect(try config(text).rope(layerType: "sliding").theta == 1e4)
    }

    @Test func `a nested language model has precedence`() throws {
        let config = try config(
            #"{"architectures":["Outer"],"hidden_size":1,"eos_token_id":[3,4],"text_config":"#
                + #"{"architectures":["Inner"],"hidden_size":8,"eos_token_id":null}}"#)
        #expect(config.architectures == ["Outer"])
        #expect(try config.int("hidden_size") == 8)
        #expect(try config.eosTokenIDs() == [3, 4])
    }

    @Test(arguments: [
        ("{}", "config.json: n: expected an integer, found none"),
        (#"{"n":null}"#, "config.json: n: expected an integer, found none"),
        (#"{"n":"8"}"#, "config.json: n: expected an integer in 1...16777216, found \"8\""),
        (#"{"n":0}"#, "config.json: n: expected an integer in 1...16777216, found 0"),
        (#"{"n":16777217}"#, "config.json: n: expected an integer in 1...16777216, found 16777217"),
        (#"{"n":1.5}"#, "config.json: n: expected an integer in 1...16777216, found 1.5"),
        (#"{"n":[1]}"#, "config.json: n: expected an integer in 1...16777216, found [1]"),
    ])
    func `a wrong dimension is refused`(text: String, message: String) throws {
        let config = try config(text)
        #expect(try loadFailure { _ = try config.int("n") } == message)
    }

    @Test func `other wrong values are refused`() throws {
        let config = try config(#"{"b":1,"s":true,"d":"x","eos_token_id":[1,"2"],"rope_parameters":{"factor":0}}"#)
        #expect(
            try loadFailure { _ = try config.bool("b", default: true) } == "config.json: b: expected a boolean, found 1"
        )
        #expect(try loadFailure { _ = try config.string("s") } == "config.json: s: expected a string, found true")
        #expect(try loadFailure { _ = try config.double("d") }?.contains("d: expected a number in") == true)
        #expect(try loadFailure { _ = try config.eosTokenIDs() }?.contains("expected a token id or a list") == true)
        #expect(
            try loadFailure { _ = try config.rope() }?.contains(
                "config.json: rope_parameters.factor: expected a number") == true)
        #expect(try config.int("absent", default: 7) == 7 && config.double("absent", default: 0.5) == 0.5)
    }

    @Test func `a message stays on one line`() throws {
        let config = try config(#"{"n":"a\nb\u2028c\u001b[0m"}"#)
        let message = try #require(try loadFailure { _ = try config.int("n") })
        #expect(!message.contains("\n") && !message.contains("\u{2028}") && !message.contains("\u{1b}"))
    }

    private func config(_ text: String) throws -> HFConfig {
        let object = try #require(try JSONValue(parsing: text).objectValue)
        return try HFConfig(JSONFields(file: "config.json", object: object))
    }
}
