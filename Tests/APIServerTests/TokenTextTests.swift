import APIServer
import Checkpoint
import EngineTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Needletail
import Support
import TestSupport
import Testing
import Tokenization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// The texts of tokens in log-probabilities: each stands at its offset in the text that is sent.
struct TokenTextTests {
    private let tokenizer: ModelTokenizer

    init() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-tokens-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in [
            "models/llama/config.json", "models/llama/model.safetensors", "tokenizers/bytebpe-llama3/tokenizer.json",
        ] {
            let name = path.split(separator: "/").last!
            try Data(Fixtures.bytes(path)).write(to: URL(filePath: folder + "/" + name))
        }
        tokenizer = try ModelTokenizer(Checkpoint.open(path: folder), template: .source("{{ messages[0].content }}"))
    }

    /// One token per byte.
    private func tokens(_ text: String) -> [TokenID] {
        text.utf8.map { byte in (0..<TokenID(256)).first { tokenizer.tokenizer.tokenBytes($0) == [byte] } ?? .max }
    }

    private func special(_ text: String) throws -> TokenID { try #require(tokenizer.tokenizer.tokenID(of: text)) }

    private func post(_ path: String, _ body: JSONValue, alternatives: [TokenID] = []) async throws -> String {
        let engine = FakeEngineClient(tokenizer: tokenizer, alternatives: alternatives)
        var options = ServerOptions()
        options.port = 0
        let server = try APIServer(
            models: ServedModels([("fake", engine)]), options: options, registry: PrometheusRegistry([]),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await server.application.test(.live) { client in
            try await client.execute(uri: path, method: .post, body: ByteBuffer(string: body.serialized)) {
                String(buffer: $0.body)
            }
        }
    }

    private func complete(_ body: JSONObject, alternatives: [TokenID] = []) async throws -> JSONValue {
        var body = body
        body["max_tokens"] = body["max_tokens"] ?? 40
        body["logprobs"] = 1
        let answer = try await post("/v1/completions", .object(body), alternatives: alternatives)
        return try #require(JSONValue(parsing: answer)["choices"]?[0])
    }

    private func ids(_ tokens: [TokenID]) -> JSONValue { .array(tokens.map { .integer(Int($0)) }) }

    /// Each token's text is at its offset.
    private func expectInPlace(_ choice: JSONValue, sourceLocation: SourceLocation = #_sourceLocation) {
        let text = Array((choice["text"]?.stringValue ?? "").unicodeScalars)
        let names = choice["logprobs"]?["tokens"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let offsets = choice["logprobs"]?["text_offset"]?.arrayValue?.compactMap(\.intValue) ?? []
        #expect(names.count == offsets.count && !names.isEmpty, sourceLocation: sourceLocation)
        for (name, offset) in zip(names, offsets) {
            let there = text.dropFirst(offset).prefix(name.unicodeScalars.count)
            #expect(there.elementsEqual(name.unicodeScalars), "\(name) at \(offset)", sourceLocation: sourceLocation)
        }
    }

    @Test func `tokens of a split character have no text until it is whole`() async throws {
        let choice = try await complete(["prompt": ids(tokens("aé😀b"))])
        #expect(choice["text"] == "aé😀b")
        #expect(choice["logprobs"]?["tokens"] == ["a", "", "é", "", "", "", "😀", "b"])
        #expect(choice["logprobs"]?["text_offset"] == [0, 1, 1, 2, 2, 2, 2, 3])
        expectInPlace(choice)
    }

    @Test func `alternatives with equal texts do not merge`() async throws {
        let parts = tokens("é😀")
        let choice = try await complete(["prompt": ids(tokens("a"))], alternatives: [parts[0], parts[2], parts[0]])
        #expect(choice["logprobs"]?["top_logprobs"] == [["a": -1.0, "": -1.0, "token_id:\(parts[2])": -1.0]])
    }

    @Test func `an alternative that completes the character has all of it`() async throws {
        let (sent, other) = (tokens("é"), tokens("è")[1])
        let choice = try await complete(["prompt": ids(sent)], alternatives: [other])
        #expect(choice["logprobs"]?["top_logprobs"]?[1] == ["é": -1.0, "è": -1.0])
    }

    @Test(arguments: ["a😀🧿é", "naïve 🏳️‍🌈"])
    func `in chat the texts are the message's, and the bytes each token's`(_ text: String) async throws {
        let answer = try await post(
            "/v1/chat/completions",
            [
                "messages": [["role": "user", "content": .string(text)]], "max_tokens": 30, "logprobs": true,
                "top_logprobs": 1,
            ])
        let choice = try JSONValue(parsing: answer)["choices"]?[0]
        let items = choice?["logprobs"]?["content"]?.arrayValue ?? []
        #expect(choice?["message"]?["content"] == .string(text))
        #expect(items.compactMap { $0["token"]?.stringValue }.joined() == text)
        #expect(items.flatMap { $0["bytes"]?.arrayValue ?? [] } == text.utf8.map { .integer(Int($0)) })
    }

    @Test func `an echoed prompt's tokens stand in the text, with the output's after them`() async throws {
        let choice = try await complete(["prompt": "é😀 b", "echo": true])
        #expect(choice["text"]?.stringValue?.hasPrefix("é😀 b") == true)
        let names = choice["logprobs"]?["tokens"]?.arrayValue ?? []
        #expect(names.first == "<|begin_of_text|>")
        // What the tokenizer puts before the text has no place in it; nor has it in the output.
        expectInPlace(without("<|begin_of_text|>", choice))
    }

    @Test func `an echoed prompt of split characters`() async throws {
        let choice = try await complete(["prompt": ids(tokens("é😀b")), "echo": true])
        #expect(choice["text"] == "é😀bé😀b")
        expectInPlace(choice)
    }

    @Test(arguments: [true, false])
    func `special tokens move the offsets where they are shown alone`(_ skips: Bool) async throws {
        let end = try special("<|eot_id|>")
        let choice = try await complete(
            ["prompt": ids(tokens("a") + [end] + tokens("b")), "skip_special_tokens": .bool(skips)])
        #expect(choice["text"] == .string(skips ? "ab" : "a<|eot_id|>b"))
        #expect(choice["logprobs"]?["tokens"] == ["a", "<|eot_id|>", "b"])
        #expect(choice["logprobs"]?["text_offset"] == .array([0, 1, .integer(skips ? 1 : 11)]))
    }

    @Test func `names by id leave the offsets as they are`() async throws {
        let sent = tokens("éb")
        let choice = try await complete(["prompt": ids(sent), "return_tokens_as_token_ids": true])
        #expect(choice["logprobs"]?["tokens"] == .array(sent.map { .string("token_id:\($0)") }))
        #expect(choice["logprobs"]?["text_offset"] == [0, 0, 1])
    }

    @Test func `offsets go on over the chunks of a stream`() async throws {
        let sent = ids(tokens("aé😀b"))
        let whole = try await complete(["prompt": sent])
        let events = try await post(
            "/v1/completions", ["prompt": sent, "max_tokens": 40, "logprobs": 1, "stream": true])
        var offsets: [JSONValue] = []
        var names: [JSONValue] = []
        for line in events.split(separator: "\n\n") where line.hasPrefix("data: {") {
            let logprobs = try JSONValue(parsing: String(line.dropFirst(6)))["choices"]?[0]?["logprobs"]
            offsets += logprobs?["text_offset"]?.arrayValue ?? []
            names += logprobs?["tokens"]?.arrayValue ?? []
        }
        #expect(.array(offsets) == whole["logprobs"]?["text_offset"])
        #expect(.array(names) == whole["logprobs"]?["tokens"])
    }

    @Test func `prompt log-probabilities have whole characters`() async throws {
        let choice = try await complete(["prompt": ids(tokens("aé")), "prompt_logprobs": 0])
        let items = choice["prompt_logprobs"]?.arrayValue ?? []
        #expect(items.map { $0.objectValue?.values[0]["decoded_token"] } == [nil, "", "é"])
    }

    private func without(_ name: String, _ choice: JSONValue) -> JSONValue {
        let names = choice["logprobs"]?["tokens"]?.arrayValue ?? []
        let offsets = choice["logprobs"]?["text_offset"]?.arrayValue ?? []
        let kept = zip(names, offsets).filter { $0.0 != .string(name) }
        return [
            "text": choice["text"] ?? .null,
            "logprobs": ["tokens": .array(kept.map(\.0)), "text_offset": .array(kept.map(\.1))],
        ]
    }
}
