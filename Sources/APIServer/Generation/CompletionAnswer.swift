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
    /// Characters so far, by choice: where the next token's logprobs say that it starts.
    private var offsets: [Int]
    private var hasStarted: [Bool]

    init(_ request: CompletionRequest, _ client: any EngineClient, model: String, _ options: ServerOptions) {
        let input = client.input
        self.request = request
        names = TokenNames(input: input, byID: request.common.namesTokensByID)
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
        offsets = Array(repeating: 0, count: count)
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

    /// The prompt's part comes with the first output of a choice.
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
            "logprobs": logprobs(index, output, echoed: echoed ? request.prompts[prompt] : nil),
            "finish_reason": output.finishReason.map { .string($0.rawValue) } ?? .null,
            "stop_reason": output.stopReason?.json ?? .null,
        ]
        let common = request.common
        head.form.add(
            [
                "token_ids": common.returned(output.tokenIDs),
                "prompt_logprobs": isFirst ? output.promptLogprobs.map { LogprobsJSON.prompt($0, names) } : nil,
                "prompt_token_ids": isFirst ? common.returned(request.prompts[prompt]) : nil,
                "prompt_text": isFirst && common.returnsPromptText ? .string(promptTexts[prompt]) : nil,
            ], to: &choice)
        return .object(choice)
    }

    private mutating func logprobs(_ index: Int, _ output: RequestOutput, echoed: [TokenID]?) -> JSONValue {
        guard request.common.sampling.logprobs != nil else { return .null }
        var positions: [PositionLogprobs?] = output.logprobs
        var tokens = output.tokenIDs
        if let echoed {
            positions = (output.promptLogprobs ?? []) + positions
            tokens = echoed + tokens
        }
        return LogprobsJSON.completion(positions, tokens: tokens, names, offset: &offsets[index])
    }
}
