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

    public init() {}

    public var isFinished: Bool { finishReason != nil }

    /// Appends what came after.
    mutating func append(_ next: RequestOutput) {
        text += next.text
        tokenIDs += next.tokenIDs
        logprobs += next.logprobs
        cumulativeLogprob = next.cumulativeLogprob ?? cumulativeLogprob
        promptLogprobs = promptLogprobs ?? next.promptLogprobs
        cachedTokenCount = max(cachedTokenCount, next.cachedTokenCount)
        preemptionCount = max(preemptionCount, next.preemptionCount)
        finishReason = next.finishReason ?? finishReason
        stopReason = next.stopReason ?? stopReason
    }
}
