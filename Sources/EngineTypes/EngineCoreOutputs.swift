/// The reason that a request ended.
public enum FinishReason: String, Hashable, Sendable, CaseIterable {
    /// An end-of-sequence token, a stop token or a stop string ended the output.
    case stop
    /// The output reached `max_tokens` or the end of the context.
    case length
    /// The output repeats itself (`repetition_detection`).
    case repetition
    /// The caller aborted the request, or a pause ended it.
    case abort
    /// The engine failed, or no token could be chosen for this request.
    case error
}

/// The stop token or stop string that ended a request with `FinishReason.stop`; absent for the model's own
/// end-of-sequence token.
public enum StopReason: Hashable, Sendable {
    /// A stop token, by its id.
    case token(TokenID)
    /// A stop string.
    case string(String)
}

/// A token with its log-probability and its rank.
public struct TokenLogprob: Hashable, Sendable {
    /// The id of the token.
    public var token: TokenID
    /// The natural logarithm of the token's probability, or its logit under a `LogprobsMode` of logits.
    public var logprob: Float
    /// Number of tokens that are at least as likely as this one; 1 for the most likely token.
    public var rank: Int

    /// Creates an item from a token, its log-probability and its rank, which starts at 1.
    public init(token: TokenID, logprob: Float, rank: Int) {
        self.token = token
        self.logprob = logprob
        self.rank = rank
    }
}

/// The log-probabilities at one position of a prompt or output.
public struct PositionLogprobs: Hashable, Sendable {
    /// The token at this position.
    public var sampled: TokenLogprob
    /// The most likely tokens in descending order, or the tokens of `SamplingParams.logprobTokenIDs` in their order.
    public var top: [TokenLogprob]

    /// Creates the log-probabilities of a position from those of its token and of the most likely tokens.
    public init(sampled: TokenLogprob, top: [TokenLogprob]) {
        self.sampled = sampled
        self.top = top
    }
}

/// The output of one step for one request.
package struct EngineCoreOutput: Sendable {
    package var id: RequestID
    package var newTokenIDs: [TokenID]
    /// One item per new token if requested, else empty.
    package var logprobs: [PositionLogprobs]
    /// One item per prompt token, nil at 0; with the first token if requested.
    package var promptLogprobs: [PositionLogprobs?]?
    /// The vector of a request that pools its prompt.
    package var pooled: [Float]?
    package var finishReason: FinishReason?
    package var stopReason: StopReason?
    /// Prompt tokens taken from the prefix cache when the request was first scheduled.
    package var cachedTokenCount: Int
    /// Number of times the request has been preempted so far.
    package var preemptionCount: Int
    /// Time of the first step of the request on the monotonic clock; nil if it had none.
    package var scheduledTime: Double?
    /// The error of a request that ended with `FinishReason.error`.
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

/// All outputs of one step, in one message.
package struct EngineCoreOutputs: Sendable {
    package var outputs: [EngineCoreOutput]
    package var stats: SchedulerStats
    /// Time of the end of the step, on the monotonic clock.
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
    /// Number of waiting requests that wait until another request has computed their prompt.
    package var deferredCount = 0
    package var usedBlockCount = 0
    package var blockCount = 0
    package var preemptionCount = 0
    package var prefixCacheQueriedTokens = 0
    package var prefixCacheHitTokens = 0
    /// Tokens that preempted requests looked up when readmitted. Not part of the counts above, as in vLLM.
    package var preemptedQueriedTokens = 0
    /// Tokens of `preemptedQueriedTokens` that were found.
    package var preemptedHitTokens = 0
    package var stepCount = 0
    package var scheduledTokenCount = 0
    /// Maximum number of requests that shared one step.
    package var peakBatchSize = 0

    package init() {}
}
