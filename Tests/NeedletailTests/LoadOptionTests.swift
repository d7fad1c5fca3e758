import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// Options that change what is loaded: overrides of the configuration and a tokenizer from elsewhere.
@Suite struct LoadOptionTests {
    private static let llama = Fixtures.path("models/llama")

    /// A copy of a fixture model whose configuration has other members.
    private static func copy(of model: String, _ change: (inout JSONObject) -> Void) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-options-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var config = try #require(Fixtures.json("models/\(model)/config.json").objectValue)
        change(&config)
        try Data(JSONValue.object(config).serialized.utf8).write(to: URL(filePath: folder + "/config.json"))
        try Data(Fixtures.bytes("models/\(model)/model.safetensors")).write(
            to: URL(filePath: folder + "/model.safetensors"))
        return folder
    }

    private static func logprobs(_ path: String, overrides: String? = nil) async throws -> [[UInt32]] {
        let harness = try EngineHarness(path) {
            $0.dtype = .float32
            $0.hfOverrides = overrides
            $0.generationConfig = "vllm"
        }
        var sampling = SamplingParams(temperature: 0, maxTokens: 8)
        sampling.logprobs = 4
        sampling.ignoreEOS = true
        return try await harness.run((1...40).map { TokenID($0 * 7 % 250) }, sampling).logprobs.bits
    }

    private static let overrides: [(model: String, text: String, file: JSONObject)] = [
        ("llama", #"{"rope_theta": 50}"#, ["rope_parameters": ["rope_theta": 50, "rope_type": "default"]]),
        (
            "llama", #"{"rope_scaling": {"type": "linear", "factor": 4.0}, "rms_norm_eps": 0.1}"#,
            [
                "rope_parameters": ["rope_theta": 10000.0, "rope_type": "linear", "factor": 4.0], "rms_norm_eps": 0.1,
            ]
        ),
        ("mistral", #"{"sliding_window": 8}"#, ["sliding_window": 8]),
    ]

    @Test(arguments: overrides)
    func `an override changes the model as the same member of the file does`(
        model: String, text: String, file: JSONObject
    ) async throws {
        let edited = try Self.copy(of: model) { config in
            for (key, value) in file.members { config[key] = value }
        }
        defer { try? FileManager.default.removeItem(atPath: edited) }
        let path = Fixtures.path("models/\(model)")
        let overridden = try await Self.logprobs(path, overrides: text)
        #expect(try await overridden == Self.logprobs(edited))
        #expect(try await overridden != Self.logprobs(path))
    }

    @Test(arguments: [
        (#"{"rope_thet": 5}"#, "--hf-overrides: rope_thet: the model does not read such a setting"),
        (#"{"use_cache": true}"#, "--hf-overrides: use_cache: the model does not read such a setting"),
        ("[1]", "--hf-overrides: must be a JSON object, got '[1]'"),
        ("{", "--hf-overrides: must be a JSON object, got '{'"),
    ])
    func `a wrong override is one line`(text: String, message: String) {
        #expect(throws: EngineError(message)) { try EngineHarness(Self.llama) { $0.hfOverrides = text } }
    }

    @Test func `the context may be longer than the file says`() throws {
        let harness = try EngineHarness(Self.llama) {
            $0.hfOverrides = #"{"max_position_embeddings": 3000}"#
            $0.maxModelLength = 2500
        }
        #expect(harness.engine.info.maxModelLength == 2500)
    }

    @Test func `a tokenizer from elsewhere replaces the model's own`() throws {
        let file = Fixtures.path("gguf/llama-q4_0.gguf")
        func tokens(_ path: String, _ tokenizer: String?) throws -> [TokenID] {
            let engine = try EngineHarness(path) { ($0.skipsTokenizer, $0.tokenizer) = (false, tokenizer) }.engine
            return try engine.input.prompts.tokenIDs(of: .text("two birds, one nest"))
        }
        #expect(throws: EngineError.self) { try tokens(Self.llama, nil) }
        let ids = try tokens(Self.llama, file)
        #expect(try ids.count > 2 && ids == tokens(file, nil))
    }

    @Test func `a tokenizer must fit the model's vocabulary`() {
        let message =
            "tokenizer.json: expected token ids below the model's vocabulary of 384, found ids up to 1399"
        #expect(throws: EngineError(message)) {
            try EngineHarness(Self.llama) {
                ($0.skipsTokenizer, $0.tokenizer) = (false, Fixtures.path("tokenizers/bytebpe-qwen2"))
            }
        }
    }

    @Test func `an added token may lie beyond the model's vocabulary`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-added-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let json = #"""
            {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel"},
             "decoder": {"type": "ByteLevel"}, "added_tokens": [{"id": 384, "content": "<image>", "special": true}]}
            """#
        try Data(json.utf8).write(to: URL(filePath: folder + "/tokenizer.json"))
        let engine = try EngineHarness(Self.llama) { ($0.skipsTokenizer, $0.tokenizer) = (false, folder) }.engine
        #expect(try engine.input.prompts.tokenIDs(of: .text("a")) == [0])
        #expect(throws: RequestError.invalid("prompt", "token id 384 is outside the vocabulary (0...383)")) {
            _ = try engine.generate(.text("a<image>"), SamplingParams())
        }
    }

    @Test func `a tokenizer is not loaded and left out at once`() {
        let message = "--tokenizer: must not be given together with --skip-tokenizer-init"
        #expect(throws: EngineError(message)) { try EngineHarness(Self.llama) { $0.tokenizer = "x" } }
        #expect(
            throws: EngineError(
                "--tokenizer-revision: needs --tokenizer; --revision is for the model and its tokenizer")
        ) {
            try EngineHarness(Self.llama) { $0.tokenizerRevision = "x" }
        }
    }
}
