import APIServer
import EngineTypes
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Support
import Testing

/// The routes over a fake engine, on a real connection.
struct RouteTests {
    static func serve(
        _ client: FakeEngineClient = FakeEngineClient(), options change: (inout ServerOptions) -> Void = { _ in },
        _ test: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        var options = ServerOptions()
        options.port = 0
        change(&options)
        let server = try APIServer(
            models: ServedModels([("fake", client), ("alias", client)]), options: options,
            registry: PrometheusRegistry([]), log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await server.application.test(.live) { try await test($0) }
    }

    static func post(
        _ client: any TestClientProtocol, _ path: String, _ body: String, headers: HTTPFields = [:]
    ) async throws -> (status: Int, headers: HTTPFields, text: String) {
        try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body)) {
            ($0.status.code, $0.headers, String(buffer: $0.body))
        }
    }

    private static func status(_ client: any TestClientProtocol, _ path: String) async throws -> HTTPResponse.Status {
        try await client.execute(uri: path, method: .get) { $0.status }
    }

    @Test func `a completion answers with choices and usage`() async throws {
        try await Self.serve { client in
            let answer = try await Self.post(
                client, "/v1/completions", #"{"prompt": [[5, 6, 7], [8]], "max_tokens": 2, "return_token_ids": true}"#)
            #expect(answer.status == 200)
            let json = try JSONValue(parsing: answer.text)
            #expect(json["model"] == "fake")
            #expect(json["choices"]?[0]?["token_ids"] == [5, 6])
            #expect(json["choices"]?[0]?["finish_reason"] == "length")
            #expect(json["choices"]?[1]?["token_ids"] == [8])
            let counts = ["prompt_tokens", "completion_tokens", "total_tokens"].map { json["usage"]?[$0]?.intValue }
            #expect(counts == [4, 3, 7])
        }
    }

    @Test func `a stream ends with usage and DONE`() async throws {
        try await Self.serve { client in
            let answer = try await Self.post(
                client, "/v1/completions",
                #"{"prompt": [5, 6], "stream": true, "stream_options": {"include_usage": true}}"#)
            let events = answer.text.split(separator: "\n\n").map(String.init)
            #expect(answer.headers[.contentType] == "text/event-stream; charset=utf-8")
            #expect(events.last == "data: [DONE]")
            #expect(events.dropLast().last?.contains(#""choices":[],"usage":{"prompt_tokens":2"#) == true)
        }
    }

    @Test(
        arguments: [
            (#"{"prompt": [5], "max_tokens": "x"}"#, "max_tokens"),
            (#"{"prompt": [5], "temperature": []}"#, "temperature"),
            (#"{"prompt": [5], "temperature": -1}"#, "temperature"),
            (#"{"prompt": [5], "stream": "yes"}"#, "stream"), (#"{"prompt": {}}"#, "prompt"), (#"{}"#, "prompt"),
            (#"{"prompt": []}"#, "prompt"), (#"{"prompt": [100]}"#, "prompt"), (#"{"prompt": [-1]}"#, "prompt"),
            (#"{"prompt": [5], "max_tokens": 64}"#, "max_tokens"), (#"{"prompt": [5], "n": 0}"#, "n"),
            (#"{"prompt": [5], "n": 2, "temperature": 0}"#, "n"), (#"{"prompt": [5], "tools": []}"#, "tools"),
            (#"{"prompt": [5], "stream_options": {}}"#, "stream_options"), (#"{"prompt": "text"}"#, "prompt"),
            (#"{"prompt": [5], "presence_penalty": 3}"#, "presence_penalty"),
        ])
    func `a mistake names its field`(_ body: String, _ field: String) async throws {
        try await Self.serve { client in
            let answer = try await Self.post(client, "/v1/completions", body)
            let error = try JSONValue(parsing: answer.text)["error"]
            #expect(answer.status == 400)
            #expect(error?["type"] == "BadRequestError")
            #expect(error?["param"] == .string(field), "\(answer.text)")
        }
    }

    @Test(arguments: RequestError.Code.allCases)
    func `every kind of error has a status`(_ code: RequestError.Code) async throws {
        let expected: [RequestError.Code: Int] = [
            .invalidParameter: 400, .contextLengthExceeded: 400, .notFound: 404, .overloaded: 503, .engineDead: 503,
            .modelFailure: 500, .cancelled: 499,
        ]
        try await Self.serve(FakeEngineClient(failure: RequestError(code, "no"))) { client in
            let answer = try await Self.post(client, "/v1/completions", #"{"prompt": [5]}"#)
            #expect(answer.status == expected[code])
            #expect((answer.headers[.retryAfter] != nil) == (code == .overloaded))
        }
    }

    @Test func `an unknown model, path or method is said to be so`() async throws {
        try await Self.serve { client in
            let model = try await Self.post(client, "/v1/completions", #"{"model": "other", "prompt": [5]}"#)
            #expect(model.status == 404)
            #expect(try JSONValue(parsing: model.text)["error"]?["param"] == "model")
            #expect(try await Self.post(client, "/v1/nothing", "{}").status == 404)
            let method = try await Self.post(client, "/v1/models", "{}")
            #expect(method.status == 405)
            #expect(method.headers[.allow] == "GET")
        }
    }

    @Test func `broken JSON is refused with the offset`() async throws {
        try await Self.serve { client in
            let answer = try await Self.post(client, "/v1/completions", #"{"prompt": ]"#)
            #expect(answer.status == 400)
            #expect(answer.text.contains("at byte 11"))
        }
    }

    @Test func `a body over the limit is refused, and the connection goes on`() async throws {
        try await Self.serve(options: { $0.maxBodyByteCount = 100 }) { client in
            let long = #"{"prompt": [5], "user": ""# + String(repeating: "x", count: 200) + #""}"#
            let refused = try await Self.post(client, "/v1/completions", long)
            #expect(refused.status == 413)
            let next = try await Self.post(client, "/v1/completions", #"{"prompt": [5]}"#)
            #expect(next.status == 200)
        }
    }

    @Test func `keys guard what does work and leave probes open`() async throws {
        try await Self.serve(options: { $0.apiKeys = ["one", "two"] }) { client in
            let body = #"{"prompt": [5]}"#
            let keyless = try await Self.post(client, "/v1/completions", body)
            #expect(keyless.status == 401)
            for (key, status) in [("one", 200), ("two", 200), ("three", 401), ("", 401)] {
                let headers: HTTPFields = [.authorization: "Bearer \(key)"]
                #expect(try await Self.post(client, "/v1/completions", body, headers: headers).status == status)
            }
            for path in ["/health", "/version", "/metrics"] {
                #expect(try await Self.status(client, path) == .ok)
            }
            for path in ["/v1/models", "/load", "/ping"] {
                #expect(try await Self.status(client, path) == .unauthorized)
            }
        }
    }

    @Test func `health tells when the engine is gone`() async throws {
        let engine = FakeEngineClient()
        try await Self.serve(engine) { client in
            let before = try await Self.status(client, "/health")
            engine.beginShutdown()
            let after = try await Self.status(client, "/health")
            #expect((before, after) == (.ok, .serviceUnavailable))
        }
    }
}

/// What a server says of where it listens.
struct AddressTests {
    @Test(arguments: [
        ("::1", "http://[::1]:8000"), ("127.0.0.1", "http://127.0.0.1:8000"), ("::", "http://[::]:8000"),
    ])
    func `an IPv6 host is printed in brackets`(host: String, url: String) {
        var options = ServerOptions()
        options.host = host
        #expect(options.url(port: nil) == url)
    }
}
