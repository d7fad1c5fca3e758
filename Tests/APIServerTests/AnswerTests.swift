import APIServer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Support
import Testing

/// What answers hold: whole, in chunks, by `/invocations`, and as errors.
struct AnswerTests {
    private static let optionalFields = ["prompt_logprobs", "prompt_token_ids", "token_ids"]

    /// Calls back with the chunks of a streamed completion, without the mark of its end.
    private static func withChunks(
        _ fields: String, options: @escaping (inout ServerOptions) -> Void = { _ in },
        _ check: @Sendable @escaping ([JSONValue]) -> Void
    ) async throws {
        try await RouteTests.serve(options: options) { client in
            let body = #"{"prompt": [5, 6, 7], "max_tokens": 3, "stream": true\#(fields)}"#
            let events = try await RouteTests.post(client, "/v1/completions", body).text.split(separator: "\n\n")
            check(try events.dropLast().map { try JSONValue(parsing: String($0.dropFirst(6))) })
        }
    }

    @Test func `a whole completion has null for absent fields`() async throws {
        try await RouteTests.serve { client in
            let answer = try await RouteTests.post(client, "/v1/completions", #"{"prompt": [5, 6]}"#)
            let json = try JSONValue(parsing: answer.text)
            for name in Self.optionalFields { #expect(json["choices"]?[0]?[name] == .null, "\(name)") }
            for name in ["metrics", "service_tier", "kv_transfer_params"] { #expect(json[name] == .null, "\(name)") }
            #expect(json["usage"]?["prompt_tokens_details"] == .null)
        }
    }

    @Test func `a chunk leaves out the fields that are not set`() async throws {
        try await Self.withChunks("") { chunks in
            #expect(!chunks.isEmpty)
            for chunk in chunks {
                #expect(chunk["usage"] == nil)
                #expect(chunk["metrics"] == nil)
                for name in Self.optionalFields { #expect(chunk["choices"]?[0]?[name] == nil, "\(name)") }
                #expect(chunk["choices"]?[0]?["logprobs"] == .null)
            }
        }
    }

    @Test(arguments: ["false", "null"])
    func `continuous usage without include_usage is no usage`(includesUsage: String) async throws {
        let options = #", "stream_options": {"include_usage": \#(includesUsage), "continuous_usage_stats": true}"#
        try await Self.withChunks(options) { chunks in
            #expect(!chunks.isEmpty && chunks.allSatisfy { $0["usage"] == nil })
        }
    }

    @Test(arguments: ["", #", "stream_options": {"include_usage": false}"#])
    func `a forced usage stands in every chunk`(fields: String) async throws {
        try await Self.withChunks(fields, options: { $0.forcesUsage = true }) { chunks in
            let counts = chunks.map { $0["usage"]?["completion_tokens"]?.intValue ?? -1 }
            #expect(chunks.last?["choices"] == [])
            #expect(counts == counts.sorted() && counts.first != -1 && counts.last == 3, "\(counts)")
            #expect(chunks.allSatisfy { $0["usage"]?["prompt_tokens_details"] == nil })
        }
    }

    @Test(arguments: [
        "seed", "top_k", "n", "best_of", "max_tokens", "min_tokens", "priority", "logprobs", "prompt_logprobs",
        "truncate_prompt_tokens", "thinking_token_budget", "stream_interval",
    ])
    func `an integer beyond 64 bits is named with its bounds, and none goes through a double`(field: String)
        async throws
    {
        try await RouteTests.serve { client in
            for value in ["-9223372036854775809", "9223372036854775808", "123456789012345678901234567890"] {
                let answer = try await RouteTests.post(
                    client, "/v1/completions", #"{"prompt": [5], "\#(field)": \#(value)}"#)
                let error = try JSONValue(parsing: answer.text)["error"]
                #expect(answer.status == 400)
                #expect(error?["param"] == .string(field))
                #expect(
                    error?["message"]?.stringValue
                        == "\(field): must be an integer in -9223372036854775808...9223372036854775807, got integer \(value)"
                )
            }
            // The largest ones are answered or refused.
            for value in [Int.min, Int.max] {
                let answer = try await RouteTests.post(
                    client, "/v1/completions", #"{"prompt": [5], "\#(field)": \#(value)}"#)
                #expect([200, 400].contains(answer.status), "\(answer.text)")
            }
        }
    }

    private static let wrongBiases = [
        (
            #"{"a": 1, "5": 1, "100": 1, "-1": 2}"#,
            #"must have token ids below the vocabulary size of 100 as names, got "a", "100", "-1""#
        ),
        (
            #"{"5": "x", "6": [], "7": 1}"#,
            #"must have numbers as values, got string "x" for token 5, array [] for token 6"#
        ),
        (
            "{" + (100..<122).map { "\"\($0)\": 1" }.joined(separator: ", ") + "}",
            "must have token ids below the vocabulary size of 100 as names, got "
                + (100..<120).map { "\"\($0)\"" }.joined(separator: ", ") + " and 2 more"
        ),
    ]

    @Test(arguments: wrongBiases)
    func `a wrong logit_bias names all wrong members and the vocabulary size`(bias: String, message: String)
        async throws
    {
        try await RouteTests.serve { client in
            let body = #"{"prompt": [5], "logit_bias": \#(bias)}"#
            let answer = try await RouteTests.post(client, "/v1/completions", body)
            let error = try JSONValue(parsing: answer.text)["error"]
            #expect(answer.status == 400)
            #expect(error?["message"]?.stringValue == "logit_bias: " + message)
        }
    }

    @Test func `ids out of the vocabulary are all named with its size`() async throws {
        try await RouteTests.serve { client in
            for field in ["stop_token_ids", "allowed_token_ids"] {
                let body = #"{"prompt": [5], "\#(field)": [1, 100, 200]}"#
                let answer = try await RouteTests.post(client, "/v1/completions", body)
                #expect(answer.status == 400)
                #expect(answer.text.contains("must be token ids below the vocabulary size of 100, got 100, 200"))
            }
        }
    }

    @Test func `invocations go to the route that the body is meant for`() async throws {
        try await RouteTests.serve { client in
            let completion = try await RouteTests.post(client, "/invocations", #"{"prompt": [5, 6], "max_tokens": 2}"#)
            #expect(completion.status == 200)
            #expect(try JSONValue(parsing: completion.text)["object"] == "text_completion")
            // The fake engine has no tokenizer: that the chat route says so shows that it was asked.
            let chat = try await RouteTests.post(
                client, "/invocations", #"{"messages": [{"role": "user", "content": "x"}], "prompt": null}"#)
            #expect(try JSONValue(parsing: chat.text)["error"]?["param"] == "messages")
            let stream = try await RouteTests.post(client, "/invocations", #"{"prompt": [5], "stream": true}"#)
            #expect(stream.text.hasSuffix("data: [DONE]\n\n"))
            for body in ["{}", #"{"prompt": null}"#, #"{"texts": ["x"]}"#] {
                let other = try await RouteTests.post(client, "/invocations", body)
                #expect(other.status == 400)
                #expect(other.text.contains("'messages' (as for /v1/chat/completions) or 'prompt' (as for "))
            }
        }
    }

    @Test func `invocations ask for a key`() async throws {
        try await RouteTests.serve(options: { $0.apiKeys = ["one"] }) { client in
            let body = #"{"prompt": [5]}"#
            let keyless = try await RouteTests.post(client, "/invocations", body)
            let headers: HTTPFields = [.authorization: "Bearer one"]
            let keyed = try await RouteTests.post(client, "/invocations", body, headers: headers)
            #expect((keyless.status, keyed.status) == (401, 200))
        }
    }

    @Test func `with keys an unknown path or method is 401 without one`() async throws {
        try await RouteTests.serve(options: { $0.apiKeys = ["one"] }) { client in
            let paths: [(path: String, status: Int)] = [
                ("/v1/nothing", 404), ("/nothing", 404), ("/v1/models", 405), ("/v1/responses/x/cancel/y", 404),
            ]
            for (path, status) in paths {
                #expect(try await RouteTests.post(client, path, "{}").status == 401, "\(path)")
                let headers: HTTPFields = [.authorization: "Bearer one"]
                #expect(try await RouteTests.post(client, path, "{}", headers: headers).status == status, "\(path)")
            }
            // A path that takes requests without a key says at once what it takes.
            #expect(try await RouteTests.post(client, "/health", "{}").status == 405)
            let options = try await client.execute(uri: "/v1/models", method: .options) { $0.status.code }
            #expect(options == 405)
        }
    }

    @Test func `a wrong method has the error shape of its path`() async throws {
        try await RouteTests.serve { client in
            let answer = try await client.execute(uri: "/v1/messages", method: .get) { String(buffer: $0.body) }
            #expect(try JSONValue(parsing: answer)["type"] == "error")
        }
    }
}
