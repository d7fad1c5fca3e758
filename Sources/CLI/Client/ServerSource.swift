import AsyncHTTPClient
import Needletail
import Support

/// Answers through a server that speaks the OpenAI API.
struct ServerSource: TextSource {
    private let base: String
    private let client: OpenAIClient
    private let model: String
    private let parameters: JSONObject

    /// Uses the first model that the server lists if `model` is nil.
    init(url: String, apiKey: String?, model: String?, _ sampling: SamplingArguments) async throws {
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        client = OpenAIClient(http: Self.http, apiKey: apiKey, flag: "--url")
        parameters = sampling.json
        if let model {
            self.model = model
        } else {
            self.model = try await Self.firstModel(base: base, client)
        }
    }

    func chat(_ messages: [ChatMessage]) async throws -> any AsyncSequence<String, any Error> {
        let list: [JSONValue] = messages.map { ["role": .string($0.role), "content": .string($0.content)] }
        return try await stream("/chat/completions", ["messages": .array(list)]) { choice in
            choice["delta"]?["content"]?.stringValue
        }
    }

    func complete(_ prompt: String) async throws -> any AsyncSequence<String, any Error> {
        try await stream("/completions", ["prompt": .string(prompt)]) { $0["text"]?.stringValue }
    }

    private static let http = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.commandLineConfiguration)

    private static func firstModel(base: String, _ client: OpenAIClient) async throws -> String {
        let answer = try await client.get(base + "/models")
        guard let id = answer.json?["data"]?[0]?["id"]?.stringValue else {
            throw EngineError("--url: \(base)/models lists no model (status \(answer.status))")
        }
        return id
    }

    /// Posts a streaming request and yields the text of each server-sent event.
    private func stream(
        _ path: String, _ fields: JSONObject, text: @escaping @Sendable (JSONValue) -> String?
    ) async throws -> any AsyncSequence<String, any Error> {
        var body = fields
        for (key, value) in parameters.members { body[key] = value }
        body["model"] = .string(model)
        body["stream"] = true
        return try await client.stream(base + path, body).compactMap { event in
            let value = try JSONValue(parsing: event)
            if let message = value["error"]?["message"]?.stringValue { throw EngineError(message) }
            return value["choices"]?[0].flatMap(text)
        }
    }
}

extension SamplingArguments {
    /// The fields of an API request for the options that were given.
    var json: JSONObject {
        var fields = JSONObject()
        fields["temperature"] = temperature.map { .double(Double($0)) }
        fields["top_p"] = topP.map { .double(Double($0)) }
        fields["top_k"] = topK.map { .integer($0) }
        fields["min_p"] = minP.map { .double(Double($0)) }
        fields["max_tokens"] = maxTokens.map { .integer($0) }
        if !stop.isEmpty { fields["stop"] = .array(stop.map { .string($0) }) }
        return fields
    }
}
