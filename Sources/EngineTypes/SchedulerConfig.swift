/// The order in which waiting requests are admitted and running ones are preempted.
public enum SchedulingPolicy: String, Hashable, Sendable, CaseIterable {
    /// First come, first served.
    case fcfs
    /// Lower `priority` first, then earlier arrival.
    case priority
}

/// The limits of the scheduler.
package struct SchedulerConfig: Hashable, Sendable {
    /// Maximum tokens per step, over all requests.
    package var maxBatchedTokens: Int
    /// Maximum number of requests that run at once.
    package var maxSequences: Int
    /// Maximum prompt and output tokens of a request.
    package var maxModelLength: Int
    /// Maximum prompt tokens of one request per step; 0 for no separate limit.
    package var longPrefillTokenThreshold: Int
    /// Maximum number of requests above the threshold whose prompts are computed at once; 0 for no limit.
    package var maxLongPartialPrefills: Int
    /// Maximum calls of logits processors per step, over all running requests.
    package var maxProcessorCalls: Int
    package var policy: SchedulingPolicy
    package var enablesPrefixCaching: Bool
    /// Approximate maximum duration in seconds of a step with prompts while others decode; 0 for no limit.
    package var maxStepSeconds: Double

    package init(
        maxBatchedTokens: Int, maxSequences: Int, maxModelLength: Int, longPrefillTokenThreshold: Int = 0,
        maxLongPartialPrefills: Int = 0, maxProcessorCalls: Int = .max, policy: SchedulingPolicy = .fcfs,
        enablesPrefixCaching: Bool = true, maxStepSeconds: Double = 0
    ) {
        self.maxBatchedTokens = maxBatchedTokens
        self.maxSequences = maxSequences
        self.maxModelLength = maxModelLength
        self.longPrefillTokenThreshold = longPrefillTokenThreshold
        self.maxLongPartialPrefills = maxLongPartialPrefills
        self.maxProcessorCalls = maxProcessorCalls
        self.policy = policy
        self.enablesPrefixCaching = enablesPrefixCaching
        self.maxStepSeconds = maxStepSeconds
    }
}
