/// Why a request ended.
public enum FinishReason: String, Hashable, Sendable, CaseIterable {
    /// An end-of-sequence token, a stop token or a stop text.
    case stop
    /// `max_tokens` or the context is used up.
    case length
    /// The output repeats itself (`repetition_detection`).
    case repetition
    /// The caller went away.
    case abort
    /// The engine failed.
    case error
}

/// What exactly stopped a request that ended with `FinishReason.stop`; nil for the model's own end-of-sequence token.
public enum StopReason: Hashable, Sendable {
    case token(TokenID)
    case string(String)
}

/// The log-probability of a token and its rank (1 = most likely; how many tokens are at least as likely).
public struct TokenLogprob: Hashable, Sendable {
    public var token: TokenID
    public var logprob: Float
    public var rank: Int

    public init(token: TokenID, logprob: Float, rank: Int) {
        self.token = token
        self.logprob = logprob
        self.rank = rank
    }
}

/// Log-probabilities at one position: the token that stands there, then the most likely ones, in order.
public struct PositionLogprobs: Hashable, Sendable {
    public var sampled: TokenLogprob
    public var top: [TokenLogprob]

    public init(sampled: TokenLogprob, top: [TokenLogprob]) {
        self.sampled = sampled
        self.top = top
    }
}

/// What one step brought for one request.
package struct EngineCoreOutput: Sendable {
    package var id: RequestID
    package var newTokenIDs: [TokenID]
    /// One item a new token where asked for, else empty.
    package var logprobs: [PositionLogprobs]
    /// With the first token where asked for: one item a prompt token, nil at 0.
    package var promptLogprobs: [PositionLogprobs?]?
    package var finishReason: FinishReason?
    package var stopReason: StopReason?
    /// Prompt tokens that came from the prefix cache, when the request was first scheduled.
    package var cachedTokenCount: Int
    /// How often the request lost its blocks to others so far.
    package var preemptionCount: Int
    /// When the request first got tokens of a step, on the monotonic clock; nil if it never did.
    package var scheduledTime: Double?
    /// Why a request ended with `FinishReason.error`.
    package var error: RequestError?

    package init(
        id: RequestID, newTokenIDs: [TokenID] = [], logprobs: [PositionLogprobs] = [],
        promptLogprobs: [PositionLogprobs?]? = nil, finishReason: FinishReason? = nil, stopReason: StopReason? = nil,
        cachedTokenCount: Int = 0, preemptionCount: Int = 0, scheduledTime: Double? = nil, error: RequestError? = nil
    ) {
        self.id = id
        self.newTokenIDs = newTokenIDs
        self.logprobs = logprobs
        self.promptLogprobs = promptLogprobs
        self.finishReason = finishReason
        self.stopReason = stopReason
        self.cachedTokenCount = cachedTokenCount
        self.preemptionCount = preemptionCount
        self.scheduledTime = scheduledTime
        self.error = error
    }
}

/// Everything that one step publishes, in one message.
package struct EngineCoreOutputs: Sendable {
    package var outputs: [EngineCoreOutput]
    package var stats: SchedulerStats
    /// When the step ended, on the monotonic clock.
    package var time: Double

    package init(outputs: [EngineCoreOutput], stats: SchedulerStats, time: Double) {
        self.outputs = outputs
        self.stats = stats
        self.time = time
    }
}

/// The scheduler's gauges after a step and its counters since the start.
package struct SchedulerStats: Hashable, Sendable {
    package var runningCount = 0
    package var waitingCount = 0
    /// Of the waiting ones, those that wait for another request with their prompt.
    package var deferredCount = 0
    package var usedBlockCount = 0
    package var blockCount = 0
    package var preemptionCount = 0
    package var prefixCacheQueriedTokens = 0
    package var prefixCacheHitTokens = 0
    /// The same for requests that were preempted and look up what they had: no part of the above, as in vLLM.
    package var preemptedQueriedTokens = 0
    package var preemptedHitTokens = 0
    package var stepCount = 0
    package var scheduledTokenCount = 0
    /// The most requests that shared one step.
    package var peakBatchSize = 0

    package init() {}
}
