import EngineTypes
import Needletail
import Support

/// Builds the answer to a completion request, whole or in chunks.
struct CompletionAnswer: GenerationAnswer {
    private let request: CompletionRequest
    private let names: TokenNames
    private let head: AnswerHead
    private let promptTexts: [String]
    private var usage: UsageCounter
    /// One reader per choice, grouped by prompt.
    private var readers: [TokenReader]
    private var hasStarted: [Bool]

    init(_ request: CompletionRequest, _ client: any EngineClient, model: String, _ options: ServerOptions) {
        let input = client.input
        self.request = request
        names = TokenNames(request.common, input)
        head = AnswerHead(
            id: "cmpl-" + request.common.requestID, object: "text_completion",
            form: AnswerForm(isStreamed: request.common.stream.isStreamed), model: model,
            fingerprint: client.info.fingerprint)
        let needsTexts = request.echoes || request.common.returnsPromptText
        promptTexts =
            needsTexts
            ? zip(request.prompts, request.promptTexts).map { $1 ?? (try? input.text(of: $0)) ?? "" } : []
        usage = UsageCounter(request.prompts, choiceCount: request.common.choiceCount, request.common.stream, options)
        let count = request.prompts.count * request.common.choiceCount
        readers = Array(repeating: names.outputReader, count: count)
        hasStarted = Array(repeating: false, count: count)
    }

    var summary: String { "\(head.id) \(usage.summary)" }

    var openingChunks: [JSONValue] { [] }

    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue {
        let choices = outputs.enumerated().map { index, output in choice(index, output) }
        return .object(head.json(choices: choices, usage: usage.json, metrics: usage.metrics))
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        let choice = choice(index, output)
        return .object(head.json(choices: [choice], usage: usage.continuous))
    }

    var closingChunks: [JSONValue] { usage.closingChunks(head) }

    /// Returns a choice. The first output of each choice also carries the fields of its prompt.
    private mutating func choice(_ index: Int, _ output: RequestOutput) -> JSONValue {
        var output = output
        if request.isPromptOnly { (output.text, output.tokenIDs, output.logprobs) = ("", [], []) }
        usage.add(index, output, tokenCount: output.tokenIDs.count)
        let isFirst = !hasStarted[index]
        hasStarted[index] = true
        let prompt = index / request.common.choiceCount
        let echoed = request.echoes && isFirst
        var choice: JSONObject = [
            "index": .integer(index), "text": .string((echoed ? promptTexts[prompt] : "") + output.text),
            "logprobs": logprobs(index, output, echoedPrompt: echoed ? prompt : nil),
            "finish_reason": output.finishReason.map { .string($0.rawValue) } ?? .null,
            "stop_reason": output.stopReason?.json ?? .null,
        ]
        let common = request.common
        head.form.add(
            [
                "token_ids": common.returned(output.tokenIDs),
                "prompt_logprobs": isFirst
                    ? output.promptLogprobs.map { LogprobsJSON.prompt($0, request.prompts[prompt], names) } : nil,
                "prompt_token_ids": isFirst ? common.returned(request.prompts[prompt]) : nil,
                "prompt_text": isFirst && common.returnsPromptText ? .string(promptTexts[prompt]) : nil,
            ], to: &choice)
        return .object(choice)
    }

    private mutating func logprobs(_ index: Int, _ output: RequestOutput, echoedPrompt prompt: Int?) -> JSONValue {
        guard request.common.sampling.logprobs != nil else { return .null }
        var logprobs = CompletionLogprobs()
        if let prompt {
            var reader = names.promptReader(in: promptTexts[prompt])
            logprobs.append(output.promptLogprobs ?? [], request.prompts[prompt], &reader)
            readers[index].move(to: promptTexts[prompt].unicodeScalars.count)
        }
        logprobs.append(output.logprobs, output.tokenIDs, &readers[index])
        return logprobs.json
    }
}
