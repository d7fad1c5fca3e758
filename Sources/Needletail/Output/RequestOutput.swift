/// The output of a request: an element of a stream has what is new since the previous one, a collected output all of
/// it.
public struct RequestOutput: Sendable, Hashable {
    /// The generated text, without the stop string unless `includeStopStringInOutput` is set.
    public var text = ""
    /// The ids of the generated tokens.
    public var tokenIDs: [TokenID] = []
    /// The log-probabilities of the tokens, one item per token; empty unless requested.
    public var logprobs: [PositionLogprobs] = []
    /// The sum of the log-probabilities of all tokens so far; nil unless requested.
    public var cumulativeLogprob: Double?
    /// The log-probabilities of the prompt, one item per token, nil for the first; nil unless requested, and in all but
    /// the first element of a stream.
    public var promptLogprobs: [PositionLogprobs?]?
    /// The ids of the prompt tokens.
    public var promptTokenIDs: [TokenID] = []
    /// Number of prompt tokens whose keys and values came from the prefix cache.
    public var cachedTokenCount = 0
    /// Number of times that the request was preempted and computed again.
    public var preemptionCount = 0
    /// The reason that the output ended; nil in all but the last element of a stream.
    public var finishReason: FinishReason?
    /// The stop string or stop token that ended the output; nil if neither did.
    public var stopReason: StopReason?
    /// The durations of the phases of the request; nil in all but the last element of a stream.
    public var timings: OutputTimings?

    /// Creates an empty output that has not ended.
    public init() {}

    /// Whether the output has ended, so that no element follows.
    public var isFinished: Bool { finishReason != nil }

    /// Appends the next element of the stream.
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

/// The durations of the phases of a request, in seconds.
public struct OutputTimings: Sendable, Hashable {
    /// Seconds from the arrival of the request to its first step.
    public var queued: Double
    /// Seconds from the first step of the request to its first token.
    public var prefill: Double
    /// Seconds from the first token of the request to its last.
    public var decode: Double
    /// Number of output tokens.
    public var outputTokenCount: Int

    /// Seconds from the arrival of the request to its first token.
    public var timeToFirstToken: Double { queued + prefill }

    /// Mean seconds between output tokens; nil for fewer than two.
    public var interTokenLatency: Double? {
        outputTokenCount > 1 ? decode / Double(outputTokenCount - 1) : nil
    }
}
