import EngineTypes
import Needletail
import Support

/// Builds the answer of `/v1/responses`, whole or as events.
struct ResponsesAnswer: GenerationAnswer {
    let id: String
    /// Called with the finished response and its text; the text is nil if the response was aborted.
    var onFinish: (@Sendable (JSONObject, String?) -> Void)?
    private let head: JSONObject
    private let echo: JSONObject
    private let messageID = AnswerHead.newID(prefix: "msg_")
    private var reader: TokenReader
    private let common: GenerationFields
    private let includesLogprobs: Bool
    /// The prompt as the model reads it (`input_messages`); nil unless the request asks for messages.
    private let inputMessages: JSONValue?
    private var usage: Usage
    private var text = ""
    private var tokenIDs: [TokenID] = []
    private var logprobs: [JSONValue] = []
    /// Number of events so far, including the opening ones.
    private var eventCount = Self.openingEventCount
    private var last = RequestOutput()

    private static let openingEventCount = 4

    init(_ request: ResponsesRequest, _ prompt: PreparedPrompt, _ input: InputProcessor, model: String) {
        id = "resp_" + request.common.requestID
        head = [
            "id": .string(id), "object": "response", "created_at": .integer(WallClock.seconds), "model": .string(model),
        ]
        echo = request.echo
        reader = TokenNames(request.common, input).outputReader
        common = request.common
        includesLogprobs = request.includesLogprobs
        let promptText = (try? input.text(of: prompt.tokenIDs)) ?? ""
        inputMessages = request.returnsMessages ? Self.messages(promptText, prompt.tokenIDs) : nil
        usage = Usage(promptTokenCount: prompt.tokenIDs.count)
    }

    var framing: EventFraming { .named }
    var summary: String { "\(id) \(usage.promptTokenCount) + \(usage.completionTokenCount) tokens" }

    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue {
        for output in outputs { add(output) }
        return .object(finished)
    }

    var openingChunks: [JSONValue] {
        let response = JSONValue.object(object(status: "in_progress", output: []))
        let item = JSONValue.object(message(status: "in_progress", content: []))
        return [
            ["type": "response.created", "response": response, "sequence_number": 0],
            ["type": "response.in_progress", "response": response, "sequence_number": 1],
            ["type": "response.output_item.added", "output_index": 0, "item": item, "sequence_number": 2],
            .object(content("response.content_part.added", 3, ["part": part(text: "", logprobs: [])])),
        ]
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        let logprobs = add(output)
        guard !output.text.isEmpty || !logprobs.isEmpty else { return nil }
        defer { eventCount += 1 }
        let fields: JSONObject = ["delta": .string(output.text), "logprobs": .array(logprobs)]
        return .object(content("response.output_text.delta", eventCount, fields))
    }

    var closingChunks: [JSONValue] {
        guard last.finishReason != .abort else { return [endEvent("cancelled", cancelled)] }
        let item = JSONValue.object(message(status: status, content: [part(text: text, logprobs: logprobs)]))
        return [
            .object(
                content(
                    "response.output_text.done", eventCount, ["text": .string(text), "logprobs": .array(logprobs)])),
            .object(
                content("response.content_part.done", eventCount + 1, ["part": part(text: text, logprobs: logprobs)])),
            [
                "type": "response.output_item.done", "output_index": 0, "item": item,
                "sequence_number": .integer(eventCount + 2),
            ],
            [
                // As in vLLM, sent even if the output is cut off: the response's status says so.
                "type": "response.completed", "response": .object(finished),
                "sequence_number": .integer(eventCount + 3),
            ],
        ]
    }

    /// The response before its first token.
    var queued: JSONObject { object(status: "queued", output: []) }

    /// The response of a cancelled request, with the output so far.
    var cancelled: JSONObject {
        var response = object(
            status: "cancelled",
            output: text.isEmpty
                ? [] : [.object(message(status: "incomplete", content: [part(text: text, logprobs: logprobs)]))])
        addResult(&response)
        return response
    }

    /// The response of a request that failed.
    func failed(_ error: any Error) -> JSONObject {
        var response = object(status: "failed", output: [])
        response["error"] = ["code": "server_error", "message": .string("\(error)")]
        return response
    }

    /// The last event of a response that did not complete. `status`: `failed` or `cancelled`.
    func endEvent(_ status: String, _ response: JSONObject) -> JSONValue {
        [
            "type": .string("response." + status), "response": .object(response),
            "sequence_number": .integer(eventCount),
        ]
    }

    /// Adds an output. Returns the log-probabilities of its tokens, if requested.
    @discardableResult
    private mutating func add(_ output: RequestOutput) -> [JSONValue] {
        usage.completionTokenCount += output.tokenIDs.count
        usage.cachedTokenCount = max(usage.cachedTokenCount, output.cachedTokenCount)
        text += output.text
        if inputMessages != nil { tokenIDs += output.tokenIDs }
        last = output
        let new = includesLogprobs ? LogprobsJSON.responses(common.shown(output.logprobs), &reader) : []
        logprobs += new
        if output.isFinished { onFinish?(finished, last.finishReason == .abort ? nil : text) }
        return new
    }

    private var status: String { last.finishReason == .length ? "incomplete" : "completed" }

    private var finished: JSONObject {
        guard last.finishReason != .abort else { return cancelled }
        let content = [part(text: text, logprobs: logprobs)]
        var response = object(status: status, output: [.object(message(status: status, content: content))])
        addResult(&response)
        if status == "incomplete" { response["incomplete_details"] = ["reason": "max_output_tokens"] }
        return response
    }

    private func object(status: String, output: [JSONValue]) -> JSONObject {
        var response = head
        response["status"] = .string(status)
        response["error"] = .null
        response["incomplete_details"] = .null
        response["output"] = .array(output)
        for name in ["usage", "input_messages", "output_messages"] { response[name] = .null }
        for (name, value) in echo.members { response[name] = value }
        return response
    }

    /// Adds the fields that are known only at the end.
    private func addResult(_ response: inout JSONObject) {
        response["usage"] = usage.responsesJSON
        guard let inputMessages else { return }
        response["input_messages"] = inputMessages
        response["output_messages"] = Self.messages(text, tokenIDs)
    }

    /// Text and token ids, in vLLM's form for a model without a message format of its own.
    private static func messages(_ text: String, _ tokenIDs: [TokenID]) -> JSONValue {
        [
            [
                "type": "raw_message_tokens", "message": .string(text),
                "tokens": .array(tokenIDs.map { .integer(Int($0)) }),
            ]
        ]
    }

    private func message(status: String, content: [JSONValue]) -> JSONObject {
        [
            "id": .string(messageID), "type": "message", "role": "assistant", "status": .string(status),
            "content": .array(content),
        ]
    }

    private func part(text: String, logprobs: [JSONValue]) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": .array(logprobs)]
    }

    /// An event about the only content part.
    private func content(_ type: String, _ number: Int, _ fields: JSONObject) -> JSONObject {
        var event: JSONObject = [
            "type": .string(type), "item_id": .string(messageID), "output_index": 0, "content_index": 0,
            "sequence_number": .integer(number),
        ]
        for (name, value) in fields.members { event[name] = value }
        return event
    }
}

extension Usage {
    fileprivate var responsesJSON: JSONValue {
        [
            "input_tokens": .integer(promptTokenCount),
            "input_tokens_details": ["cached_tokens": .integer(cachedTokenCount), "cache_write_tokens": 0],
            "output_tokens": .integer(completionTokenCount), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(promptTokenCount + completionTokenCount),
        ]
    }
}
