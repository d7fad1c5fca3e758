import Benchmarking
import ModelStore
import Needletail
import Support

/// The server that `bench serve` measures, and the settings common to all requests.
struct ServingTarget: Sendable {
    let client: OpenAIClient
    /// The URL of the server without a path.
    let base: String
    let path: String
    let endpoint: ServingEndpoint
    let model: String
    /// Additional members of each request body.
    let fields: JSONObject

    /// Sends one request and times its streamed answer. A failure is recorded, not thrown.
    func send(_ request: SampleRequest) async -> RequestRecord {
        var body = endpoint.body(request)
        body["model"] = .string(model)
        body["stream"] = true
        body["stream_options"] = ["include_usage": true]
        for (key, value) in fields.members { body[key] = value }
        var record = RequestRecord(startTime: MonotonicClock.seconds)
        record.promptTokenCount = request.promptLength ?? 0
        do {
            for try await event in try await client.stream(base + path, body) {
                try take(event, at: MonotonicClock.seconds, &record)
            }
            if record.chunkCount == 0 { record.error = "the answer had no tokens" }
        } catch {
            record.error = NetworkFailure.reason(error)
        }
        // If the server reports no usage, a chunk counts as a token.
        if record.outputTokenCount == 0 { record.outputTokenCount = record.chunkCount }
        return record
    }

    private func take(_ event: String, at time: Double, _ record: inout RequestRecord) throws {
        let chunk = try JSONValue(parsing: event)
        if let message = chunk["error"]?["message"]?.stringValue { throw EngineError(message) }
        if endpoint.bringsTokens(chunk) { record.sawToken(at: time) }
        guard let usage = chunk["usage"] else { return }
        record.promptTokenCount = usage["prompt_tokens"]?.intValue ?? record.promptTokenCount
        record.outputTokenCount = usage["completion_tokens"]?.intValue ?? record.outputTokenCount
    }

    /// Converts requests for the endpoint: a chat takes no token ids, so the server turns them into text.
    func prepare(_ requests: [SampleRequest]) async throws -> [SampleRequest] {
        guard endpoint == .chat else { return requests }
        var prepared: [SampleRequest] = []
        for var request in requests {
            if case .tokens(let ids) = request.prompt { request.prompt = .text(try await text(of: ids)) }
            prepared.append(request)
        }
        return prepared
    }

    private func text(of ids: [UInt32]) async throws -> String {
        let answer = try await client.post(
            base + "/detokenize", ["model": .string(model), "tokens": .array(ids.map { .integer(Int($0)) })])
        // vLLM's name, then llama.cpp's.
        guard let text = answer.json?["prompt"]?.stringValue ?? answer.json?["content"]?.stringValue else {
            throw EngineError(
                "--dataset-name: must be custom for a chat, because \(base)/detokenize returns no text "
                    + "(status \(answer.status)), got random")
        }
        return text
    }
}

/// The entry of the measured model in a server's list of models.
struct ServedModelCard {
    let model: String
    let vocabularySize: Int?
    let maxModelLength: Int?

    /// Finds the named model, or the first without a name. A named model need not be in the list.
    init(_ client: OpenAIClient, base: String, model: String?) async throws {
        let answer = try await client.get(base + "/v1/models")
        let cards = answer.json?["data"]?.arrayValue ?? []
        let card = model.map { model in cards.first { $0["id"]?.stringValue == model } } ?? cards.first
        guard let name = model ?? card?["id"]?.stringValue else {
            throw EngineError("--model: must be given, as \(base)/v1/models lists none (status \(answer.status))")
        }
        self.model = name
        // Ours, then llama.cpp's.
        vocabularySize = card?["vocab_size"]?.intValue ?? card?["meta"]?["n_vocab"]?.intValue
        maxModelLength = card?["max_model_len"]?.intValue
    }
}
