import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Needletail
import Support

/// A server that speaks the OpenAI API.
struct ServerSource: TextSource {
    private let base: String
    private let apiKey: String?
    private let model: String
    private let parameters: JSONObject

    /// Asks the server for its models where none is named.
    init(url: String, apiKey: String?, model: String?, _ sampling: SamplingArguments) async throws {
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.apiKey = apiKey
        parameters = sampling.json
        if let model {
            self.model = model
        } else {
            self.model = try await Self.firstModel(base: base, apiKey: apiKey)
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

    /// Says at once that nobody listens, where the shared client would go on trying until its timeout.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static func execute(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, timeout: timeout)
        } catch {
            throw EngineError("--url: no answer from \(request.url): \(error)")
        }
    }

    private static let timeout = TimeAmount.seconds(600)
    private static let maximumByteCount = 1 << 20

    private static func request(_ address: String, apiKey: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address)
        if let apiKey { request.headers.add(name: "Authorization", value: "Bearer \(apiKey)") }
        return request
    }

    private static func firstModel(base: String, apiKey: String?) async throws -> String {
        let response = try await execute(request(base + "/models", apiKey: apiKey), timeout: .seconds(30))
        let body = try await response.body.collect(upTo: maximumByteCount)
        guard let list = try? JSONValue(parsing: Array(body.readableBytesView)),
            let id = list["data"]?[0]?["id"]?.stringValue
        else {
            throw EngineError("--url: \(base)/models names no model (status \(response.status.code))")
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
        var request = Self.request(base + path, apiKey: apiKey)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: JSONValue.object(body).serialized))
        let response = try await Self.execute(request, timeout: Self.timeout)
        guard response.status == .ok else {
            let answer = try await response.body.collect(upTo: Self.maximumByteCount)
            throw EngineError("the server answered \(response.status.code): \(String(buffer: answer))")
        }
        return ServerSentEvents.data(in: response.body).compactMap { event in
            let value = try JSONValue(parsing: event)
            if let message = value["error"]?["message"]?.stringValue { throw EngineError(message) }
            return value["choices"]?[0].flatMap(text)
        }
    }
}

extension SamplingArguments {
    /// The fields of an API request that were given.
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
