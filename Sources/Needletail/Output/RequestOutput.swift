/// What a request has produced: since the last element where it comes from a stream, in all where it is complete.
public struct RequestOutput: Sendable, Hashable {
    /// Text of the tokens, without the text that stopped the output.
    public var text = ""
    public var tokenIDs: [TokenID] = []
    /// One item a token, where asked for.
    public var logprobs: [PositionLogprobs] = []
    /// The sum of the tokens' log-probabilities, where asked for.
    public var cumulativeLogprob: Double?
    /// One item a prompt token, nil for the first, where asked for; with the first element of a stream.
    public var promptLogprobs: [PositionLogprobs?]?
    public var promptTokenIDs: [TokenID] = []
    /// Prompt tokens whose keys and values came from the prefix cache.
    public var cachedTokenCount = 0
    /// How often the request lost its cache blocks to others and was computed again.
    public var preemptionCount = 0
    /// Set in the last element.
    public var finishReason: FinishReason?
    public var stopReason: StopReason?
    /// Set in the last element.
    public var timings: OutputTimings?

    public init() {}

    public var isFinished: Bool { finishReason != nil }

    /// Appends what came after.
    package mutating func append(_ next: RequestOutput) {
        text += next.text
        tokenIDs += next.tokenIDs
        logprobs += next.logprobs
        cumulativeLogprob = next.cumulativeLogprob ?? cumulativeLogprob
        promptLogprobs = promptLogprobs ?? next.promptLogprobs
        cachedTokenCount = max(cachedTokenCount, next.cachedTokenCount)
        preemptionCount = max(preemptionCount, next.preemptionCount)
        finishReason = next.finishReason ?? finishReason
        stopReason = next.stopReason ?? stopReason
        timings = next.timings ?? timings
    }
}

/// Where the time of a request went, in seconds.
public struct OutputTimings: Sendable, Hashable {
    /// From its arrival to its first step.
    public var queued: Double
    /// From its first step to its first token.
    public var prefill: Double
    /// From its first token to its last.
    public var decode: Double
    public var outputTokenCount: Int

    /// From the arrival to the first token.
    public var timeToFirstToken: Double { queued + prefill }

    /// Between tokens; nil for less than two.
    public var interTokenLatency: Double? {
        outputTokenCount > 1 ? decode / Double(outputTokenCount - 1) : nil
    }
}
