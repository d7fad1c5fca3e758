/// What the executor does in one step. New requests come whole, known ones as a diff; a value that could be serialised.
package struct SchedulerOutput: Sendable {
    /// Requests that this step runs for the first time, or again after preemption.
    package var newRequests: [NewRequestData] = []
    /// Requests that the executor knows.
    package var cachedRequests: [CachedRequestData] = []
    /// Requests that ended or were preempted since the last step: their rows are free. To be applied first: one that
    /// was preempted may be among the new requests again.
    package var removedRequests: [RequestID] = []
    /// Copies to make before anything is computed (copy-on-write).
    package var blockCopies: [BlockCopy] = []
    /// Blocks of a group to fill with zeros before anything is computed (fresh states).
    package var blocksToZero: [GroupBlock] = []
    /// Tokens in all requests of this step.
    package var scheduledTokenCount = 0
    /// What the step's time depends on.
    package var work = StepWork()

    package init() {}

    package var isEmpty: Bool { newRequests.isEmpty && cachedRequests.isEmpty }
}

/// How much a step computes, by kind.
package struct StepWork: Hashable, Sendable {
    /// Requests that only continue their outputs.
    package var decodingCount = 0
    /// Prompt tokens that are computed, and prompt positions that are scored.
    package var promptWork = 0

    package init(decodingCount: Int = 0, promptWork: Int = 0) {
        self.decodingCount = decodingCount
        self.promptWork = promptWork
    }
}

/// A block of one cache group.
package struct GroupBlock: Hashable, Sendable {
    package var group: Int
    package var block: BlockID

    package init(group: Int, block: BlockID) {
        self.group = group
        self.block = block
    }
}

/// A whole block to copy inside a group's pool.
package struct BlockCopy: Hashable, Sendable {
    package var group: Int
    package var source: BlockID
    package var destination: BlockID

    package init(group: Int, source: BlockID, destination: BlockID) {
        self.group = group
        self.source = source
        self.destination = destination
    }
}

/// A request that the executor does not know (any more).
package struct NewRequestData: Sendable {
    package var id: RequestID
    /// Prompt, and after a preemption the output so far.
    package var tokenIDs: [TokenID]
    package var promptTokenCount: Int
    package var sampling: SamplingParams
    package var seed: UInt64
    package var choiceIndex: Int
    /// End-of-sequence and stop tokens that may not be sampled before `minTokens`.
    package var stopTokenIDs: [TokenID]
    /// Logits processors of the request's own. They live as long as the request: a preempted one finds them again.
    package var processors: [any LogitsProcessor]
    package var tokenRules: TokenRules?
    /// Tokens whose keys and values the blocks already hold.
    package var computedTokenCount: Int
    package var scheduledTokenCount: Int
    /// Prompt positions whose hidden states say how likely the token after them is: those below `computedTokenCount` from
    /// the states kept with the cached blocks, the others from this step.
    package var scoredPositions: Range<Int>
    /// One block table a cache group. In a state group the last entry is the block that the step reads and writes.
    package var blockTables: [[BlockID]]

    package init(
        id: RequestID, tokenIDs: [TokenID], promptTokenCount: Int, sampling: SamplingParams, seed: UInt64,
        choiceIndex: Int, stopTokenIDs: [TokenID], processors: [any LogitsProcessor] = [],
        tokenRules: TokenRules? = nil, computedTokenCount: Int, scheduledTokenCount: Int,
        scoredPositions: Range<Int> = 0..<0, blockTables: [[BlockID]]
    ) {
        self.id = id
        self.tokenIDs = tokenIDs
        self.promptTokenCount = promptTokenCount
        self.sampling = sampling
        self.seed = seed
        self.choiceIndex = choiceIndex
        self.stopTokenIDs = stopTokenIDs
        self.processors = processors
        self.tokenRules = tokenRules
        self.computedTokenCount = computedTokenCount
        self.scheduledTokenCount = scheduledTokenCount
        self.scoredPositions = scoredPositions
        self.blockTables = blockTables
    }
}

/// A known request's share of a step. Tokens that the executor sampled itself are not sent back.
package struct CachedRequestData: Sendable {
    package var id: RequestID
    package var computedTokenCount: Int
    package var scheduledTokenCount: Int
    /// As in `NewRequestData`.
    package var scoredPositions: Range<Int>
    /// Blocks appended to each group's table.
    package var newBlocks: [[BlockID]]

    package init(
        id: RequestID, computedTokenCount: Int, scheduledTokenCount: Int, scoredPositions: Range<Int> = 0..<0,
        newBlocks: [[BlockID]]
    ) {
        self.id = id
        self.computedTokenCount = computedTokenCount
        self.scheduledTokenCount = scheduledTokenCount
        self.scoredPositions = scoredPositions
        self.newBlocks = newBlocks
    }
}
