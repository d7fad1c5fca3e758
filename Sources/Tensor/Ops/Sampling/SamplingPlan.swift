/// Everything needed to turn the logits of a step into tokens, as values: one row per request. A single operation
/// executes it, so that a device is never called row by row.
package struct SamplingPlan: Sendable {
    package var rows: [Row]
    /// Host code that changes several rows, before the penalties (`earlyEdit`) or after the temperature (`lateEdit`):
    /// the slow path.
    package var earlyEdit: BatchEdit?
    package var lateEdit: BatchEdit?

    /// Changes rows through a function that gives access to the elements of a row by its index.
    package typealias BatchEdit = @Sendable (_ edit: @escaping RowAccess) -> Void
    package typealias RowAccess = (_ row: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void
    /// Host code that changes one row.
    package typealias RowEdit = @Sendable (_ logits: inout MutableSpan<Float>) -> Void

    package init(rows: [Row] = []) { self.rows = rows }

    /// The stages of one row, in the order in which they are applied.
    package struct Row: Sendable {
        /// One bit per token, 32 per word, set if a grammar allows the token.
        package var mask: ArraySlice<UInt32>?
        package var edits: [LogitEdit] = []
        package var earlyEdits: [RowEdit] = []
        /// The only token that may be chosen; nil for any.
        package var forcedToken: UInt32?
        package var penalties: LogitPenalties?
        /// Divisor of the logits; 0 for greedy choice.
        package var temperature: Float = 0
        /// Whether the logits are divided before the late edits, rather than in the draw.
        package var scalesLogits = false
        package var lateEdits: [RowEdit] = []
        /// Number of tokens to keep; 0 for all.
        package var topK = 0
        package var topP: Float = 1
        package var minP: Float = 0
        /// Random number in [0, 1) that selects a position in the running sum of the weights.
        package var draw = 0.0
        /// Called with the chosen token and the logits from which it was chosen.
        package var didChoose: (@Sendable (_ token: UInt32, _ logits: Span<Float>) -> Void)?
        package var report: LogprobReport?

        package init() {}

        package var isGreedy: Bool { temperature == 0 }

        /// The divisor that remains for the draw.
        var drawTemperature: Float { isGreedy || scalesLogits ? 1 : temperature }
    }
}

/// A change to a row of logits.
package enum LogitEdit: Sendable {
    /// Bans the tokens whose bit is clear; 32 tokens per word.
    case keep([UInt32])
    case ban([UInt32])
    /// Adds each bias to the logit of its token.
    case add(tokens: [UInt32], biases: [Float])
}

/// The penalties of a row: repetition, frequency, then presence, each rounded to float32.
package struct LogitPenalties: Sendable {
    package var repetition: Float
    package var frequency: Float
    package var presence: Float
    /// Prompt and output tokens.
    package var history: [UInt32]
    package var promptTokenCount: Int

    package init(
        repetition: Float, frequency: Float, presence: Float, history: [UInt32], promptTokenCount: Int
    ) {
        self.repetition = repetition
        self.frequency = frequency
        self.presence = presence
        self.history = history
        self.promptTokenCount = promptTokenCount
    }
}

/// The scores to report for a row.
package struct LogprobReport: Hashable, Sendable {
    /// Whether scores come from the processed logits rather than the model's own.
    package var isProcessed: Bool
    /// Whether scores are log-probabilities rather than logits.
    package var isNormalized: Bool
    /// Number of most likely tokens to report besides the chosen one; -1 for the whole vocabulary.
    package var topCount: Int
    /// Tokens to report instead of the most likely ones.
    package var tokens: [UInt32]?

    package init(isProcessed: Bool = false, isNormalized: Bool, topCount: Int, tokens: [UInt32]? = nil) {
        self.isProcessed = isProcessed
        self.isNormalized = isNormalized
        self.topCount = topCount
        self.tokens = tokens
    }
}

/// The score of a token and its rank: the number of tokens that score at least as high, 1 for the most likely.
package struct TokenScore: Hashable, Sendable {
    package var token: UInt32
    package var score: Float
    package var rank: Int
}

/// The scores at one position: of the token there, then of others.
package struct PositionScores: Hashable, Sendable {
    package var chosen: TokenScore
    package var others: [TokenScore]
}

/// The result of a row.
package enum TokenChoice: Sendable {
    case token(UInt32, PositionScores?)
    /// No token can be chosen: all logits are minus infinity or, if `hasNaN`, some are not numbers.
    case none(hasNaN: Bool)
}

/// A backend's working memory for sampling, reused from step to step.
package protocol SamplingMemory: AnyObject, Sendable {}

/// Token sampling.
package protocol SamplingOps {
    /// Makes working memory for rows of `vocabularySize` logits.
    func makeSamplingMemory(vocabularySize: Int) -> any SamplingMemory

    /// Chooses a token for each row of `logits` (`[rows, vocabulary]`, overwritten) according to the plan. A row's
    /// result depends on that row alone.
    func sample(_ logits: Tensor, _ plan: SamplingPlan, _ memory: any SamplingMemory) -> [TokenChoice]

    /// Returns the scores of one token per row of `logits`, and of the others that the report asks for.
    func score(_ logits: Tensor, _ tokens: [UInt32], _ report: LogprobReport) -> [PositionScores]
}
