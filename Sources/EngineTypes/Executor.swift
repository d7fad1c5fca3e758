/// Runs what the scheduler decided: `execute`, then `sample`, so that token masks are filled while the forward pass runs
/// and an overlapped loop is a second arrangement of the same parts. Called from the engine's thread only.
package protocol Executor: ~Copyable {
    /// Applies the diff and starts the forward pass. The blocks it names are the executor's to read and write until the
    /// next call.
    mutating func execute(_ output: SchedulerOutput) throws(DeviceError)

    /// Samples a token for every request whose scheduled tokens reached the end of what is known of it.
    /// `bitmask`: for constrained requests the tokens that are allowed.
    mutating func sample(bitmask: TokenBitmask?) throws(DeviceError) -> ModelRunnerOutput

    /// Makes room for this many blocks in each pool, or for fewer where memory is short, and returns how many there are
    /// now. Called between steps, never with fewer than before.
    mutating func growPools(to blockCounts: [Int]) throws(DeviceError) -> [Int]

    /// Told of blocks that no request holds any more; checked runs poison them so that a later read shows.
    mutating func blocksWereFreed(_ blocks: [GroupBlock])

    /// Whether `blocksWereFreed` has to be called: only checked runs pay for it.
    var tracksFreedBlocks: Bool { get }
}

/// The device failed: no request of this engine can go on.
package struct DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// One row a constrained request: bit `t` set where token `t` is allowed.
package struct TokenBitmask: Sendable {
    package var rowOfRequest: [RequestID: Int]
    /// Words of 32 tokens a row.
    package var wordsPerRow: Int
    package var words: [UInt32]

    package init(rowOfRequest: [RequestID: Int], wordsPerRow: Int, words: [UInt32]) {
        self.rowOfRequest = rowOfRequest
        self.wordsPerRow = wordsPerRow
        self.words = words
    }

    /// The words of a request's row; nil for a request without constraints.
    package func row(of id: RequestID) -> ArraySlice<UInt32>? {
        rowOfRequest[id].map { words[$0 * wordsPerRow..<($0 + 1) * wordsPerRow] }
    }
}

/// What a step computed. Requests in the middle of their prompt have no entry in `sampled`.
package struct ModelRunnerOutput: Sendable {
    package var sampled: [SampledTokens] = []
    /// Log-probabilities of prompt positions computed in this step.
    package var promptLogprobs: [PromptLogprobsChunk] = []

    package init() {}
}

/// The tokens that a request gained, or why there is none to choose.
package struct SampledTokens: Sendable {
    package var id: RequestID
    package var tokenIDs: [TokenID]
    /// One item a token where asked for, else empty.
    package var logprobs: [PositionLogprobs]
    /// Ends the request; there are no tokens then.
    package var error: RequestError?

    package init(
        id: RequestID, tokenIDs: [TokenID], logprobs: [PositionLogprobs], error: RequestError? = nil
    ) {
        self.id = id
        self.tokenIDs = tokenIDs
        self.logprobs = logprobs
        self.error = error
    }
}

/// Log-probabilities of the prompt positions `start..<start + items.count` (position 0 never has any).
package struct PromptLogprobsChunk: Sendable {
    package var id: RequestID
    package var start: Int
    package var items: [PositionLogprobs]

    package init(id: RequestID, start: Int, items: [PositionLogprobs]) {
        self.id = id
        self.start = start
        self.items = items
    }
}
