/// Sampling settings that all requests of an engine share.
package struct SamplerConfig: Sendable {
    /// Processors of all requests, in the order in which they apply.
    package var processors: [any BatchLogitsProcessor]
    /// The values that log-probabilities report, unless a request chooses otherwise.
    package var logprobsMode: LogprobsMode
    package var thinkingMarks: ThinkingMarks?

    package init(
        processors: [any BatchLogitsProcessor] = [], logprobsMode: LogprobsMode = .rawLogprobs,
        thinkingMarks: ThinkingMarks? = nil
    ) {
        self.processors = processors
        self.logprobsMode = logprobsMode
        self.thinkingMarks = thinkingMarks
    }
}
