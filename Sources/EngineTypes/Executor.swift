/// Runs the steps that the scheduler plans. `execute` and `sample` are separate so that token masks can be filled
/// during the forward pass, and so that an overlapped loop can reuse both. Called only from the engine's thread.
package protocol Executor: ~Copyable {
    /// Applies the difference and starts the forward pass. The executor may read and write the blocks it names until
    /// the next call.
    mutating func execute(_ output: SchedulerOutput) throws(DeviceError)

    /// Samples a token, or pools the prompt, for every request whose scheduled tokens include its last known token.
    /// `bitmask`: the allowed tokens of constrained requests.
    mutating func sample(bitmask: TokenBitmask?) throws(DeviceError) -> ModelRunnerOutput

    /// Grows each pool to this many blocks, or fewer if memory is short, and returns the actual counts. Called between
    /// steps, with counts that never decrease.
    mutating func growPools(to blockCounts: [Int]) throws(DeviceError) -> [Int]

    /// Receives blocks that no request holds any more; checked runs poison them so that a later read is detected.
    mutating func blocksWereFreed(_ blocks: [GroupBlock])

    /// Whether `blocksWereFreed` must be called; only checked runs pay for it.
    var tracksFreedBlocks: Bool { get }
}

/// A failure of the device, after which no request of this engine can continue.
package struct DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// One row per constrained request: bit `t` is set if token `t` is allowed.
package struct TokenBitmask: Sendable {
    package var rowOfRequest: [RequestID: Int]
    /// Number of 32-bit words per row.
    package var wordsPerRow: Int
    package var words: [UInt32]

    package init(rowOfRequest: [RequestID: Int], wordsPerRow: Int, words: [UInt32]) {
        self.rowOfRequest = rowOfRequest
        self.wordsPerRow = wordsPerRow
        self.words = words
    }

    /// Returns the words of a request's row; nil if the request has no constraints.
    package func row(of id: RequestID) -> ArraySlice<UInt32>? {
        rowOfRequest[id].map { words[$0 * wordsPerRow..<($0 + 1) * wordsPerRow] }
    }
}

/// The results of a step. Requests in the middle of their prompt have no entry in `sampled` or `pooled`.
package struct ModelRunnerOutput: Sendable {
    /// The step, as in `SchedulerOutput.stepID`.
    package var stepID = 0
    package var sampled: [SampledTokens] = []
    package var pooled: [PooledPrompt] = []
    /// Log-probabilities of prompt positions computed in this step.
    package var promptLogprobs: [PromptLogprobsChunk] = []

    package init() {}
}

/// The tokens that a request gained, or the reason why none could be chosen.
package struct SampledTokens: Sendable {
    package var id: RequestID
    package var tokenIDs: [TokenID]
    /// One item per token if requested, else empty.
    package var logprobs: [PositionLogprobs]
    /// The error that ends the request; `tokenIDs` is empty in that case.
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

/// The vector of a request that pools its prompt, or the reason why there is none.
package struct PooledPrompt: Sendable {
    package var id: RequestID
    package var vector: Result<[Float], RequestError>

    package init(id: RequestID, vector: Result<[Float], RequestError>) {
        self.id = id
        self.vector = vector
    }
}

/// Log-probabilities of the prompt positions `start..<start + items.count`. Position 0 never has any.
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
