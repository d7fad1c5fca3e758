import EngineTypes
import Tokenization

/// The state of one request on the output side: its text so far and the stop strings that can end it.
struct RequestState: Sendable {
    private(set) var timings: RequestTimings
    private let promptTokenIDs: [TokenID]
    private let minTokens: Int
    private let includesStop: Bool
    private var detokenizer: IncrementalDetokenizer?
    private var matcher: StopStringMatcher
    private var outputTokenCount = 0
    private var cumulativeLogprob: Double?

    init(
        _ request: EngineCoreRequest, stops: StopTexts?, parent: ParentRequest?, tokenizer: Tokenizer?
    ) {
        let work = request.work.generation
        timings = RequestTimings(
            arrival: request.arrivalTime, promptTokenCount: request.promptTokenIDs.count,
            maxTokens: work?.maxTokens ?? 0, parent: parent)
        promptTokenIDs = request.promptTokenIDs
        minTokens = work?.sampling.minTokens ?? 0
        includesStop = work?.sampling.includeStopStringInOutput ?? false
        detokenizer = tokenizer.map {
            IncrementalDetokenizer(tokenizer: $0, skipSpecialTokens: work?.sampling.skipSpecialTokens ?? true)
        }
        matcher = StopStringMatcher(stops)
    }

    /// Converts the output of a step for the reader. A stop string ends the request here, before the engine knows.
    mutating func process(_ core: EngineCoreOutput, at time: Double, _ metrics: EngineMetrics) -> RequestOutput {
        timings.cachedTokenCount = core.cachedTokenCount
        timings.scheduled = core.scheduledTime
        if !core.newTokenIDs.isEmpty { metrics.recordTokens(core.newTokenIDs.count, at: time, &timings) }
        var output = process(core)
        if let reason = output.finishReason {
            metrics.recordEnd(reason, at: time, timings)
            output.timings = timings.output
        }
        return output
    }

    /// The last element of an aborted output.
    mutating func abort(at time: Double, _ metrics: EngineMetrics) -> RequestOutput {
        var output = RequestOutput()
        output.promptTokenIDs = promptTokenIDs
        output.cachedTokenCount = timings.cachedTokenCount
        output.cumulativeLogprob = cumulativeLogprob
        output.finishReason = .abort
        flush(into: &output)
        metrics.recordEnd(.abort, at: time, timings)
        output.timings = timings.output
        return output
    }

    private mutating func process(_ core: EngineCoreOutput) -> RequestOutput {
        var output = RequestOutput()
        output.promptTokenIDs = promptTokenIDs
        output.promptLogprobs = core.promptLogprobs
        output.cachedTokenCount = core.cachedTokenCount
        output.preemptionCount = core.preemptionCount
        output.finishReason = core.finishReason
        output.stopReason = core.stopReason
        output.tokenIDs = core.newTokenIDs
        output.logprobs = core.logprobs
        for (index, token) in core.newTokenIDs.enumerated() {
            outputTokenCount += 1
            if index < core.logprobs.count {
                cumulativeLogprob = (cumulativeLogprob ?? 0) + Double(core.logprobs[index].sampled.logprob)
            }
            output.cumulativeLogprob = cumulativeLogprob
            if let stop = append(token, isHidden: isHiddenStop(core, at: index), to: &output) {
                output.tokenIDs.removeLast(core.newTokenIDs.count - index - 1)
                output.logprobs.removeLast(max(0, core.logprobs.count - index - 1))
                output.finishReason = .stop
                output.stopReason = .string(stop)
                return output
            }
        }
        if output.isFinished { flush(into: &output) }
        return output
    }

    /// Whether the token at `index` stopped the output; its text is left out unless the request includes it.
    private func isHiddenStop(_ core: EngineCoreOutput, at index: Int) -> Bool {
        core.finishReason == .stop && index == core.newTokenIDs.count - 1 && !includesStop
    }

    private mutating func append(_ token: TokenID, isHidden: Bool, to output: inout RequestOutput) -> String? {
        guard !isHidden, let text = detokenizer?.append(token), !text.isEmpty else { return nil }
        // As in vLLM, a stop string must end after the first `min_tokens` tokens; it may begin among them.
        let (shown, stop) = matcher.append(text, isGuarded: outputTokenCount <= minTokens)
        output.text += shown
        return stop
    }

    private mutating func flush(into output: inout RequestOutput) {
        output.text += matcher.finish() + (detokenizer?.finish() ?? "")
    }
}
