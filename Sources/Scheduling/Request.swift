package import EngineTypes

/// A request inside the scheduler. `computedTokenCount` catches up with the token count; prefill, decoding, prefix hits
/// and resumption differ only in the distance between the two.
package struct Request: Sendable {
    /// The request as submitted, without the prompt, which is at the start of `tokenIDs`.
    package let core: EngineCoreRequest
    package let promptTokenCount: Int
    /// The request's index in the request table, and the key of its block tables.
    let slot: Int
    /// The round in which its caller's turn comes; see `CallerTurns`.
    var round = 0

    /// Prompt and output tokens.
    package internal(set) var tokenIDs: [TokenID]
    /// Proposed tokens that the next step verifies.
    var draftTokenIDs: [TokenID] = []
    /// Number of tokens whose keys and values are in the blocks once the scheduled step has run.
    package internal(set) var computedTokenCount = 0
    /// Number of leading prompt positions whose successors have been scored once the scheduled step has run.
    package internal(set) var scoredPositionCount = 0
    /// Work that the step being scheduled does for the request.
    var share = StepShare()
    /// Tokens taken from the prefix cache when the request was first scheduled; nil before that.
    var cachedTokenCount: Int?
    package internal(set) var preemptionCount = 0
    /// Time at which the request was first scheduled.
    var scheduledTime: Double?
    var isRunning = false
    /// Whether the request may be scheduled; see `EngineCoreRequest.isReady`.
    var isReady: Bool
    /// Slots of requests that wait until this one has computed their common prompt.
    var followers: [Int] = []
    /// Whether prompt and salt equal those of the leader, which arrived first.
    var hasPromptOfLeader = false
    /// Whether the executor holds a row for the request.
    var isKnownToExecutor = false
    /// One hash chain of full blocks per block size, computed on demand.
    var prefixHashes: [[BlockHash]]
    /// Prompt log-probabilities by position until they are delivered; nil if not requested.
    var promptLogprobs: [PositionLogprobs?]?

    init(_ core: consuming EngineCoreRequest, slot: Int, chainCount: Int) {
        tokenIDs = core.promptTokenIDs
        promptTokenCount = tokenIDs.count
        if core.work.scoresPrompt {
            promptLogprobs = Array(repeating: nil, count: promptTokenCount)
        }
        prefixHashes = Array(repeating: [], count: chainCount)
        isReady = core.isReady
        self.slot = slot
        core.promptTokenIDs = []
        self.core = core
    }

    package var id: RequestID { core.id }
    package var outputTokenCount: Int { tokenIDs.count - promptTokenCount }

    /// The prefix that the cache may hold, per hash chain.
    var cachedPrefixes: [CachedPrefix] {
        prefixHashes.map { CachedPrefix(hashes: $0, hasHiddenStates: core.needsHiddenStates) }
    }

    /// Whether the prompt is not yet fully computed.
    var isInPrefill: Bool { outputTokenCount == 0 }

    /// Whether a request with `computed` computed tokens only continues its output, with at most one token to compute.
    func isDecoding(computed: Int) -> Bool { outputTokenCount > 0 && tokenIDs.count - computed <= 1 }

    /// Number of prompt positions whose successors must be scored; 0 once the log-probabilities are delivered.
    var positionCountToScore: Int { promptLogprobs == nil ? 0 : promptTokenCount - 1 }

    /// Returns how many of the first `computed` positions, all cached, still have to be scored.
    func pendingScoringCount(computed: Int) -> Int {
        max(0, min(computed, positionCountToScore) - scoredPositionCount)
    }

    /// Number of prompt, output and draft tokens.
    var tokenCountWithDrafts: Int { tokenIDs.count + draftTokenIDs.count }

    /// Orders waiting requests, and selects the one to preempt under the priority policy.
    var rank: RequestRank {
        RequestRank(priority: core.priority, round: round, arrivalTime: core.arrivalTime, id: core.id)
    }
}

/// A total order by priority, round, arrival time and id; the lowest rank runs first.
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
