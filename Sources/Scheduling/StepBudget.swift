internal import EngineTypes

/// What a step does for one request.
struct StepShare: Hashable, Sendable {
    /// Tokens that are computed.
    var tokenCount = 0
    /// Prompt positions that are scored: those in cached blocks, and those that are computed.
    var scoredPositions = 0..<0
    /// How many of them are in cached blocks.
    var cachedScoringCount = 0
    /// Whether the tokens continue an output.
    var isDecode = false

    var isEmpty: Bool { budgetedCount == 0 }

    /// What counts against the token budget.
    var budgetedCount: Int { tokenCount + cachedScoringCount }

    /// Units of work on a prompt: a token that is computed is one, a position that is scored another.
    var promptWork: Int { isDecode ? 0 : tokenCount + scoredPositions.count }
}

/// What a step has left to give.
struct StepBudget: Sendable {
    /// Tokens to compute and cached positions to score.
    private(set) var tokens = 0
    /// Of these, what prompts may take: the rest is for requests that decode, whatever their place in the order.
    private(set) var promptTokens = 0
    /// Units of work that prompts may take: bounds a step's time where requests decode.
    private(set) var promptWork = 0
    /// Tokens of a prompt that one request may take.
    private(set) var promptThreshold = 0

    init() {}

    /// A whole step of a scheduler. `promptLimit`: units of work on prompts; the threshold for long prompts shrinks with it, so that it leaves room for others still.
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

    /// Whether a prompt could still get something.
    var isOpenToPrompts: Bool { tokens > 0 && promptTokens > 0 && promptWork > 0 }

    /// Tokens and cached positions that one prompt may take, `weight` units of work each.
    func promptAllowance(weight: Int) -> Int {
        max(0, min(tokens, promptTokens, promptThreshold, (promptWork + weight - 1) / weight))
    }

    mutating func take(_ share: StepShare) {
        tokens -= share.budgetedCount
        if !share.isDecode { promptTokens -= share.budgetedCount }
        promptWork -= share.promptWork
    }

    /// Takes back what a request was given; a prompt may have it then.
    mutating func giveBack(_ share: StepShare) {
        tokens += share.budgetedCount
        promptTokens += share.budgetedCount
        promptWork += share.promptWork
    }
}
