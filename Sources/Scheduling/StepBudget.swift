internal import EngineTypes

/// The work that a step does for one request.
struct StepShare: Hashable, Sendable {
    /// Number of tokens to compute.
    var tokenCount = 0
    /// Prompt positions to score, both in cached blocks and among the tokens to compute.
    var scoredPositions = 0..<0
    /// How many of the scored positions are in cached blocks.
    var cachedScoringCount = 0
    /// Whether the tokens continue an output.
    var isDecode = false

    var isEmpty: Bool { budgetedCount == 0 }

    /// Amount that counts against the token budget.
    var budgetedCount: Int { tokenCount + cachedScoringCount }

    /// Units of prompt work: one per computed token and one per scored position.
    var promptWork: Int { isDecode ? 0 : tokenCount + scoredPositions.count }
}

/// The budget that is left to distribute in a step.
struct StepBudget: Sendable {
    /// Tokens to compute and cached positions to score.
    private(set) var tokens = 0
    /// The part of `tokens` that prompts may take; the rest is reserved for decoding requests, whatever their position.
    private(set) var promptTokens = 0
    /// Units of work that prompts may take. Bounds the duration of a step in which requests decode.
    private(set) var promptWork = 0
    /// Maximum number of prompt tokens per request.
    private(set) var promptThreshold = 0

    init() {}

    /// The full budget of a step. `promptLimit`: maximum units of prompt work; the threshold for long prompts shrinks
    /// with it, so that room is left for other prompts.
    init(_ configuration: SchedulerConfig, decodingCount: Int, promptLimit: Int) {
        tokens = configuration.maxBatchedTokens
        promptTokens = max(1, tokens - decodingCount)
        promptWork = 2 * tokens
        promptThreshold =
            configuration.longPrefillTokenThreshold == 0 ? tokens : configuration.longPrefillTokenThreshold
        guard promptLimit < promptWork else { return }
        promptWork = max(1, promptLimit)
        if promptLimit < tokens { promptThreshold = max(1, promptThreshold * promptLimit / tokens) }
    }

    /// Whether a prompt could still get a share.
    var isOpenToPrompts: Bool { tokens > 0 && promptTokens > 0 && promptWork > 0 }

    /// Returns how many tokens and cached positions a prompt may take, at `weight` units of work each.
    func promptAllowance(weight: Int) -> Int {
        max(0, min(tokens, promptTokens, promptThreshold, (promptWork + weight - 1) / weight))
    }

    mutating func take(_ share: StepShare) {
        tokens -= share.budgetedCount
        if !share.isDecode { promptTokens -= share.budgetedCount }
        promptWork -= share.promptWork
    }

    /// Returns a preempted request's share to the budget; prompts may use it.
    mutating func giveBack(_ share: StepShare) {
        tokens += share.budgetedCount
        promptTokens += share.budgetedCount
        promptWork += share.promptWork
    }
}
