import EngineTypes
import Needletail
import Support

/// Builds the answer to a completion request, whole or in chunks.
struct CompletionAnswer: GenerationAnswer {
    private let common: GenerationFields
    private let promptTokenIDs: [[TokenID]]
    private let echoes: Bool
    private let isPromptOnly: Bool
    private let names: TokenNames
    private let head: AnswerHead
    /// The prompts' texts; empty unless the answer shows them.
    private let promptTexts: [String]
    private var usage: UsageCounter
    /// One reader per choice, grouped by prompt.
    private var readers: [TokenReader]
    private var hasStarted: [Bool]

    init(
        _ request: CompletionRequest, _ prompts: [PreparedPrompt], _ client: any EngineClient, model: String,
        _ options: ServerOptions
    ) {
        let input = client.input
        common = request.common
        promptTokenIDs = prompts.map(\.tokenIDs)
        (echoes, isPromptOnly) = (request.echoes, request.isPromptOnly)
        names = TokenNames(common, input)
        head = AnswerHead(
            id: "cmpl-" + common.requestID, object: "text_completion",
            form: AnswerForm(isStreamed: common.stream.isStreamed), model: model,
            fingerprint: client.info.fingerprint)
        let needsTexts = echoes || common.returnsPromptText
        promptTexts = needsTexts ? prompts.map { $0.text ?? (try? input.text(of: $0.tokenIDs)) ?? "" } : []
        usage = UsageCounter(promptTokenIDs, choiceCount: common.choiceCount, common.stream, options)
        let count = prompts.count * common.choiceCount
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
        if isPromptOnly { (output.text, output.tokenIDs, output.logprobs) = ("", [], []) }
        usage.add(index, output, tokenCount: output.tokenIDs.count)
        let isFirst = !hasStarted[index]
        hasStarted[index] = true
        let prompt = index / common.choiceCount
        let echoed = echoes && isFirst
        var choice: JSONObject = [
            "index": .integer(index), "text": .string((echoed ? promptTexts[prompt] : "") + output.text),
            "logprobs": logprobs(index, output, echoedPrompt: echoed ? prompt : nil),
            "finish_reason": output.finishReason.map { .string($0.rawValue) } ?? .null,
            "stop_reason": output.stopReason?.json ?? .null,
        ]
        head.form.add(
            [
                "token_ids": common.returned(output.tokenIDs),
                "prompt_logprobs": isFirst
                    ? output.promptLogprobs.map { LogprobsJSON.prompt($0, promptTokenIDs[prompt], names) } : nil,
                "prompt_token_ids": isFirst ? common.returned(promptTokenIDs[prompt]) : nil,
                "prompt_text": isFirst && common.returnsPromptText ? .string(promptTexts[prompt]) : nil,
            ], to: &choice)
        return .object(choice)
    }

    private mutating func logprobs(_ index: Int, _ output: RequestOutput, echoedPrompt prompt: Int?) -> JSONValue {
        guard common.sampling.logprobs != nil else { return .null }
        var logprobs = CompletionLogprobs()
        if let prompt {
            var reader = names.promptReader(in: promptTexts[prompt])
            logprobs.append(output.promptLogprobs ?? [], promptTokenIDs[prompt], &reader)
            readers[index].move(to: promptTexts[prompt].unicodeScalars.count)
        }
        logprobs.append(output.logprobs, output.tokenIDs, &readers[index])
        return logprobs.json
    }
}
