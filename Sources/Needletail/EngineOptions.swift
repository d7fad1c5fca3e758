public import EngineTypes
package import Support

/// How a model is loaded and run. Every default is derived from the model and the machine; names follow vLLM's flags.
public struct EngineOptions: Sendable, Hashable {
    /// What activations are rounded to where they enter a matrix product, and the type of the key-value cache.
    public enum DType: String, Sendable, CaseIterable {
        /// bfloat16 for 16-bit weights; for quantised ones activations as bytes by groups of 32, and a bfloat16 cache
        /// where the machine computes in it; else float32.
        case auto
        case bfloat16
        case float16
        case float32
    }

    public var dtype = DType.auto
    /// Prompt and output tokens of a request; nil takes the model's own limit.
    public var maxModelLength: Int?
    /// Requests that run at once (`--max-num-seqs`).
    public var maxSequences = 256
    /// Tokens a step (`--max-num-batched-tokens`).
    public var maxBatchedTokens = 2048
    /// Prompt tokens that one request may take of a step; 0 for no limit.
    public var longPrefillTokenThreshold = 0
    /// Requests with more prompt left than that limit whose prompts are computed at once; 0 for no limit of their own.
    public var maxLongPartialPrefills = 0
    /// Milliseconds that a step lasts at most, about, in which some requests generate and prompts are computed beside
    /// them; 0 for no limit.
    public var maxStepMilliseconds = 60
    /// Tokens a block of the key-value cache, a multiple of 16.
    public var blockSize = 16
    public var enablesPrefixCaching = true
    public var schedulingPolicy = SchedulingPolicy.fcfs
    /// Keys the draws of requests that bring no seed.
    public var seed: UInt64 = 0
    /// Compute threads; nil takes the cores that this process may use.
    public var threadCount: Int?
    /// Bytes that the key-value cache may grow to; nil derives them from the memory that is free.
    public var kvCacheByteCount: Int?
    /// Blocks that the key-value cache may grow to, in place of a byte count (`--num-gpu-blocks-override`).
    public var blockCountOverride: Int?
    /// The largest `logprobs` of a request; -1 for the vocabulary.
    public var maxLogprobs = 20
    /// What log-probabilities are taken of unless a request says it (`--logprobs-mode`).
    public var logprobsMode = LogprobsMode.rawLogprobs
    /// Texts between which the model thinks, for requests with a budget for it (`--reasoning-config`).
    public var thinkingTexts: ThinkingTexts?
    /// Where sampling defaults come from (`--generation-config`): `auto` is the model, `vllm` nothing, else a folder with a
    /// `generation_config.json`.
    public var generationConfig = "auto"
    /// Sampling defaults before those (`--override-generation-config`).
    package var generationConfigOverride: JSONObject?
    /// The most that `maxQueuedRequests` may be.
    package static let largestQueue = 1 << 20
    /// Requests that may wait besides those that run (`--max-num-queued-reqs`); more are refused as overloaded. A caller of
    /// the server has half of both alone, and less beside others.
    public var maxQueuedRequests = 8192
    /// Stop texts of a request at most.
    public var maxStopStringCount = 64
    /// Bad words of a request at most.
    public var maxBadWordCount = 256
    /// Loads no tokenizer: prompts and outputs are token ids.
    public var skipsTokenizer = false
    /// What metrics call the model; nil takes the name that it was asked for under.
    public var servedModelName: String?
    /// A Jinja chat template in place of the model's own.
    public var chatTemplate: String?

    /// Checks all invariants after every step, and fills freed blocks with NaNs.
    package var checksInvariants = false
    /// Measures phases and operations of every step.
    package var profilesSteps = false

    public init() {}
}

extension EngineOptions {
    /// Throws for the first option out of its range, naming the flag.
    func validate() throws(EngineError) {
        try require(maxModelLength ?? 2, in: 2...1 << 24, "--max-model-len")
        try require(maxSequences, in: 1...65_536, "--max-num-seqs")
        try require(maxBatchedTokens, in: 1...1 << 20, "--max-num-batched-tokens")
        try require(longPrefillTokenThreshold, in: 0...1 << 20, "--long-prefill-token-threshold")
        try require(maxLongPartialPrefills, in: 0...65_536, "--max-long-partial-prefills")
        try require(maxStepMilliseconds, in: 0...600_000, "--max-step-time")
        try require(blockSize, in: 16...1024, "--block-size")
        try require(threadCount ?? 1, in: 1...1024, "--threads")
        try require(maxLogprobs, in: -1...1 << 20, "--max-logprobs")
        try require(maxQueuedRequests, in: 1...Self.largestQueue, "--max-num-queued-reqs")
        try require(maxStopStringCount, in: 0...65_536, "--max-stop-strings")
        try require(maxBadWordCount, in: 0...65_536, "--max-bad-words")
        try require(kvCacheByteCount ?? 1, in: 1...1 << 50, "--kv-cache-memory-bytes")
        try require(blockCountOverride ?? 2, in: 2...1 << 30, "--num-gpu-blocks-override")
        guard blockSize % 16 == 0 else {
            throw EngineError("--block-size: must be a multiple of 16, got \(blockSize)")
        }
        guard maxBatchedTokens >= maxSequences else {
            throw EngineError(
                "--max-num-batched-tokens: must be at least --max-num-seqs (\(maxSequences)), got \(maxBatchedTokens)")
        }
    }

    private func require(_ value: Int, in range: ClosedRange<Int>, _ flag: String) throws(EngineError) {
        guard range.contains(value) else {
            throw EngineError("\(flag): must be in \(range.lowerBound)...\(range.upperBound), got \(value)")
        }
    }
}

/// What begins and ends a model's thinking, such as `<think>` and `</think>`.
public struct ThinkingTexts: Sendable, Hashable {
    public var start: String
    public var end: String

    public init(start: String, end: String) {
        self.start = start
        self.end = end
    }
}

/// Why an engine could not be built, in one line: an option out of range, a model that cannot be found, a broken file.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
