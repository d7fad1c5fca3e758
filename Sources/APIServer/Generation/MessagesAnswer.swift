import EngineTypes
import Needletail
import Support

/// Builds the answer of Anthropic's API, whole or as events.
struct MessagesAnswer: GenerationAnswer {
    private let id: String
    private let model: String
    private let promptTokenCount: Int
    private var outputTokenCount = 0
    /// Prompt tokens found in the cache; nil before the first output.
    private var cachedTokenCount: Int?
    private var last = RequestOutput()

    init(_ request: MessagesRequest, _ prompt: PreparedPrompt, model: String) {
        id = "msg_" + request.common.requestID
        self.model = model
        promptTokenCount = prompt.tokenIDs.count
    }

    var framing: EventFraming { .named }
    var summary: String { "\(id) \(promptTokenCount) + \(outputTokenCount) tokens" }

    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue {
        guard let output = outputs.first else { return .null }
        count(output)
        return .object(message(content: [["type": "text", "text": .string(output.text)]]))
    }

    var openingChunks: [JSONValue] {
        [
            ["type": "message_start", "message": .object(message(content: []))],
            ["type": "content_block_start", "index": 0, "content_block": ["type": "text", "text": ""]],
            ["type": "ping"],
        ]
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        count(output)
        guard !output.text.isEmpty else { return nil }
        return [
            "type": "content_block_delta", "index": 0, "delta": ["type": "text_delta", "text": .string(output.text)],
        ]
    }

    var closingChunks: [JSONValue] {
        [
            ["type": "content_block_stop", "index": 0],
            [
                "type": "message_delta", "delta": ["stop_reason": stopReason, "stop_sequence": stopSequence],
                "usage": usage,
            ],
            ["type": "message_stop"],
        ]
    }

    private mutating func count(_ output: RequestOutput) {
        outputTokenCount += output.tokenIDs.count
        cachedTokenCount = max(cachedTokenCount ?? 0, output.cachedTokenCount)
        last = output
    }

    private func message(content: [JSONValue]) -> JSONObject {
        [
            "id": .string(id), "type": "message", "role": "assistant", "model": .string(model),
            "content": .array(content), "stop_reason": stopReason, "stop_sequence": stopSequence, "usage": usage,
        ]
    }

    private var stopReason: JSONValue {
        switch (last.finishReason, last.stopReason) {
        case (nil, _): .null
        case (.length, _): "max_tokens"
        // The engine was stopped; the client may continue from the partial answer.
        case (.abort, _): "pause_turn"
        case (.stop, .string): "stop_sequence"
        default: "end_turn"
        }
    }

    private var stopSequence: JSONValue {
        if case .string(let text) = last.stopReason { .string(text) } else { .null }
    }

    /// The three counts of input tokens add up to the prompt. Filling the cache is not billed, so a token is either
    /// read from the cache or plain input. Before the first output all count as plain, and the cache counts are left
    /// out.
    private var usage: JSONValue {
        let cachedTokenCount = cachedTokenCount ?? 0
        var usage: JSONObject = [
            "input_tokens": .integer(promptTokenCount - cachedTokenCount), "output_tokens": .integer(outputTokenCount),
        ]
        if self.cachedTokenCount != nil {
            usage["cache_creation_input_tokens"] = 0
            usage["cache_read_input_tokens"] = .integer(cachedTokenCount)
        }
        return .object(usage)
    }
}
