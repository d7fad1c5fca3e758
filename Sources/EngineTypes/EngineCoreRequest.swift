/// A request as the engine's thread takes it: tokenised, validated and with defaults filled in.
package struct EngineCoreRequest: Sendable {
    package var id: RequestID
    package var promptTokenIDs: [TokenID]
    package var work: RequestWork
    /// Arrival in seconds on a monotonic clock; breaks ties between equal priorities.
    package var arrivalTime: Double
    /// Lower values run first; ignored unless the policy is `priority`.
    package var priority: Int
    /// The caller whose turn the request takes. Nil for requests from this process, which together count as one caller.
    package var caller: Caller?
    /// Keys besides the tokens that decide which cached blocks the request shares.
    package var extraKeys: [BlockExtraKey]
    /// The request that computes the same prompt for this one; nil for a leader and for single requests.
    package var leader: RequestID?
    /// Ranges of the prompt that a single step must compute, such as those of images whose tokens attend to each other.
    /// Ascending, without overlap; a media key covers each.
    package var wholeRanges: [Range<Int>] = []
    /// False while something that the request needs, such as a compiled grammar, is still being made. Other requests
    /// overtake it until `EngineCoreMessage.ready` follows.
    package var isReady = true
    /// Index of the model's rotary factors that the request uses; see `useLongRotaryFactors`.
    package private(set) var rotaryVariant = 0
    /// Number of tokens of the encoder's input, for models whose layers attend to it.
    package var encoderTokenCount = 0

    package init(
        id: RequestID, promptTokenIDs: [TokenID], work: RequestWork, arrivalTime: Double = 0, priority: Int = 0,
        extraKeys: [BlockExtraKey] = []
    ) {
        self.id = id
        self.promptTokenIDs = promptTokenIDs
        self.work = work
        self.arrivalTime = arrivalTime
        self.priority = priority
        self.extraKeys = extraKeys
    }

    /// Whether the final hidden states of the whole prompt are needed, as for prompt log-probabilities. Computed ones
    /// are then kept, and a cached prefix counts only if it has them.
    package var needsHiddenStates: Bool { work.scoresPrompt }

    /// Uses the factors for long requests. Its blocks are then shared only with other such requests.
    package mutating func useLongRotaryFactors() {
        rotaryVariant = 1
        extraKeys.append(BlockExtraKey(.rotaryVariant, [1]))
    }

    /// Whether a media key applies to all tokens of `range`.
    package func hasKey(covering range: Range<Int>) -> Bool {
        extraKeys.contains { key in
            guard key.kind == .media, let tokens = key.tokens else { return false }
            return tokens.lowerBound <= range.lowerBound && range.upperBound <= tokens.upperBound
        }
    }
}
