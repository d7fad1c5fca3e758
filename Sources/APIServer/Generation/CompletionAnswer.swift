import EngineTypes
import Needletail
import Support

/// Builds the answer to a completion request, whole or in chunks.
struct CompletionAnswer: GenerationAnswer {
    private let request: CompletionRequest
    private let names: TokenNames
    private let reportsMetrics: Bool
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
        reportsMetrics = options.reportsRequestMetrics
        head = AnswerHead(
            id: "cmpl-" + request.common.requestID, object: "text_completion", model: model,
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
        var answer = head.json(choices: choices, usage: usage.json)
        if reportsMetrics { answer["metrics"] = OutputTimings.json(outputs) }
        return .object(answer)
    }

    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue? {
        let choice = choice(index, output)
        var chunk = head.json(choices: [choice], usage: usage.continuous)
        if reportsMetrics, output.isFinished { chunk["metrics"] = OutputTimings.json([output]) }
        return .object(chunk)
    }

    var closingChunks: [JSONValue] { usage.final.map { [.object(head.json(choices: [], usage: $0))] } ?? [] }

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
        if isFirst, let promptLogprobs = output.promptLogprobs {
            choice["prompt_logprobs"] = LogprobsJSON.prompt(promptLogprobs, names)
        }
        if request.common.returnsTokenIDs {
            choice["token_ids"] = .array(output.tokenIDs.map { .integer(Int($0)) })
            if isFirst { choice["prompt_token_ids"] = .array(request.prompts[prompt].map { .integer(Int($0)) }) }
        }
        if request.common.returnsPromptText, isFirst { choice["prompt_text"] = .string(promptTexts[prompt]) }
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
