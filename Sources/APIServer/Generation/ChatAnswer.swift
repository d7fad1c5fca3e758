import EngineTypes
import Needletail
import Support

/// Builds the answer to a chat request, whole or in chunks.
struct ChatAnswer: GenerationAnswer {
    private let request: ChatCompletionRequest
    private let names: TokenNames
    private let role: String
    private let reportsMetrics: Bool
    private let head: AnswerHead
    private var usage: UsageCounter
    private var hasPromptLogprobs = false

    init(_ request: ChatCompletionRequest, _ client: any EngineClient, model: String, _ options: ServerOptions) {
        self.request = request
        names = TokenNames(input: client.input, byID: request.common.namesTokensByID)
        role = request.role
        reportsMetrics = options.reportsRequestMetrics
        let object = request.common.stream.isStreamed ? "chat.completion.chunk" : "chat.completion"
        head = AnswerHead(
            id: "chatcmpl-" + request.common.requestID, object: object, model: model,
            fingerprint: client.info.fingerprint)
        usage = UsageCounter(
            [request.promptTokenIDs], choiceCount: request.common.choiceCount, request.common.stream, options)
    }

    var summary: String { "\(head.id) \(usage.summary)" }

    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue {
        let choices = outputs.enumerated().map { index, output in
            usage.add(index, output, tokenCount: output.tokenIDs.count)
            let message: JSONObject = ["role": .string(role), "content": .string(request.echo + output.text)]
            return choice(index, "message", message, output)
        }
        var answer = head.json(choices: choices, usage: usage.json)
        addPromptFields(&answer)
        if let logprobs = outputs.first?.promptLogprobs {
            answer["prompt_logprobs"] = LogprobsJSON.prompt(logprobs, names)
        }
        if reportsMetrics { answer["metrics"] = OutputTimings.json(outputs) }
        return .object(answer)
    }

    var openingChunks: [JSONValue] { (0..<request.common.choiceCount).map(roleChunk) }

    private func roleChunk(_ index: Int) -> JSONValue {
        let delta: JSONObject = ["role": .string(role), "content": .string(request.echo)]
        let first = choice(index, "delta", delta, RequestOutput())
        var chunk = head.json(choices: [first], usage: usage.continuous)
        addPromptFields(&chunk)
        return .object(chunk)
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        usage.add(index, output, tokenCount: output.tokenIDs.count)
        let next = choice(index, "delta", ["content": .string(output.text)], output)
        var chunk = head.json(choices: [next], usage: usage.continuous)
        if !hasPromptLogprobs, let logprobs = output.promptLogprobs {
            hasPromptLogprobs = true
            chunk["prompt_logprobs"] = LogprobsJSON.prompt(logprobs, names)
        }
        if reportsMetrics, output.isFinished { chunk["metrics"] = OutputTimings.json([output]) }
        return .object(chunk)
    }

    var closingChunks: [JSONValue] { usage.final.map { [.object(head.json(choices: [], usage: $0))] } ?? [] }

    private var promptTokenIDs: JSONValue { .array(request.promptTokenIDs.map { .integer(Int($0)) }) }

    private func choice(_ index: Int, _ key: String, _ message: JSONObject, _ output: RequestOutput) -> JSONValue {
        let hasLogprobs = request.common.sampling.logprobs != nil && !output.logprobs.isEmpty
        var choice: JSONObject = [
            "index": .integer(index), key: .object(message),
            "logprobs": hasLogprobs ? LogprobsJSON.chat(output.logprobs, names) : .null,
            "finish_reason": output.finishReason.map { .string($0.rawValue) } ?? .null,
            "stop_reason": output.stopReason?.json ?? .null,
        ]
        if request.common.returnsTokenIDs { choice["token_ids"] = .array(output.tokenIDs.map { .integer(Int($0)) }) }
        return .object(choice)
    }

    private func addPromptFields(_ answer: inout JSONObject) {
        if request.common.returnsTokenIDs { answer["prompt_token_ids"] = promptTokenIDs }
        if request.common.returnsPromptText {
            answer["prompt_text"] = .string((try? names.input.text(of: request.promptTokenIDs)) ?? "")
        }
    }
}
