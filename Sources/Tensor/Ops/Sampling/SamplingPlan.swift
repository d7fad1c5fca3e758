/// Everything that turns the logits of a step into tokens, as values: a row per request. One operation carries it out, so
/// that a device is never asked row by row.
package struct SamplingPlan: Sendable {
    package var rows: [Row]
    /// Host code that changes several rows, before the penalties and after the temperature: the slow path.
    package var earlyEdit: BatchEdit?
    package var lateEdit: BatchEdit?

    /// Changes rows through a function that takes a row's index and gives its elements to change in place.
    package typealias BatchEdit = @Sendable (_ edit: @escaping RowAccess) -> Void
    package typealias RowAccess = (_ row: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void
    /// Host code that changes one row.
    package typealias RowEdit = @Sendable (_ logits: inout MutableSpan<Float>) -> Void

    package init(rows: [Row] = []) { self.rows = rows }

    /// The stages of one row, in the order in which they happen.
    package struct Row: Sendable {
        /// One bit per token, 32 per word, set where a grammar allows the token.
        package var mask: ArraySlice<UInt32>?
        package var edits: [LogitEdit] = []
        package var earlyEdits: [RowEdit] = []
        /// The only token that may come.
        package var forcedToken: UInt32?
        package var penalties: LogitPenalties?
        /// Divides the logits; 0 for greedy choice.
        package var temperature: Float = 0
        /// Whether the logits are divided before the late edits, rather than in the draw.
        package var scalesLogits = false
        package var lateEdits: [RowEdit] = []
        /// 0 for all tokens.
        package var topK = 0
        package var topP: Float = 1
        package var minP: Float = 0
        /// In [0, 1): places the choice in the running sum of the weights.
        package var draw = 0.0
        /// Told of the token and the logits that it was chosen by.
        package var didChoose: (@Sendable (_ token: UInt32, _ logits: Span<Float>) -> Void)?
        package var report: LogprobReport?

        package init() {}

        package var isGreedy: Bool { temperature == 0 }

        /// What the draw divides the logits by.
        var drawTemperature: Float { isGreedy || scalesLogits ? 1 : temperature }
    }
}

/// A change of a row of logits.
package enum LogitEdit: Sendable {
    /// Bans the tokens whose bit, 32 per word, is clear.
    case keep([UInt32])
    case ban([UInt32])
    /// Adds to each token's logit its bias.
    case add(tokens: [UInt32], biases: [Float])
}

/// The penalties of a row: repetition, then frequency, then presence, each rounded to float32.
package struct LogitPenalties: Sendable {
    package var repetition: Float
    package var frequency: Float
    package var presence: Float
    /// Prompt and output.
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

/// Which scores of a row are wanted.
package struct LogprobReport: Hashable, Sendable {
    /// Of the logits that the token was chosen by, rather than of the model's own.
    package var isProcessed: Bool
    /// Logarithms of probabilities, rather than logits.
    package var isNormalized: Bool
    /// The most likely tokens to report besides the chosen one; -1 for the whole vocabulary.
    package var topCount: Int
    /// Tokens to report in place of the most likely ones.
    package var tokens: [UInt32]?

    package init(isProcessed: Bool = false, isNormalized: Bool, topCount: Int, tokens: [UInt32]? = nil) {
        self.isProcessed = isProcessed
        self.isNormalized = isNormalized
        self.topCount = topCount
        self.tokens = tokens
    }
}

/// The score of a token and its rank (1 = most likely; the number of tokens that score at least as much).
package struct TokenScore: Hashable, Sendable {
    package var token: UInt32
    package var score: Float
    package var rank: Int
}

/// The scores of a position: of the token that stands there, then of others.
package struct PositionScores: Hashable, Sendable {
    package var chosen: TokenScore
    package var others: [TokenScore]
}

/// The outcome of a row.
package enum TokenChoice: Sendable {
    case token(UInt32, PositionScores?)
    /// All logits are minus infinity, or, where `hasNaN`, not numbers.
    case none(hasNaN: Bool)
}

/// A backend's memory for sampling, used from step to step.
package protocol SamplingMemory: AnyObject, Sendable {}

/// Choice of tokens.
package protocol SamplingOps {
    /// Memory for rows of `vocabularySize` logits.
    func makeSamplingMemory(vocabularySize: Int) -> any SamplingMemory

    /// Chooses a token for each row of `logits` (`[rows, vocabulary]`, overwritten) by the plan. What a row gives depends
    /// on that row alone.
    func sample(_ logits: Tensor, _ plan: SamplingPlan, _ memory: any SamplingMemory) -> [TokenChoice]

    /// The scores of given tokens, one per row of `logits`, with the others that the report asks for.
    func score(_ logits: Tensor, _ tokens: [UInt32], _ report: LogprobReport) -> [PositionScores]
}
