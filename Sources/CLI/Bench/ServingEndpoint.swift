import Benchmarking
import Needletail
import Support

/// The kinds of endpoint that `bench serve` supports, told apart by the path.
enum ServingEndpoint: Sendable {
    case completions, chat

    init(path: String) throws(EngineError) {
        if path.hasSuffix("/chat/completions") {
            self = .chat
        } else if path.hasSuffix("/completions") {
            self = .completions
        } else {
            throw EngineError("--endpoint: must end in /completions or /chat/completions, got '\(path)'")
        }
    }

    /// The name of the kind in vLLM's results.
    var type: String { self == .chat ? "openai-chat" : "openai" }

    /// The members of a request body that depend on the kind.
    func body(_ request: SampleRequest) -> JSONObject {
        switch (self, request.prompt) {
        case (.completions, .text(let text)):
            ["prompt": .string(text), "max_tokens": .integer(request.outputLength)]
        case (.completions, .tokens(let ids)):
            ["prompt": .array(ids.map { .integer(Int($0)) }), "max_tokens": .integer(request.outputLength)]
        case (.chat, .text(let text)):
            [
                "messages": [["role": "user", "content": .string(text)]],
                "max_completion_tokens": .integer(request.outputLength),
            ]
        case (.chat, .tokens): preconditionFailure("a chat needs text")
        }
    }

    /// Whether a chunk of the answer has tokens, which may have no text; a chat's first chunk may carry only the role.
    func bringsTokens(_ chunk: JSONValue) -> Bool {
        guard let choice = chunk["choices"]?[0] else { return false }
        guard self == .chat, let delta = choice["delta"], delta["role"] != nil else { return true }
        return delta["content"]?.stringValue?.isEmpty == false
    }
}
