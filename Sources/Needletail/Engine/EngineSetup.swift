import Architectures
import Checkpoint
import EngineCore
import EngineTypes
import Metrics
import ModelRunner
import Scheduling
import Support
import Tensor
import Tokenization

/// The settings and components from which an engine is built.
struct EngineSetup {
    let info: EngineInfo
    let options: EngineOptions
    let input: InputProcessor
    let sampling: SamplerConfig
    let model: any LanguageModel
    let backend: any Backend
    let cache: KVCachePlan
    let scheduler: SchedulerConfig
    let runtime: ComputeRuntime

    init(
        name: String, options: EngineOptions, processors: LogitsProcessorRegistry, checkpoint: Checkpoint,
        tokenizer: ModelTokenizer?, model: any LanguageModel, backend: any Backend, types: ComputeTypes,
        profile: Profile?, runtime: ComputeRuntime
    ) throws(EngineError) {
        self.runtime = runtime
        let wantedLength = options.maxModelLength ?? model.maxPositionCount
        guard wantedLength <= model.stretchedPositionCount else {
            throw EngineError(
                "--max-model-len: must be at most the model's \(model.stretchedPositionCount), got \(wantedLength)")
        }
        self.options = options
        self.model = model
        self.backend = backend
        cache = try KVCachePlan(
            model, options, maxModelLength: wantedLength, dtype: types.cache, backend: backend,
            memory: runtime.memory)
        scheduler = SchedulerConfig(
            maxBatchedTokens: options.maxBatchedTokens, maxSequences: options.maxSequences,
            maxModelLength: wantedLength, longPrefillTokenThreshold: options.longPrefillTokenThreshold,
            maxLongPartialPrefills: options.maxLongPartialPrefills,
            maxProcessorCalls: LogitsProcessorRegistry.maximumCallsPerStep(vocabularySize: model.vocabularySize),
            policy: options.schedulingPolicy, enablesPrefixCaching: options.enablesPrefixCaching,
            maxStepSeconds: Double(options.maxStepMilliseconds) / 1000)
        // Clients are promised only the length that the cache can hold.
        let length = Scheduler(scheduler, kvCache: cache.config).maxModelLength
        guard options.maxModelLength.map({ $0 <= length }) ?? true else {
            throw EngineError(
                "--max-model-len: the key-value cache holds at most \(length) tokens of a request, got \(wantedLength); "
                    + "use auto or a larger cache (--kv-cache-memory-bytes)")
        }
        try tokenizer?.requireIDs(below: model.vocabularySize)
        let generation = try options.generationConfig(of: checkpoint)
        var eos = generation.eosTokenIDs.compactMap { TokenID(exactly: $0) }
        if let own = tokenizer?.tokenizer.eosTokenID, !eos.contains(own) { eos.append(own) }
        let marks = try options.thinkingTexts?.marks(tokenizer)
        var limits = SamplingLimits(
            vocabularySize: model.vocabularySize, maxModelLength: length, maxNewTokens: generation.maxNewTokens,
            maxLogprobs: options.maxLogprobs, maxStopStrings: options.maxStopStringCount,
            maxBadWords: options.maxBadWordCount, knowsThinking: marks != nil)
        limits.shortRotaryLength = model.shortRotaryLength
        input = InputProcessor(
            tokenizer: tokenizer, limits: limits,
            eosTokenIDs: eos.filter { Int($0) < model.vocabularySize }, registry: processors)
        sampling = SamplerConfig(
            processors: processors.global, logprobsMode: options.logprobsMode, thinkingMarks: marks)
        var info = EngineInfo(modelName: name, maxModelLength: length, vocabularySize: model.vocabularySize)
        info.servedName = options.servedModelName ?? name
        info.threadCount = backend.threadCount
        info.maxRequestCount = options.maxSequences + options.maxQueuedRequests
        info.blockSize = options.blockSize
        info.maxBlockCount = cache.config.maxBlockCount
        info.profile = profile
        info.cachesPrefixes = options.enablesPrefixCaching
        info.schedulingPolicy = options.schedulingPolicy
        info.defaultSampling = SamplingParams(recommendedBy: generation)
        info.fingerprint = Fingerprint.text(
            [needletailVersion, backend.arithmetic, types.linear.rawValue, types.cache.rawValue]
                + [options.hfOverrides].compactMap { $0 },
            checkpoint.weights.sample)
        info.summary =
            "\(backend.description), \(types.linear.rawValue) activations, \(types.cache.rawValue) cache, \(checkpoint.weights.byteCount >> 20) MiB of weights, "
            + "context \(length), cache up to \(cache.maxByteCount >> 20) MiB"
        self.info = info
    }

    func makeEngine(_ timings: LoadTimings, _ metrics: any MetricsFactory) -> AsyncEngine {
        var info = info
        info.loadTimings = timings
        let (model, backend, cache, options, profile) = (model, backend, cache, options, info.profile)
        let (sampling, scheduler, lease) = (sampling, scheduler, runtime.lease)
        // An engine with a configured cache size is guaranteed that size.
        let guaranteed =
            options.kvCacheByteCount == nil && options.blockCountOverride == nil
            ? cache.guaranteedBlockCounts(tokenCount: info.maxModelLength) : cache.config.pools.map(\.maxBlockCount)
        let account = runtime.memory.open(guaranteeing: cache.config.byteCount(of: guaranteed))
        return AsyncEngine(info: info, input: input, options: options, metrics: metrics) {
            let pool = KVCachePool(
                modules: cache.modules, configuration: cache.config, dtype: cache.dtype, backend: backend)
            let runner = ModelRunner(
                model: model, backend: backend, pool: pool, sampling: sampling,
                poisonsFreedBlocks: options.checksInvariants, guaranteedBlockCounts: guaranteed,
                takesMemory: { account.raise(to: $0) })
            return EngineCore(
                executor: runner, scheduler: scheduler, kvCache: cache.config,
                checksInvariants: options.checksInvariants, profile: profile, share: lease.join())
        }
    }
}
