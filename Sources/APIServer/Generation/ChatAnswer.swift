import EngineTypes
import Needletail
import Support

/// Builds the answer to a chat completion request, whole or in chunks.
struct ChatAnswer: GenerationAnswer {
    private let common: GenerationFields
    private let promptTokenIDs: [TokenID]
    /// Text that answers begin with.
    private let echo: String
    private let names: TokenNames
    private let role: String
    private let head: AnswerHead
    private var usage: UsageCounter
    /// One reader per choice.
    private var readers: [TokenReader]
    private var hasPromptLogprobs = false

    init(
        _ request: ChatCompletionRequest, _ prompt: PreparedPrompt, _ client: any EngineClient, model: String,
        _ options: ServerOptions
    ) {
        common = request.common
        promptTokenIDs = prompt.tokenIDs
        echo = request.echo
        names = TokenNames(common, client.input)
        readers = Array(repeating: names.outputReader, count: common.choiceCount)
        role = request.role
        let isStreamed = common.stream.isStreamed
        head = AnswerHead(
            id: "chatcmpl-" + common.requestID,
            object: isStreamed ? "chat.completion.chunk" : "chat.completion", form: AnswerForm(isStreamed: isStreamed),
            model: model, fingerprint: client.info.fingerprint)
        usage = UsageCounter([promptTokenIDs], choiceCount: common.choiceCount, common.stream, options)
    }

    var summary: String { "\(head.id) \(usage.summary)" }

    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue {
        let choices = outputs.enumerated().map { index, output in
            usage.add(index, output, tokenCount: output.tokenIDs.count)
            return choice(index, "message", message(echo + output.text), output, logprobs(index, output))
        }
        var answer = head.json(choices: choices, usage: usage.json, metrics: usage.metrics)
        addPromptFields(&answer)
        addPromptLogprobs(outputs.first?.promptLogprobs, &answer)
        return .object(answer)
    }

    private func message(_ text: String) -> JSONObject {
        var message: JSONObject = ["role": .string(role), "content": .string(text)]
        head.form.add(
            ["refusal": nil, "annotations": nil, "audio": nil, "function_call": nil, "reasoning": nil], to: &message)
        return message
    }

    var openingChunks: [JSONValue] { (0..<common.choiceCount).map(roleChunk) }

    private func roleChunk(_ index: Int) -> JSONValue {
        let delta: JSONObject = ["role": .string(role), "content": .string(echo)]
        let first = choice(index, "delta", delta, RequestOutput())
        var chunk = head.json(choices: [first], usage: usage.continuous)
        addPromptFields(&chunk)
        return .object(chunk)
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        usage.add(index, output, tokenCount: output.tokenIDs.count)
        let next = choice(index, "delta", ["content": .string(output.text)], output, logprobs(index, output))
        var chunk = head.json(choices: [next], usage: usage.continuous)
        if !hasPromptLogprobs, let logprobs = output.promptLogprobs {
            hasPromptLogprobs = true
            addPromptLogprobs(logprobs, &chunk)
        }
        return .object(chunk)
    }

    var closingChunks: [JSONValue] { usage.closingChunks(head) }

    private mutating func logprobs(_ index: Int, _ output: RequestOutput) -> JSONValue {
        guard common.sampling.logprobs != nil, !output.logprobs.isEmpty else { return .null }
        return LogprobsJSON.chat(common.shown(output.logprobs), &readers[index])
    }

    private func choice(
        _ index: Int, _ key: String, _ message: JSONObject, _ output: RequestOutput, _ logprobs: JSONValue = .null
    ) -> JSONValue {
        var choice: JSONObject = [
            "index": .integer(index), key: .object(message),
            "logprobs": logprobs,
            "finish_reason": output.finishReason.map { .string($0.rawValue) } ?? .null,
            "stop_reason": output.stopReason?.json ?? .null,
        ]
        head.form.add(["token_ids": common.returned(output.tokenIDs)], to: &choice)
        return .object(choice)
    }

    private func addPromptFields(_ answer: inout JSONObject) {
        let text = common.returnsPromptText ? (try? names.input.text(of: promptTokenIDs)) ?? "" : nil
        head.form.add(
            [
                "prompt_token_ids": common.returned(promptTokenIDs),
                "prompt_text": text.map { .string($0) },
            ], to: &answer)
    }

    private func addPromptLogprobs(_ logprobs: [PositionLogprobs?]?, _ answer: inout JSONObject) {
        head.form.add(
            ["prompt_logprobs": logprobs.map { LogprobsJSON.prompt($0, promptTokenIDs, names) }], to: &answer)
    }
}
