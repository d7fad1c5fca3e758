/// The values that log-probabilities report.
public enum LogprobsMode: String, Hashable, Sendable, CaseIterable {
    /// Log-probabilities of the model's distribution at temperature 1, before anything changes it.
    case rawLogprobs = "raw_logprobs"
    /// Log-probabilities of the distribution that the token is drawn from: after processors, penalties, temperature,
    /// min-p, top-k and top-p.
    case processedLogprobs = "processed_logprobs"
    /// The model's logits, before anything changes them.
    case rawLogits = "raw_logits"
    /// The logits that the token is drawn by; minus infinity for tokens that cannot be drawn.
    case processedLogits = "processed_logits"

    package var isProcessed: Bool { self == .processedLogprobs || self == .processedLogits }
    package var isNormalized: Bool { self == .rawLogprobs || self == .processedLogprobs }
}
