public import EngineTypes
package import Support

/// The options for loading and running a model, named after vLLM's flags; options that are nil follow from the model
/// and the machine.
public struct EngineOptions: Sendable, Hashable {
    /// The type that the inputs of matrix products are rounded to, and the type of the key-value cache.
    public enum DType: String, Sendable, CaseIterable {
        /// bfloat16 for 16-bit weights; for quantised weights, 8-bit integers in groups of 32 and a bfloat16 cache if
        /// the machine computes in bfloat16; otherwise float32.
        case auto
        /// bfloat16 for activations and cache.
        case bfloat16
        /// IEEE half precision for activations and cache.
        case float16
        /// IEEE single precision for activations and cache.
        case float32
    }

    /// The type of activations and of the key-value cache (`--dtype`).
    public var dtype = DType.auto
    /// Maximum total of prompt and output tokens per request, which the key-value cache must hold; nil for the limit of
    /// the model, or what the cache holds if that is less (`--max-model-len`).
    public var maxModelLength: Int?
    /// Maximum number of requests that run at once (`--max-num-seqs`).
    public var maxSequences = 256
    /// Maximum number of tokens per step over all requests (`--max-num-batched-tokens`).
    public var maxBatchedTokens = 2048
    /// Maximum number of prompt tokens per request and step; 0 for no limit (`--long-prefill-token-threshold`).
    public var longPrefillTokenThreshold = 0
    /// Maximum number of prompts computed at once that have more than `longPrefillTokenThreshold` tokens left; 0 for no
    /// limit (`--max-long-partial-prefills`).
    public var maxLongPartialPrefills = 0
    /// Approximate maximum duration, in milliseconds, of a step that computes prompts while other requests generate; 0
    /// for no limit (`--max-step-time`).
    public var maxStepMilliseconds = 60
    /// Number of tokens per block of the key-value cache; a multiple of 16 (`--block-size`).
    public var blockSize = 16
    /// Whether requests reuse the cached keys and values of common prompt prefixes (`--enable-prefix-caching`).
    public var enablesPrefixCaching = true
    /// The order in which requests are served (`--scheduling-policy`).
    public var schedulingPolicy = SchedulingPolicy.fcfs
    /// The random seed of requests that have none (`--seed`).
    public var seed: UInt64 = 0
    /// Number of compute threads; nil for the cores that this process may use (`--threads`).
    public var threadCount: Int?
    /// Maximum size of the key-value cache in bytes; nil derives it from the free memory (`--kv-cache-memory-bytes`).
    public var kvCacheByteCount: Int?
    /// Maximum number of blocks of the key-value cache; replaces a size in bytes (`--num-gpu-blocks-override`).
    public var blockCountOverride: Int?
    /// Maximum `logprobs` of a request; -1 for the size of the vocabulary (`--max-logprobs`).
    public var maxLogprobs = 20
    /// The values that log-probabilities report for requests that do not choose (`--logprobs-mode`).
    public var logprobsMode = LogprobsMode.rawLogprobs
    /// The markers of the model's thinking; nil refuses requests with a thinking budget (`--reasoning-config`).
    public var thinkingTexts: ThinkingTexts?
    /// The source of sampling defaults: `auto` for the model, `vllm` for none, else a folder with a
    /// `generation_config.json` (`--generation-config`).
    public var generationConfig = "auto"
    /// Sampling defaults that replace those of `generationConfig` (`--override-generation-config`).
    package var generationConfigOverride: JSONObject?
    /// Maximum value of `maxQueuedRequests`.
    package static let largestQueue = 1 << 20
    /// Maximum number of waiting requests besides the running ones; more are refused as overloaded
    /// (`--max-num-queued-reqs`). A caller of a server may have half of both when alone, and less beside others.
    public var maxQueuedRequests = 8192
    /// Maximum number of stop strings per request (`--max-stop-strings`).
    public var maxStopStringCount = 64
    /// Maximum number of bad words per request (`--max-bad-words`).
    public var maxBadWordCount = 256
    /// Whether to load no tokenizer, so that prompts and outputs are token ids (`--skip-tokenizer-init`).
    public var skipsTokenizer = false
    /// The name of the model in metrics; nil for the name under which it was loaded (`--served-model-name`).
    public var servedModelName: String?
    /// A JSON object whose members replace those of the model's `config.json`, such as `{"rope_theta": 1000000}`
    /// (`--hf-overrides`).
    public var hfOverrides: String?
    /// The branch, tag or commit of a model from the hub; nil for the one that its id names, or `main` (`--revision`).
    public var revision: String?
    /// A folder, vocabulary file, `.gguf` file, hub id or built-in name whose tokenizer and chat template are used instead
    /// of the model's own (`--tokenizer`).
    public var tokenizer: String?
    /// The branch, tag or commit of a `tokenizer` from the hub (`--tokenizer-revision`).
    public var tokenizerRevision: String?
    /// The chat template to use instead of the model's own (`--chat-template`).
    public var chatTemplate: ChatTemplateChoice?

    /// Whether to check all invariants after every step, and to fill freed blocks with NaNs.
    package var checksInvariants = false
    /// Whether to measure the phases and operations of every step (`--profile`).
    package var profilesSteps = false

    /// Creates options with the default of every flag.
    public init() {}
}

extension EngineOptions {
    /// The members of `hfOverrides`; none without it.
    func configOverrides() throws(EngineError) -> JSONObject {
        guard let hfOverrides else { return JSONObject() }
        guard let object = try? JSONValue(parsing: hfOverrides).objectValue else {
            throw EngineError("--hf-overrides: must be a JSON object, got '\(hfOverrides)'")
        }
        return object
    }

    /// Throws an error for the first option outside its range, naming the flag and the range.
    func validate() throws(EngineError) {
        _ = try configOverrides()
        guard !skipsTokenizer || tokenizer == nil else {
            throw EngineError("--tokenizer: must not be given together with --skip-tokenizer-init")
        }
        guard tokenizerRevision == nil || tokenizer != nil else {
            throw EngineError("--tokenizer-revision: needs --tokenizer; --revision is for the model and its tokenizer")
        }
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

/// The texts that begin and end a model's thinking, such as `<think>` and `</think>`.
public struct ThinkingTexts: Sendable, Hashable {
    /// The text that begins the thinking.
    public var start: String
    /// The text that ends the thinking.
    public var end: String

    /// Creates the markers from their texts; loading a model fails if one of them has no tokens.
    public init(start: String, end: String) {
        self.start = start
        self.end = end
    }
}

/// The reason that an engine cannot be built: an option out of range, a model that does not exist, a broken file.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason in one line, as shown to users.
    public var description: String

    /// Creates an error with a reason of one line.
    public init(_ description: String) { self.description = description }
}
