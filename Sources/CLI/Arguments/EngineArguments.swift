public import ArgumentParser
public import Needletail
import Support

/// The flags that configure the engine, under vLLM's names.
struct EngineArguments: ParsableArguments {
    @Option(
        help: """
            Type of activations and key-value cache: auto, bfloat16, float16 or float32. auto: bfloat16 for 16-bit \
            weights; for quantised weights, 8-bit integers in groups of 32 and a bfloat16 cache if the machine \
            computes in bfloat16; otherwise float32.
            """)
    var dtype = EngineOptions.DType.auto

    @Option(
        name: .customLong("hf-overrides"),
        help: "JSON object whose members replace those of the model's config.json, such as {\"rope_theta\": 1000000}.")
    var hfOverrides: String?

    @Option(help: "Branch, tag or commit of a model from the hub (default: that of its id, else main).")
    var revision: String?

    @Option(
        help: """
            Folder, vocabulary file (tokenizer.json, tokenizer.model, ...), .gguf file, hub id or built-in name whose \
            tokenizer and chat template are used instead of the model's own.
            """)
    var tokenizer: String?

    @Option(name: .customLong("tokenizer-revision"), help: "Branch, tag or commit of a --tokenizer from the hub.")
    var tokenizerRevision: String?

    @Flag(
        name: .customLong("trust-remote-code"), inversion: .prefixedNo,
        help: "Accepted, as in vLLM; code that comes with a model is never run.")
    var trustsRemoteCode = false

    @Option(
        name: .customLong("max-model-len"), parsing: .unconditional,
        help: """
            Maximum total of prompt and output tokens per request, such as 8192, 8k (8,000) or 8K (8,192). auto: the \
            model's limit, or what the key-value cache holds if that is less (default: auto).
            """)
    var maxModelLength: ModelLength?

    @Option(name: .customLong("max-num-seqs"), help: "Maximum number of requests that run at once.")
    var maxSequences = EngineOptions().maxSequences

    @Option(name: .customLong("max-num-batched-tokens"), help: "Maximum tokens per step, over all requests.")
    var maxBatchedTokens = ReadableInteger(EngineOptions().maxBatchedTokens)

    @Option(
        name: .customLong("long-prefill-token-threshold"),
        help: "Maximum prompt tokens per request and step; 0: no limit.")
    var longPrefillTokenThreshold = 0

    @Option(
        name: .customLong("max-long-partial-prefills"),
        help: """
            Maximum number of prompts computed at once that are longer than --long-prefill-token-threshold; shorter \
            prompts overtake the rest. 0: no limit.
            """)
    var maxLongPartialPrefills = 0

    @Option(
        name: .customLong("max-step-time"),
        help: """
            Approximate maximum duration in milliseconds of a step while requests generate: prompts are computed in \
            chunks that fit. Without such requests, prompts take whole steps. 0: no limit.
            """)
    var maxStepMilliseconds = EngineOptions().maxStepMilliseconds

    @Option(name: .customLong("block-size"), help: "Tokens per block of the key-value cache; a multiple of 16.")
    var blockSize = EngineOptions().blockSize

    @Flag(
        name: .customLong("enable-prefix-caching"), inversion: .prefixedNo,
        help: "Reuse cached prefixes of prompts (default: on, except in bench latency).")
    var prefixCaching: Bool?

    @Option(
        name: .customLong("kv-cache-memory-bytes"),
        help: "Maximum size of the key-value cache in bytes (default: derived from the free memory).")
    var kvCacheByteCount: ReadableInteger?

    @Option(
        name: .customLong("num-gpu-blocks-override"),
        help: "Maximum number of blocks of the key-value cache; replaces --kv-cache-memory-bytes.")
    var blockCountOverride: Int?

    @Option(name: .customLong("scheduling-policy"), help: "Order in which requests are served: fcfs or priority.")
    var schedulingPolicy = SchedulingPolicy.fcfs

    @Option(
        name: .customLong("max-logprobs"), parsing: .unconditional,
        help: "Maximum logprobs of a request; -1: the size of the vocabulary.")
    var maxLogprobs = EngineOptions().maxLogprobs

    @Option(
        name: .customLong("logprobs-mode"),
        help: "Values that logprobs report: raw_logprobs, processed_logprobs, raw_logits or processed_logits.")
    var logprobsMode = LogprobsMode.rawLogprobs

    @Option(
        name: .customLong("reasoning-config"),
        help: #"Markers of the model's thinking: {"think_start_str": "<think>", "think_end_str": "</think>"}."#)
    var reasoningConfig: String?

    @Option(
        name: .customLong("generation-config"),
        help: "Source of sampling defaults: auto (the model), vllm (none) or a folder with generation_config.json."
    )
    var generationConfig = EngineOptions().generationConfig

    @Option(
        name: .customLong("override-generation-config"),
        help: "JSON object that overrides sampling defaults, such as {\"temperature\": 0.5}.")
    var generationConfigOverride: String?

    @Option(help: "Random seed: of requests without one, and of the prompts of benchmarks.")
    var seed: UInt64 = 0

    @Option(help: "Number of compute threads (default: the cores that this process may use).")
    var threads: Int?

    @Option(
        name: .customLong("chat-template"),
        help: """
            Chat template to use instead of the model's own: a file, a Jinja text, or the name of one of the model's \
            templates, such as tool_use.
            """)
    var chatTemplate: String?

    @Flag(name: .customLong("skip-tokenizer-init"), help: "Load no tokenizer: prompts and outputs are token ids.")
    var skipsTokenizer = false

    @Flag(name: .customLong("timings"), help: "Print the time to the first token by phase on standard error.")
    var showsTimings = false

    @Flag(name: .customLong("profile"), help: "Print a profile of the steps on standard error at the end.")
    var profilesSteps = false

    /// The options that the flags set. `cachesPrefixes`: whether prefix caching is on if no flag says so.
    func options(cachesPrefixes: Bool = true) throws -> EngineOptions {
        var options = EngineOptions()
        if trustsRemoteCode {
            StandardError.write("needletail: --trust-remote-code: code that comes with a model is never run\n")
        }
        options.hfOverrides = hfOverrides
        options.revision = revision
        options.tokenizer = tokenizer
        options.tokenizerRevision = tokenizerRevision
        options.dtype = dtype
        options.maxModelLength = maxModelLength?.value
        options.maxSequences = maxSequences
        options.maxBatchedTokens = maxBatchedTokens.value
        options.longPrefillTokenThreshold = longPrefillTokenThreshold
        options.maxLongPartialPrefills = maxLongPartialPrefills
        options.maxStepMilliseconds = maxStepMilliseconds
        options.blockSize = blockSize
        options.enablesPrefixCaching = prefixCaching ?? cachesPrefixes
        options.kvCacheByteCount = kvCacheByteCount?.value
        options.blockCountOverride = blockCountOverride
        options.schedulingPolicy = schedulingPolicy
        options.maxLogprobs = maxLogprobs
        options.logprobsMode = logprobsMode
        options.thinkingTexts = try reasoningConfig.map(Self.thinkingTexts)
        options.generationConfig = generationConfig
        options.generationConfigOverride = try generationConfigOverride.map(Self.sampling)
        options.skipsTokenizer = skipsTokenizer
        options.seed = seed
        options.threadCount = threads
        options.profilesSteps = profilesSteps
        if let chatTemplate { options.chatTemplate = try ChatTemplateChoice(chatTemplate) }
        return options
    }
}

extension EngineArguments {
    private static func sampling(_ text: String) throws -> JSONObject {
        guard let object = try? JSONValue(parsing: text).objectValue else {
            throw EngineError("--override-generation-config: must be a JSON object, got '\(text)'")
        }
        return object
    }

    private static func thinkingTexts(_ text: String) throws -> ThinkingTexts {
        let object = try? JSONValue(parsing: Array(text.utf8)).objectValue
        guard let start = object?["think_start_str"]?.stringValue, let end = object?["think_end_str"]?.stringValue
        else {
            throw EngineError(
                "--reasoning-config: must be a JSON object with the strings think_start_str and think_end_str, "
                    + "got '\(text)'")
        }
        return ThinkingTexts(start: start, end: end)
    }
}

extension LogprobsMode: ExpressibleByArgument {}
extension EngineOptions.DType: ExpressibleByArgument {
    /// Parses the name of a type; vLLM's `half` and `float` mean float16 and float32. Nil for an unknown name.
    public init?(argument: String) {
        let name = ["half": "float16", "float": "float32"][argument] ?? argument
        self.init(rawValue: name)
    }
}
extension SchedulingPolicy: ExpressibleByArgument {}

/// The flags that set the sampling parameters of a request.
struct SamplingArguments: ParsableArguments {
    @Option(help: "Sampling temperature; 0 is greedy (default: the model's recommendation).")
    var temperature: Float?

    @Option(name: .customLong("top-p"), help: "Keep the most likely tokens whose probabilities sum to this.")
    var topP: Float?

    @Option(name: .customLong("top-k"), help: "Number of most likely tokens to keep; 0 keeps all.")
    var topK: Int?

    @Option(
        name: .customLong("min-p"), help: "Keep tokens at least this fraction as likely as the most likely one.")
    var minP: Float?

    @Option(
        name: .customLong("max-tokens"), help: "Maximum number of output tokens (default: the rest of the context).")
    var maxTokens: Int?

    @Option(help: "String that ends the output; may be repeated.")
    var stop: [String] = []

    func apply(to base: SamplingParams) -> SamplingParams {
        var sampling = base
        sampling.temperature = temperature ?? sampling.temperature
        sampling.topP = topP ?? sampling.topP
        sampling.topK = topK ?? sampling.topK
        sampling.minP = minP ?? sampling.minP
        sampling.maxTokens = maxTokens ?? sampling.maxTokens
        sampling.stop = stop
        return sampling
    }
}
