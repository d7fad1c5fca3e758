/// The order in which waiting requests are admitted and running ones are preempted.
public enum SchedulingPolicy: String, Hashable, Sendable, CaseIterable {
    /// First come, first served.
    case fcfs
    /// Lower `priority` first, then earlier arrival.
    case priority
}

/// The budgets of the scheduler.
package struct SchedulerConfig: Hashable, Sendable {
    /// Tokens a step, over all requests.
    package var maxBatchedTokens: Int
    /// Requests that run at once.
    package var maxSequences: Int
    /// Prompt and output tokens of a request.
    package var maxModelLength: Int
    /// Prompt tokens that one request may take of a step; 0 for no limit of its own.
    package var longPrefillTokenThreshold: Int
    /// Requests longer than the threshold whose prompts are computed at once; 0 for no limit.
    package var maxLongPartialPrefills: Int
    /// Calls of logits processors per step, over all running requests.
    package var maxProcessorCalls: Int
    package var policy: SchedulingPolicy
    package var enablesPrefixCaching: Bool
    /// Seconds that a step with prompts lasts at most, about, while others decode; 0 for no limit.
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
