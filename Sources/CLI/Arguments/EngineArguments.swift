public import ArgumentParser
public import Needletail
import Support

/// The flags that configure the engine, under vLLM's names.
struct EngineArguments: ParsableArguments {
    @Option(
        help: """
            Type of activations and cache: auto, bfloat16, float16 or float32. auto: bfloat16 for 16-bit weights, bytes by \
            groups of 32 (cache: bfloat16 where the machine computes in it) for quantised ones, else float32.
            """)
    var dtype = EngineOptions.DType.auto

    @Option(
        name: .customLong("max-model-len"), parsing: .unconditional,
        help: "Prompt and output tokens of a request (default: auto, the model's).")
    var maxModelLength: ModelLength?

    @Option(name: .customLong("max-num-seqs"), help: "Requests that run at once.")
    var maxSequences = EngineOptions().maxSequences

    @Option(name: .customLong("max-num-batched-tokens"), help: "Tokens a step, over all requests.")
    var maxBatchedTokens = ReadableInteger(EngineOptions().maxBatchedTokens)

    @Option(name: .customLong("long-prefill-token-threshold"), help: "Prompt tokens that a request may take of a step.")
    var longPrefillTokenThreshold = 0

    @Option(
        name: .customLong("max-long-partial-prefills"),
        help: "Prompts longer than that threshold that are computed at once; shorter ones pass the rest. 0: no limit.")
    var maxLongPartialPrefills = 0

    @Option(
        name: .customLong("max-step-time"),
        help: """
            Milliseconds that a step lasts at most, about, while requests generate: prompts are computed in chunks that \
            fit. A prompt that is alone takes whole steps. 0: no limit.
            """)
    var maxStepMilliseconds = EngineOptions().maxStepMilliseconds

    @Option(name: .customLong("block-size"), help: "Tokens a block of the key-value cache, a multiple of 16.")
    var blockSize = EngineOptions().blockSize

    @Flag(
        name: .customLong("enable-prefix-caching"), inversion: .prefixedNo,
        help: "Reuse cached prefixes of prompts (default: yes, but for bench latency).")
    var prefixCaching: Bool?

    @Option(name: .customLong("kv-cache-memory-bytes"), help: "Bytes that the key-value cache may grow to.")
    var kvCacheByteCount: ReadableInteger?

    @Option(name: .customLong("num-gpu-blocks-override"), help: "Blocks that the key-value cache may grow to.")
    var blockCountOverride: Int?

    @Option(name: .customLong("scheduling-policy"), help: "Order of requests: fcfs or priority.")
    var schedulingPolicy = SchedulingPolicy.fcfs

    @Option(
        name: .customLong("max-logprobs"), parsing: .unconditional,
        help: "The largest logprobs of a request; -1 for the vocabulary.")
    var maxLogprobs = EngineOptions().maxLogprobs

    @Option(
        name: .customLong("logprobs-mode"),
        help: "What logprobs are: raw_logprobs, processed_logprobs, raw_logits or processed_logits.")
    var logprobsMode = LogprobsMode.rawLogprobs

    @Option(
        name: .customLong("reasoning-config"),
        help: #"What the model thinks between: {"think_start_str": "<think>", "think_end_str": "</think>"}."#)
    var reasoningConfig: String?

    @Option(
        name: .customLong("generation-config"),
        help:
            "Where sampling defaults come from: auto (the model), vllm (nothing) or a folder with generation_config.json."
    )
    var generationConfig = EngineOptions().generationConfig

    @Option(
        name: .customLong("override-generation-config"),
        help: "JSON object of sampling defaults, such as {\"temperature\": 0.5}.")
    var generationConfigOverride: String?

    @Option(help: "Keys the random draws.")
    var seed: UInt64 = 0

    @Option(help: "Compute threads (default: the cores that this process may use).")
    var threads: Int?

    @Option(name: .customLong("chat-template"), help: "File with a Jinja chat template in place of the model's own.")
    var chatTemplate: String?

    @Flag(name: .customLong("skip-tokenizer-init"), help: "Load no tokenizer: token ids in and out.")
    var skipsTokenizer = false

    @Flag(name: .customLong("timings"), help: "Say on standard error where the time to the first token went.")
    var showsTimings = false

    @Flag(name: .customLong("profile"), help: "Say on standard error, at the end, where the time of the steps went.")
    var profilesSteps = false

    /// `cachesPrefixes`: what counts where no flag says it.
    func options(cachesPrefixes: Bool = true) throws -> EngineOptions {
        var options = EngineOptions()
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
        if let chatTemplate {
            let bytes = try InputFile.read(chatTemplate, flag: "--chat-template")
            options.chatTemplate = String(decoding: bytes, as: UTF8.self)
        }
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
            throw EngineError("--reasoning-config: think_start_str and think_end_str are needed, got '\(text)'")
        }
        return ThinkingTexts(start: start, end: end)
    }
}

extension LogprobsMode: ExpressibleByArgument {}
extension EngineOptions.DType: ExpressibleByArgument {
    public init?(argument: String) {
        let name = ["half": "float16", "float": "float32"][argument] ?? argument
        self.init(rawValue: name)
    }
}
extension SchedulingPolicy: ExpressibleByArgument {}

/// The flags that shape an answer.
struct SamplingArguments: ParsableArguments {
    @Option(help: "0 is greedy (default: the model's recommendation).")
    var temperature: Float?

    @Option(name: .customLong("top-p"), help: "Keep the most likely tokens that sum to this probability.")
    var topP: Float?

    @Option(name: .customLong("top-k"), help: "Keep this many most likely tokens; 0 keeps all.")
    var topK: Int?

    @Option(name: .customLong("min-p"), help: "Keep tokens at least this times as likely as the most likely one.")
    var minP: Float?

    @Option(name: .customLong("max-tokens"), help: "Output tokens at most (default: the rest of the context).")
    var maxTokens: Int?

    @Option(help: "A text that ends the output; may be repeated.")
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
