/// The work of the executor in one step. New requests come whole, known ones as a difference. The value could be
/// serialised.
package struct SchedulerOutput: Sendable {
    /// Number of the step, from 1. Its results carry the same number.
    package var stepID = 0
    /// Requests that this step runs for the first time, or again after a preemption.
    package var newRequests: [NewRequestData] = []
    /// Requests that the executor already knows.
    package var cachedRequests: [CachedRequestData] = []
    /// Requests that ended or were preempted since the last step, whose rows are free. Apply these first: a preempted
    /// request may be among the new requests again.
    package var removedRequests: [RequestID] = []
    /// Copies to make before anything is computed (copy-on-write).
    package var blockCopies: [BlockCopy] = []
    /// Blocks of a group to fill with zeros before anything is computed (fresh states).
    package var blocksToZero: [GroupBlock] = []
    /// Total number of tokens in this step, over all requests.
    package var scheduledTokenCount = 0
    /// The amount of work on which the duration of the step depends.
    package var work = StepWork()

    package init() {}

    package var isEmpty: Bool { newRequests.isEmpty && cachedRequests.isEmpty }
}

/// The amount of work in a step, by kind.
package struct StepWork: Hashable, Sendable {
    /// Requests that only continue their outputs.
    package var decodingCount = 0
    /// Prompt tokens to compute plus prompt positions to score.
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

/// A request that the executor does not know, or no longer knows.
package struct NewRequestData: Sendable {
    package var id: RequestID
    /// The prompt and, after a preemption, the output so far.
    package var tokenIDs: [TokenID]
    package var promptTokenCount: Int
    package var work: RequestWork
    /// Number of tokens whose keys and values are already in the blocks.
    package var computedTokenCount: Int
    package var scheduledTokenCount: Int
    /// Prompt positions whose hidden states give the probability of the next token. Those below `computedTokenCount`
    /// use the states kept with the cached blocks, the others those of this step.
    package var scoredPositions: Range<Int>
    /// Row of the rotary tables per position; 0 for models with a single one.
    package var rotaryVariant: Int
    /// Number of tokens of the encoder's input, whose keys and values are written before the request's first tokens are
    /// computed.
    package var encoderTokenCount: Int
    /// One block table per cache group. In a state group, the last entry is the block that the step reads and writes.
    package var blockTables: [[BlockID]]

    package init(
        id: RequestID, tokenIDs: [TokenID], promptTokenCount: Int, work: RequestWork, computedTokenCount: Int,
        scheduledTokenCount: Int, scoredPositions: Range<Int> = 0..<0, rotaryVariant: Int = 0,
        encoderTokenCount: Int = 0,
        blockTables: [[BlockID]]
    ) {
        self.id = id
        self.tokenIDs = tokenIDs
        self.promptTokenCount = promptTokenCount
        self.work = work
        self.computedTokenCount = computedTokenCount
        self.scheduledTokenCount = scheduledTokenCount
        self.scoredPositions = scoredPositions
        self.rotaryVariant = rotaryVariant
        self.encoderTokenCount = encoderTokenCount
        self.blockTables = blockTables
    }
}

/// A known request's share of a step. Tokens that the executor itself sampled are not sent back.
package struct CachedRequestData: Sendable {
    package var id: RequestID
    package var computedTokenCount: Int
    package var scheduledTokenCount: Int
    /// As in `NewRequestData.scoredPositions`.
    package var scoredPositions: Range<Int>
    /// Blocks appended to the table of each cache group.
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
