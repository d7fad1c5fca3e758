import APIServer
import Checkpoint
import Hummingbird
import HummingbirdTesting
import Logging
import Needletail
import Support
import TestSupport
import Testing
import Tokenization

/// Chat templates that requests bring, and the variables that they set.
struct RequestTemplateTests {
    private let tokenizer: ModelTokenizer

    init() throws {
        let file = Fixtures.path("gguf/llama-q4_0.gguf")
        tokenizer = try ModelTokenizer(
            Checkpoint.open(path: file), template: .source("{{ messages[0].content }}{{ mood }}"))
    }

    /// Answers a conversation with these members besides.
    private func post(
        _ path: String, _ members: JSONObject, trusts: Bool
    ) async throws -> (status: Int, json: JSONValue) {
        var body: JSONObject = ["messages": [["role": "user", "content": "two birds"]], "max_tokens": 40]
        for (name, value) in members.members { body[name] = value }
        let text = JSONValue.object(body).serialized
        var options = ServerOptions()
        (options.port, options.trustsRequestTemplates) = (0, trusts)
        let models = ServedModels([("fake", FakeEngineClient(tokenizer: tokenizer))])
        let server = try APIServer(
            models: models, options: options, registry: PrometheusRegistry([]),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await server.application.test(.live) { client in
            let answer = try await RouteTests.post(client, path, text)
            return (answer.status, try JSONValue(parsing: answer.text))
        }
    }

    private func ids(_ text: String) -> JSONValue {
        .array(tokenizer.tokenizer.encode(text, addSpecialTokens: false).map { .integer(Int($0)) })
    }

    @Test(arguments: ["/v1/chat/completions", "/tokenize", "/invocations"])
    func `a template in a request needs the server's trust`(path: String) async throws {
        for template: JSONValue in ["{{ 1 }}", "default", ""] {
            let refused = try await post(path, ["chat_template": template], trusts: false)
            #expect(refused.status == 400 && refused.json["error"]?["param"] == "chat_template")
            let message = refused.json["error"]?["message"]?.stringValue ?? ""
            #expect(message.contains("--trust-request-chat-template"))
        }
        #expect(try await post(path, ["chat_template": .null], trusts: false).status == 200)
        #expect(try await post(path, ["chat_template": 7], trusts: true).json["error"]?["param"] == "chat_template")
    }

    @Test func `a trusted request is rendered with its own template`() async throws {
        let own = try await post(
            "/tokenize",
            ["chat_template": "{{ messages[0].content }}!{{ mood }}", "chat_template_kwargs": ["mood": "x"]],
            trusts: true)
        #expect(own.json["tokens"] == ids("two birds!x"))
        let answer = try await post("/v1/chat/completions", ["chat_template": "{{ 'abc' }}"], trusts: true)
        #expect(answer.json["choices"]?[0]?["message"]?["content"] == "abc")
        #expect(try await post("/tokenize", [:], trusts: true).json["tokens"] == ids("two birds"))
        let broken = try await post("/tokenize", ["chat_template": "{{ a b }}"], trusts: true)
        let message = broken.json["error"]?["message"]?.stringValue ?? ""
        #expect(broken.status == 400 && message.contains("template line 1, column 6"))
    }

    @Test(arguments: ["chat_template", "tokenize"], [false, true])
    func `a parameter is no variable`(name: String, trusts: Bool) async throws {
        let answer = try await post("/tokenize", ["chat_template_kwargs": [name: "x"]], trusts: trusts)
        #expect(answer.status == 400 && answer.json["error"]?["param"]?.stringValue == "chat_template_kwargs.\(name)")
    }
}
