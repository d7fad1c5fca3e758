import AsyncHTTPClient
import ModelStore
import NIOCore
import NIOHTTP1
import Needletail
import Support

/// Sends requests to a server that speaks the OpenAI API.
struct OpenAIClient: Sendable {
    private static let maximumByteCount = 4 << 20

    let http: HTTPClient
    let apiKey: String?
    /// The flag that named the server, for error messages.
    let flag: String
    /// Additional headers of each request.
    var headers: [(name: String, value: String)] = []
    /// Maximum wait for the head of an answer to `post` and `stream`.
    var timeout = TimeAmount.seconds(600)

    /// A complete answer that was not streamed.
    struct Answer: Sendable {
        let status: UInt
        /// The body; nil if the status is not 200 or the body is not JSON.
        let json: JSONValue?
    }

    func get(_ address: String) async throws -> Answer {
        try await answer(execute(HTTPClientRequest(url: address), timeout: .seconds(30)))
    }

    func post(_ address: String, _ body: JSONObject) async throws -> Answer {
        try await answer(response(to: body, at: address))
    }

    /// Posts a request and returns the events of its streamed answer. Throws if the status is not 200.
    func stream(_ address: String, _ body: JSONObject) async throws -> ServerSentEvents {
        let response = try await response(to: body, at: address)
        guard response.status == .ok else {
            let answer = try await response.body.collect(upTo: Self.maximumByteCount)
            throw EngineError("the server answered \(response.status.code): \(String(buffer: answer))")
        }
        return ServerSentEvents(response.body)
    }

    private func response(to body: JSONObject, at address: String) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: JSONValue.object(body).serialized))
        return try await execute(request, timeout: timeout)
    }

    private func execute(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> HTTPClientResponse {
        var request = request
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let apiKey { request.headers.add(name: "Authorization", value: "Bearer \(apiKey)") }
        do {
            return try await http.execute(request, timeout: timeout)
        } catch {
            try Task.checkCancellation()
            throw EngineError("\(flag): no answer from \(request.url): \(NetworkFailure.reason(error))")
        }
    }

    private func answer(_ response: HTTPClientResponse) async throws -> Answer {
        let body = try await response.body.collect(upTo: Self.maximumByteCount)
        let json = response.status == .ok ? try? JSONValue(parsing: Array(body.readableBytesView)) : nil
        return Answer(status: response.status.code, json: json)
    }
}

extension HTTPClient {
    /// Settings that make a request fail at once if nothing listens on the address, instead of retrying until the
    /// timeout.
    static var commandLineConfiguration: Configuration {
        var configuration = Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
