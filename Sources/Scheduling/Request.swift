package import EngineTypes

/// A request inside the scheduler. `computedTokenCount` chases the token count; prefill, decoding, prefix hits and
/// resumption are the distance between the two.
package struct Request: Sendable {
    /// As it came, but without the prompt, which starts `tokenIDs`.
    package let core: EngineCoreRequest
    package let promptTokenCount: Int
    /// The request's place in the table, and the key of its block tables.
    let slot: Int
    /// When it is its caller's turn.
    var round = 0

    /// Prompt and output.
    package internal(set) var tokenIDs: [TokenID]
    /// Proposed tokens that the next step verifies.
    var draftTokenIDs: [TokenID] = []
    /// Tokens whose keys and values are in the blocks once the scheduled step has run.
    package internal(set) var computedTokenCount = 0
    /// Prompt positions, from the first on, whose successors the executor has scored once the scheduled step has run.
    package internal(set) var scoredPositionCount = 0
    /// What the step being scheduled does for the request.
    var share = StepShare()
    /// Tokens that came from the prefix cache when the request was first scheduled; nil before.
    var cachedTokenCount: Int?
    package internal(set) var preemptionCount = 0
    /// When the request was first scheduled.
    var scheduledTime: Double?
    var isRunning = false
    /// Slots of requests that wait until this one has computed the prompt that they share.
    var followers: [Int] = []
    /// The request's prompt and salt are those of its leader, which was there when it came.
    var hasPromptOfLeader = false
    /// The executor holds a row for the request.
    var isKnownToExecutor = false
    /// A hash chain of full blocks for each block size; computed when needed.
    var prefixHashes: [[BlockHash]]
    /// Prompt log-probabilities by position until they are delivered; nil where not asked for.
    var promptLogprobs: [PositionLogprobs?]?

    init(_ core: consuming EngineCoreRequest, slot: Int, chainCount: Int) {
        tokenIDs = core.promptTokenIDs
        promptTokenCount = tokenIDs.count
        if core.sampling.promptLogprobs != nil {
            promptLogprobs = Array(repeating: nil, count: promptTokenCount)
        }
        prefixHashes = Array(repeating: [], count: chainCount)
        self.slot = slot
        core.promptTokenIDs = []
        self.core = core
    }

    package var id: RequestID { core.id }
    package var outputTokenCount: Int { tokenIDs.count - promptTokenCount }

    /// By chain, what the cache may know of the tokens.
    var cachedPrefixes: [CachedPrefix] {
        prefixHashes.map { CachedPrefix(hashes: $0, hasHiddenStates: core.needsHiddenStates) }
    }

    /// Whether the prompt is not computed to its end.
    var isInPrefill: Bool { outputTokenCount == 0 }

    /// Whether a request with `computed` tokens in memory only continues its output.
    func isDecoding(computed: Int) -> Bool { outputTokenCount > 0 && tokenIDs.count - computed <= 1 }

    /// Prompt positions whose successors are to be scored, until the log-probabilities are delivered.
    var positionCountToScore: Int { promptLogprobs == nil ? 0 : promptTokenCount - 1 }

    /// Of `computed` cached positions, how many are still to be scored.
    func pendingScoringCount(computed: Int) -> Int {
        max(0, min(computed, positionCountToScore) - scoredPositionCount)
    }

    /// Prompt, output and drafts.
    var tokenCountWithDrafts: Int { tokenIDs.count + draftTokenIDs.count }

    /// Orders the waiting and picks the preempted under the priority policy.
    var rank: RequestRank {
        RequestRank(priority: core.priority, round: round, arrivalTime: core.arrivalTime, id: core.id)
    }
}

/// Priority, then the caller's turn, then arrival, then id: a total order, the first runs first.
struct RequestRank: Comparable, Sendable {
    var priority: Int
    var round: Int
    var arrivalTime: Double
    var id: RequestID

    static func < (left: RequestRank, right: RequestRank) -> Bool {
        (left.priority, left.round, left.arrivalTime, left.id)
            < (right.priority, right.round, right.arrivalTime, right.id)
    }
}
